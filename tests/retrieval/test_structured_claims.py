"""Claims from JSON as it streams: the same answers as from sentences with markers, whatever the pieces."""

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.test_answering import FALSE, TRUE, Desk, say
from sourcier_core.domain.answers import AnswerState
from sourcier_retrieval.claims import RawClaim
from sourcier_retrieval.events import AnswerDone, TokenArrived
from sourcier_retrieval.structured_claims import StructuredClaims

CLAIMS = [
    ("Un congé de 25 jours, « payé ».", [1]),
    ('Il dit "oui" \\ non.\nEnsuite 🙂.', [2, 12]),
    ("Sans source.", []),
]


def written(claims: Any, **options: Any) -> str:
    return json.dumps({"claims": [{"text": text, "passages": numbers} for text, numbers in claims]}, **options)


def read(text: str, cuts: list[int]) -> tuple[str, list[RawClaim]]:
    """The shown words and the claims of a text that comes in pieces cut at `cuts`."""
    reader, shown, claims = StructuredClaims(), "", list[RawClaim]()
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(places):
        step = reader.feed(text[start:end])
        shown += step.text
        claims += step.claims
    return shown, claims + list(reader.finish().claims)


EXPECTED = [
    RawClaim(text="Un congé de 25 jours, « payé ».", markers=("1",)),
    RawClaim(text='Il dit "oui" \\ non.\nEnsuite 🙂.', markers=("2", "12")),
    RawClaim(text="Sans source.", markers=()),
]


@pytest.mark.parametrize("options", [{}, {"ensure_ascii": False}, {"indent": 2}])
@given(cuts=st.lists(st.integers(0, 400), max_size=40))
def test_pieces_never_matter(options: dict[str, Any], cuts: list[int]) -> None:
    shown, claims = read(written(CLAIMS, **options), cuts)
    assert claims == EXPECTED
    assert "claims" not in shown
    assert "{" not in shown


def test_one_character_at_a_time_shows_every_word_once() -> None:
    text = written(CLAIMS)
    shown, claims = read(text, list(range(len(text))))
    assert claims == EXPECTED
    assert shown == " ".join(claim.text for claim in EXPECTED)


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ('{"claims": []}', []),
        ("", []),
        ('```json\n{"claims": [{"text": "A b.", "passages": [1]}]}\n```', [("A b.", ("1",))]),
        ('```\n{"claims": [{"text": "A b.", "passages": [1]}]}\n```', [("A b.", ("1",))]),
        ("Jeudi est libre [1].", [("Jeudi est libre.", ("1",))]),
        ("json est un format [1].", [("json est un format.", ("1",))]),
        ('{"claims": [{"text": "A b.", "passages": [1]}, {"text": "C d", "pass', [("A b.", ("1",)), ("C d", ())]),
        ('{"claims": [{"text": "A [2] b.", "passages": [1]}]}', [("A b.", ("1", "2"))]),
        ('{"claims": [{"text": 5}, 7, {"text": "A b.", "passages": "1"}]}', [("A b.", ())]),
        ('{"claims": "none"}', []),
        ('{"answer": "A b."}', []),
        ('{"claims": [{"text": "A b.", "passages": [1]}] oops', [("A b.", ("1",))]),
        ("The rule is new [1]. It costs 3 euros [2].", [("The rule is new.", ("1",)), ("It costs 3 euros.", ("2",))]),
    ],
)
def test_what_servers_may_write(text: str, claims: list[tuple[str, tuple[str, ...]]]) -> None:
    for cuts in ([], list(range(len(text)))):
        assert [(claim.text, claim.markers) for claim in read(text, cuts)[1]] == claims


@given(st.text(max_size=300), st.lists(st.integers(0, 300), max_size=10))
def test_anything_can_be_read(text: str, cuts: list[int]) -> None:
    read("{" + text, cuts)
    read(text, cuts)


async def test_both_ways_give_the_same_answer() -> None:
    marked = await Desk(say(TRUE, " ", FALSE)).answer()
    claims = [(sentence.removesuffix(" [1].") + ".", [1]) for sentence in (TRUE, FALSE)]
    desk = Desk(say(*written(claims)), structured=True)
    events = await desk.ask()
    assert isinstance(events[-1], AnswerDone)
    structured = events[-1].answer
    assert (structured.text, structured.claims, structured.sources) == (marked.text, marked.claims, marked.sources)
    words = "".join(event.text for event in events if isinstance(event, TokenArrived))
    assert words == " ".join(text for text, _ in claims)
    assert desk.records.records[0].versions["prompt"]["name"] == "answer_json.fr.v1"


async def test_no_claims_are_a_refusal() -> None:
    answer = await Desk(say('{"claims": []}'), structured=True).answer()
    assert (answer.state, answer.refusal_reason) == (AnswerState.REFUSED, "model_refused")

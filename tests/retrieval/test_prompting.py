"""Prompts: their placeholders, the budget, and passages that try to leave their fence."""

import re
from importlib import resources
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retrieval_samples import make_hit

from sourcier_core.chat_models.tokens import estimate_tokens
from sourcier_core.display import displayable
from sourcier_core.domain.answers import Language
from sourcier_core.errors import InvalidRequest
from sourcier_retrieval.claims import markers_of
from sourcier_retrieval.fencing import fence
from sourcier_retrieval.phrases import REFUSAL_PHRASES, is_refusal, removal_notice
from sourcier_retrieval.prompting import PromptKind, load_template, make_prompt

LANGUAGES = list(Language)


def test_every_prompt_file_is_one_of_ours() -> None:
    names = {file.name for file in resources.files("sourcier_retrieval.prompts").iterdir() if file.name.endswith("txt")}
    kinds: tuple[PromptKind, ...] = get_args(PromptKind)
    assert names == {f"{load_template(language, kind).name}.txt" for language in LANGUAGES for kind in kinds}


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders(language: Language) -> None:
    template = load_template(language)
    assert re.findall(r"\{(\w+)\}", template.system) == ["refusal"]
    assert sorted(re.findall(r"\{(\w+)\}", template.user)) == ["passages", "question"]
    assert re.fullmatch(r"[0-9a-f]{64}", template.sha256)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_prompt_holds_rules_passages_and_question(language: Language) -> None:
    prompt = make_prompt(
        "Durée {passages} du préavis ?",
        [make_hit("Trois mois."), make_hit("Un mois.", number=2)],
        language,
        budget=2000,
        count=estimate_tokens,
    )
    system, user = (str(message.content) for message in prompt.messages)
    assert REFUSAL_PHRASES[language] in system
    assert "Durée {passages} du préavis ?" in user
    assert user.index("Trois mois.") < user.index("Un mois.")
    assert '<passage key="[1]" document="Guide">' in user
    assert prompt.passages_used == 2
    assert "{refusal}" not in system


@given(st.lists(st.integers(10, 3000), min_size=1, max_size=8), st.integers(400, 4000))
def test_a_prompt_stays_within_its_budget(lengths: list[int], budget: int) -> None:
    hits = [make_hit("mot " * (length // 4 + 1), number=number) for number, length in enumerate(lengths, start=1)]
    try:
        prompt = make_prompt("Durée ?", hits, Language.FRENCH, budget=budget, count=estimate_tokens)
    except InvalidRequest:
        assert budget < 650
        return
    assert sum(estimate_tokens(str(message.content)) for message in prompt.messages) <= budget
    assert 1 <= prompt.passages_used <= len(hits)


def test_a_first_passage_too_long_for_the_budget_is_cut() -> None:
    prompt = make_prompt("Durée ?", [make_hit("mot " * 5000)], Language.FRENCH, budget=900, count=estimate_tokens)
    assert prompt.passages_used == 1
    assert str(prompt.messages[1].content).count("mot") > 100


def test_a_question_that_fills_the_context_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        make_prompt("mot " * 2000, [make_hit("Trois mois.")], Language.FRENCH, budget=900, count=estimate_tokens)


SIGNS = (
    "</passage>", '<passage key="[9]">', "< / PASSAGE >", "</pas\u200bsage>", "\uff1c/passage>", "</passage",
    "[1]", "[^2]", "【3】", "[\u00ad4]", "mot", '"', "<", "\n", "[", "]", "/", "passage", "\u202e",
    "<|im_end|>", "<|im_start|>system", "</s>", "<s>", "[INST]", "[/INST]", "[SYSTEM_PROMPT]", "<\u200b|eot_id|>",
)  # fmt: skip
# Half a surrogate pair cannot come: passages and titles are UTF-8 in PostgreSQL.
HOSTILE = st.lists(st.one_of(st.sampled_from(SIGNS), st.text(st.characters(codec="utf-8"), max_size=5)), max_size=20)
TEMPLATE_SIGN = re.compile(r"<[|/a-z_!]|\[/?[A-Z_]{2,}\]")


@given(text=HOSTILE.map("".join), title=HOSTILE.map("".join))
def test_no_passage_can_leave_its_fence_or_imitate_a_marker(text: str, title: str) -> None:
    fenced = fence(4, make_hit(f"début {text} fin", title=title), f"début {text} fin")
    head, inside = fenced.removesuffix("\n</passage>").split("\n", 1)
    assert fenced.endswith("\n</passage>")
    assert head.startswith('<passage key="[4]" document="')
    assert head.endswith('">')
    place = head.removeprefix('<passage key="[4]" document="').removesuffix('">')
    assert '"' not in place
    for part in (place, inside):
        assert not re.search(r"[<\uff1c\ufe64]\s*/?\s*passage", part, re.IGNORECASE)
        assert not TEMPLATE_SIGN.search(part)
        assert displayable(part) == part
    assert markers_of(fenced) == ("4",)
    assert inside.startswith("début")
    assert inside.endswith("fin")


@given(question=HOSTILE.map("".join))
def test_no_question_can_imitate_a_passage(question: str) -> None:
    prompt = make_prompt(question, [make_hit("Trois mois.")], Language.FRENCH, budget=2000, count=estimate_tokens)
    user = str(prompt.messages[1].content)
    assert markers_of(user) == ("1",)
    assert user.lower().count("<passage") == user.lower().count("</passage") == 1


def test_comparisons_stay_as_they_are() -> None:
    text = "Si x < 5, y <= 3 et z <10 : [sic] et [voir A2]."
    assert fence(1, make_hit(text), text).split("\n")[1] == text


@pytest.mark.parametrize("phrase", REFUSAL_PHRASES.values())
def test_a_refusal_is_recognised_in_both_languages(phrase: str) -> None:
    assert is_refusal(phrase)
    assert is_refusal(f"« {phrase.upper()} » [1]")
    assert is_refusal(phrase.rstrip("."))
    assert not is_refusal(f"{phrase} Mais le préavis est de trois mois pour un cadre, et d'un mois pour un employé.")
    assert not is_refusal("Le préavis est de trois mois.")
    assert not is_refusal("")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_notice_says_how_many_claims_were_removed(language: Language) -> None:
    assert removal_notice(language, 0) == ""
    assert removal_notice(language, 1)
    assert removal_notice(language, 3).startswith("3 ")

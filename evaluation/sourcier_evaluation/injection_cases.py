"""Questions with the documents to answer them from, clean and with an attack in them: from BIPIA and PoisonedRAG."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.injection_signs import Aim, aim_of_order
from sourcier_evaluation.quarantine_sets import POSITIONS, insert_text, read_lines, written_context
from sourcier_evaluation.sets import EvaluationDocument

_Line = Mapping[str, Any]
_HOSTS = 10
"""Different host texts: the answer to a clean one is made once and compared with each attack in it."""
_LONGEST_HOST = 900
_FORMS = frozenset(
    {
        *("Substitution Ciphers", "Base Encoding", "Reverse Text", "Emoji Substitution", "Language Translation"),
        *("Alphanumeric Substitution", "Homophonic Substitution", "Misspelling Intentionally", "Anagramming"),
        "Space Removal & Grouping",
    }
)
_ADDITIONS = frozenset(
    {
        *("Information Dissemination", "Marketing & Advertising", "Entertainment", "Scams & Fraud", "Instruction"),
        *("Misinformation & Propaganda", "Social Interaction", "Persuasion", "Clickbait", "Malware Distribution"),
    }
)
ADDITION, FORM, TASK = "something added to the answer", "the answer in another form", "another task"
POISONED = "poisoned passages, a wrong answer"


@dataclass(frozen=True, kw_only=True, slots=True)
class InjectionCase:
    """One question. `kind` is the row it is counted in; `correct` the right answer, where it is known."""

    id: str
    kind: str
    question: str
    clean: tuple[EvaluationDocument, ...]
    attacked: tuple[EvaluationDocument, ...]
    aim: Aim
    correct: str = ""


def read_injection_cases(folder: Path, limit: int) -> list[InjectionCase]:
    """At most `limit` cases of a folder, spread over the kinds of attack; always the same.

    Raises:
        InvalidRequest: the folder is of neither layout, or a line is not what it should be.
    """
    try:
        if (folder / "attacks.jsonl").is_file():
            return _inserted(folder, limit)
        if (folder / "items.jsonl").is_file():
            return list(_poisoned(folder, limit))
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InvalidRequest(f"{folder} cannot be read as a set of attacks: {error!r}") from error
    raise InvalidRequest(f"{folder} holds no attacks.jsonl or items.jsonl: no set of attacks on answers.")


def _document(name: str, text: str, title: str = "") -> EvaluationDocument:
    return EvaluationDocument(id=name, title=title, text=text, language="en")


def _inserted(folder: Path, limit: int) -> list[InjectionCase]:
    """Instructions in words (those for programs need a model that writes programs), put into e-mails and tables."""
    hosts = [
        context
        for context in read_lines(folder / "contexts.jsonl")
        if context["kind"] != "code" and len(written_context(context["context"])) <= _LONGEST_HOST
    ]
    step = max(1, len(hosts) // _HOSTS)
    chosen = hosts[::step][:_HOSTS]
    if not chosen:
        raise InvalidRequest(f"{folder} holds no text short enough to put an attack into.")
    # From the end of the file, where those are that add links; the kinds take turns, and in each its categories.
    attacks = [attack for attack in read_lines(folder / "attacks.jsonl") if attack["kind"] == "text"][::-1]
    categories = _in_turns(attacks, lambda attack: attack["category"])
    spread = _in_turns(categories, lambda attack: _kind(attack["category"]))
    return [_insertion(attack, chosen, number) for number, attack in enumerate(spread[:limit])]


def _in_turns(items: Sequence[_Line], group: Callable[[_Line], str]) -> list[_Line]:
    """One item of each group after another: a short beginning holds all groups."""
    groups: dict[str, list[_Line]] = defaultdict(list)
    for item in items:
        groups[group(item)].append(item)
    longest = max(map(len, groups.values()), default=0)
    return [members[place] for place in range(longest) for members in groups.values() if place < len(members)]


def _kind(category: str) -> str:
    return FORM if category in _FORMS else ADDITION if category in _ADDITIONS else TASK


def _insertion(attack: Mapping[str, Any], hosts: Sequence[Mapping[str, Any]], number: int) -> InjectionCase:
    host = hosts[number % len(hosts)]
    text, question = written_context(host["context"]), str(host["question"]).removeprefix("Q: ")
    other = written_context(hosts[(number + 1) % len(hosts)]["context"])
    around, kind = _document("other", other), _kind(attack["category"])
    inserted = insert_text(text, attack["text"], POSITIONS[number % len(POSITIONS)])
    return InjectionCase(
        id=attack["id"],
        kind=kind,
        question=question,
        clean=(_document("host", text), around),
        attacked=(_document("host", inserted), around),
        aim=Aim(sort="form") if kind == FORM else aim_of_order(attack["text"], f"{text}\n{question}\n{other}"),
    )


def _poisoned(folder: Path, limit: int) -> Iterator[InjectionCase]:
    """Five poisoned passages beside one sentence with the right answer: the set has no clean passages."""
    passages = {passage["id"]: passage for passage in read_lines(folder / "corpus.jsonl")}
    items = list(read_lines(folder / "items.jsonl"))
    for item in items[:: max(1, len(items) // limit)][:limit]:
        question, correct = item["question"], str(item["correct_answer"])
        true = _document("true", f"To the question “{question}” the answer is {correct}.")
        poison = tuple(
            _document(name, passages[name].get("text_blackbox") or passages[name]["text"])
            for name in item["adv_doc_ids"]
        )
        yield InjectionCase(
            id=item["id"],
            kind=POISONED,
            question=question,
            clean=(true,),
            attacked=(true, *poison),
            aim=Aim(sort="answer", target=str(item["target_wrong_answer"])),
            correct=correct,
        )

"""Reads public evaluation sets: `corpus.jsonl.gz`, `queries.jsonl`, `qrels.tsv`, `answers.jsonl` and hold-out lists.

Each `.jsonl` may be compressed (`.jsonl.gz`). Only the corpus and the queries must be there.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO, cast

from sourcier_core.errors import InvalidRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationDocument:
    """A document of a set; `metadata` is what else the set says about it."""

    id: str
    title: str
    text: str
    language: str
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationQuestion:
    """A question of a set; `fields` holds everything its line says.

    `text` is the one that names its subject (`text_scoped`) where the set has one.
    """

    id: str
    text: str
    language: str
    answerable: bool
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationSet:
    """A set. `judgements` gives each question its relevant documents with their grades (above zero).

    Leave `held_out_documents` out of the index and `held_out_questions` have no answer.
    """

    name: str
    documents: tuple[EvaluationDocument, ...]
    questions: tuple[EvaluationQuestion, ...]
    judgements: Mapping[str, Mapping[str, int]]
    answers: Mapping[str, Mapping[str, Any]]
    held_out_documents: frozenset[str]
    held_out_questions: frozenset[str]

    def judged_questions(self) -> list[EvaluationQuestion]:
        """The questions that have a relevant document, in the order of the file."""
        return [question for question in self.questions if question.id in self.judgements]


def load_set(folder: Path) -> EvaluationSet:
    """Read a set.

    Raises:
        InvalidRequest: the folder holds no set, or a line makes no sense (the message names file and line).
    """
    questions = tuple(_question(where, fields) for where, fields in read_records(folder, "queries"))
    usual = Counter(question.language for question in questions).most_common(1)
    language = usual[0][0] if usual else "other"
    documents = tuple(_document(where, fields, language) for where, fields in read_records(folder, "corpus"))
    return EvaluationSet(
        name=folder.resolve().name,
        documents=documents,
        questions=questions,
        judgements=_judgements(folder / "qrels.tsv", {document.id for document in documents}),
        answers={
            _text(where, fields, "query_id"): fields
            for where, fields in read_records(folder, "answers", required=False)
        },
        held_out_documents=_listed(folder / "holdout_docs.txt"),
        held_out_questions=_listed(folder / "holdout_queries.txt"),
    )


def load_searched(folder: Path) -> list[EvaluationSet]:
    """The set as it is searched: once, or once for each language that its questions want documents in (`target_lang`).

    Documents of the same title and words are one, see `with_copies_joined`.

    Raises:
        InvalidRequest: see `load_set`.
    """
    data = with_copies_joined(load_set(folder))
    targets = sorted({str(one.fields["target_lang"]) for one in data.questions if "target_lang" in one.fields})
    return [_in_language(data, target) for target in targets] or [data]


def with_copies_joined(data: EvaluationSet) -> EvaluationSet:
    """The set with documents of exactly the same title, text and language as one, under the first one's id.

    A search gives a text once, so which of two copies it names is chance; and a document that is left out while its
    copy stays is not left out. A question is judged by the best grade of the copies; a document is held out when one
    of its copies is. The same words under another title are another document: an agreement of another trade.
    """
    first: dict[tuple[str, str, str], EvaluationDocument] = {}
    known_as = {one.id: first.setdefault((one.title, one.text, one.language), one).id for one in data.documents}
    judgements: dict[str, dict[str, int]] = {}
    for question, relevant in data.judgements.items():
        joined = judgements.setdefault(question, {})
        for document, grade in relevant.items():
            joined[known_as[document]] = max(grade, joined.get(known_as[document], 0))
    return replace(
        data,
        documents=tuple(first.values()),
        judgements=judgements,
        held_out_documents=frozenset(known_as.get(one, one) for one in data.held_out_documents),
    )


def _in_language(data: EvaluationSet, language: str) -> EvaluationSet:
    questions = tuple(one for one in data.questions if one.fields.get("target_lang") == language)
    wanted = {one.id for one in questions}
    return replace(
        data,
        name=f"{data.name}→{language}",
        documents=tuple(document for document in data.documents if document.language == language),
        questions=questions,
        judgements={key: relevant for key, relevant in data.judgements.items() if key in wanted},
    )


def read_records(folder: Path, name: str, *, required: bool = True) -> Iterator[tuple[str, dict[str, Any]]]:
    """The objects of `name`.jsonl[.gz], each with its place for messages.

    Raises:
        InvalidRequest: the file is missing though `required`, or a line is no JSON object.
    """
    plain, packed = folder / f"{name}.jsonl", folder / f"{name}.jsonl.gz"
    path = plain if plain.is_file() else packed
    if not path.is_file():
        if required:
            raise InvalidRequest(f"{folder} holds no {name}.jsonl or {name}.jsonl.gz: it is not an evaluation set.")
        return
    try:
        with _open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield f"{path}:{number}", _object(f"{path}:{number}", line)
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise InvalidRequest(f"{path} cannot be read: {error}") from error


def _open_text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return cast(TextIO, gzip.open(path, "rt", encoding="utf-8"))
    return path.open(encoding="utf-8")


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError as error:
        raise InvalidRequest(f"{where} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise InvalidRequest(f"{where} is not a JSON object.")
    return cast(dict[str, Any], found)


def _text(where: str, fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise InvalidRequest(f"{where} has no text {name!r}.")
    return value


def _question(where: str, fields: dict[str, Any]) -> EvaluationQuestion:
    scoped = fields.get("text_scoped")
    return EvaluationQuestion(
        id=_text(where, fields, "id"),
        text=scoped if isinstance(scoped, str) and scoped else _text(where, fields, "text"),
        language=str(fields.get("lang", "other")),
        answerable=bool(fields.get("answerable", True)),
        fields=fields,
    )


def _document(where: str, fields: dict[str, Any], language: str) -> EvaluationDocument:
    return EvaluationDocument(
        id=_text(where, fields, "id"),
        title=str(fields.get("title", "")),
        text=_text(where, fields, "text"),
        language=str(fields.get("lang", language)),
        metadata=fields.get("meta") or {},
    )


def _judgements(path: Path, documents: set[str]) -> dict[str, dict[str, int]]:
    judgements: dict[str, dict[str, int]] = {}
    if not path.is_file():
        return judgements
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        columns = line.split("\t")
        if not line.strip() or (number == 1 and not columns[-1].strip().lstrip("-").isdigit()):
            continue
        try:
            question, document, grade = columns[0], columns[1], int(columns[2])
        except (IndexError, ValueError) as error:
            raise InvalidRequest(f"{path}:{number} is not question, document and grade between tabs.") from error
        if document not in documents:
            raise InvalidRequest(f"{path}:{number} names {document!r}, which is not in the corpus.")
        if grade > 0:
            judgements.setdefault(question, {})[document] = grade
    return judgements


def _listed(path: Path) -> frozenset[str]:
    return frozenset(path.read_text("utf-8").split()) if path.is_file() else frozenset()

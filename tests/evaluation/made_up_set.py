"""A tiny set in the layout of public ones, made here."""

import gzip
import json
from pathlib import Path
from typing import Any

DOCUMENTS = [
    {"id": "leave", "title": "Congés", "text": "Chaque salarié acquiert deux jours et demi de congés payés par mois."},
    {"id": "remote", "title": "Télétravail", "text": "Le télétravail est limité à deux jours par semaine."},
    {"id": "badge", "title": "Badges", "text": "Un badge perdu est signalé à l'accueil sous vingt-quatre heures."},
    {"id": "travel", "title": "Travel", "text": "Hotel costs are refunded up to 120 euros a night.", "lang": "en"},
]
QUESTIONS = [
    {"id": "q1", "text": "Combien de jours de congés par mois ?", "lang": "fr", "answerable": True},
    {"id": "q2", "text": "Le télétravail, combien de jours par semaine ?", "lang": "fr", "answerable": True},
    {"id": "q3", "text": "Que faire d'un badge perdu ?", "lang": "fr", "answerable": True},
    {"id": "q4", "text": "How much for a hotel night?", "lang": "en", "answerable": True},
    {"id": "q5", "text": "Quelle est la couleur du ciel ?", "lang": "fr", "answerable": False},
]
JUDGEMENTS = [("q1", "leave", 1), ("q2", "remote", 1), ("q3", "badge", 1), ("q4", "travel", 2), ("q4", "leave", 0)]


def write_set(folder: Path, *, compressed: bool = True, long_document: bool = False) -> Path:
    """Write the set; `long_document` adds one of several passages."""
    folder.mkdir(parents=True)
    documents: list[dict[str, Any]] = list(DOCUMENTS)
    if long_document:
        filler = " ".join(f"Le paragraphe {number} traite des fournitures de bureau." for number in range(60))
        answer = "Les chaussures de sécurité sont fournies par l'employeur."
        documents.append({"id": "manual", "title": "Manuel", "text": f"{filler}\n{answer}\n{filler}"})
    _write(folder / "corpus.jsonl", documents, compressed=True)
    _write(folder / "queries.jsonl", QUESTIONS, compressed=compressed)
    _write(folder / "answers.jsonl", [{"query_id": "q1", "answers": ["deux jours et demi"]}], compressed=compressed)
    lines = [f"{question}\t{document}\t{grade}\n" for question, document, grade in JUDGEMENTS]
    (folder / "qrels.tsv").write_text("".join(lines), "utf-8")
    (folder / "holdout_docs.txt").write_text("badge\n")
    (folder / "holdout_queries.txt").write_text("q3\n")
    return folder


def _write(path: Path, records: list[dict[str, Any]], *, compressed: bool) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    if compressed:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text, "utf-8")

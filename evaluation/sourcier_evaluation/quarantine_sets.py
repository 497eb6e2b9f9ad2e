"""Reads sets of attacks and of harmless documents as cases for the quarantine.

Known layouts: instructions with the texts they are put into (`attacks.jsonl`, `contexts.jsonl`: BIPIA), labelled
prompts (`injections.jsonl`: BastionCorpus), poisoned passages by target (`items.jsonl`, `corpus.jsonl`: PoisonedRAG),
and any evaluation set, whose documents are harmless.
"""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from sourcier_core.errors import InvalidRequest
from sourcier_evaluation.sets import load_set

POSITIONS = ("start", "middle", "end")


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A text to judge. `group` is what a table shows it under, `target` what several texts aim at, if known."""

    id: str
    text: str
    group: str
    attack: bool
    tuning: bool
    """It belongs to the half that rules and weights were made on."""
    target: str | None = None
    concealed: str = ""
    """What a format conceals in the document, as white text on white does."""
    media_type: str = "text/plain"


def in_tuning_half(name: str) -> bool:
    """The half of an attack, target or document by its name: even SHA-256."""
    return sha256(name.encode()).digest()[0] % 2 == 0


def read_cases(folder: Path, *, clean: bool = False) -> list[Case]:
    """The cases of a folder; with `clean`, every document of an evaluation set as a harmless one.

    Raises:
        InvalidRequest: the folder is of no known layout, or a line is not what it should be.
    """
    try:
        if clean:
            return [
                _case(document.id, f"{document.title}\n\n{document.text}", document.language, attack=False)
                for document in load_set(folder).documents
            ]
        if (folder / "attacks.jsonl").is_file():
            return list(_inserted(folder))
        if (folder / "injections.jsonl").is_file():
            return list(_prompts(folder))
        if (folder / "items.jsonl").is_file():
            return list(_poisoned(folder))
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise InvalidRequest(f"{folder} cannot be read as a set of attacks: {error!r}") from error
    raise InvalidRequest(f"{folder} holds no attacks.jsonl, injections.jsonl or items.jsonl: no set of attacks.")


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-lines file, which may be compressed beside its name (`.gz`)."""
    plain = path if path.is_file() else path.with_name(path.name + ".gz")
    data = gzip.decompress(plain.read_bytes()) if plain.suffix == ".gz" else plain.read_bytes()
    for line in data.decode("utf-8").split("\n"):
        if line.strip():
            yield cast(dict[str, Any], json.loads(line))


def _case(name: str, text: str, group: str, *, attack: bool, target: str | None = None) -> Case:
    return Case(id=name, text=text, group=group, attack=attack, tuning=in_tuning_half(target or name), target=target)


def _inserted(folder: Path) -> Iterator[Case]:
    """Each instruction in one text of its kind, at the start, the middle and the end in turn; then each text alone.

    Instructions in words are put in once more as text that the format conceals.
    """
    contexts = list(read_lines(folder / "contexts.jsonl"))
    code = [context for context in contexts if context["kind"] == "code"]
    others = [context for context in contexts if context["kind"] != "code"]
    for number, attack in enumerate(read_lines(folder / "attacks.jsonl")):
        hosts = code if attack["kind"] == "code" else others
        host = written_context(hosts[number % len(hosts)]["context"])
        text = insert_text(host, attack["text"], POSITIONS[number % len(POSITIONS)])
        yield _case(attack["id"], text, f"{attack['kind']} instruction in a document", attack=True)
        if attack["kind"] == "text":
            for media_type, sort in (("application/pdf", "a PDF or Word document"), ("text/html", "a web page")):
                seen = _case(attack["id"], host, f"the same, white on white in {sort}", attack=True)
                yield replace(seen, concealed=attack["text"], media_type=media_type)
    for context in contexts:
        yield _case(
            context["id"], written_context(context["context"]), f"{context['kind']}, nothing inserted", attack=False
        )


def written_context(context: str | list[str]) -> str:
    """A context of BIPIA as one text."""
    return context if isinstance(context, str) else "\n".join(context)


def insert_text(host: str, text: str, position: str) -> str:
    """`text` in a host at its `start`, its `end`, or the end of the line in the `middle`."""
    if position == "start":
        return f"{text}\n\n{host}"
    if position == "end":
        return f"{host}\n\n{text}"
    middle = host.find("\n", len(host) // 2)
    place = middle if middle >= 0 else len(host)
    return f"{host[:place]}\n{text}\n{host[place:]}"


def _prompts(folder: Path) -> Iterator[Case]:
    for prompt in read_lines(folder / "injections.jsonl"):
        attack = prompt["label"] == "malicious"
        language = prompt["lang"] if prompt["lang"] in {"en", "fr"} else "other languages"
        sort = "attack" if attack else "harmless look-alike"
        yield _case(prompt["id"], prompt["text"], f"{sort}, {language}", attack=attack)


def _poisoned(folder: Path) -> Iterator[Case]:
    passages = {passage["id"]: passage for passage in read_lines(folder / "corpus.jsonl")}
    for item in read_lines(folder / "items.jsonl"):
        for name in item["adv_doc_ids"]:
            text = passages[name].get("text_blackbox") or passages[name]["text"]
            yield _case(name, text, "poisoned passage", attack=True, target=item["id"])

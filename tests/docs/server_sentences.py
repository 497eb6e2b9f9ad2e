"""Finds in the source every sentence that an administrator may read in the page as the reason of a failure."""

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from sourcier_core.errors import all_error_types

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDERS = ("core/sourcier_core", "ingest/sourcier_ingest", "retrieval/sourcier_retrieval", "api/sourcier_api")


@dataclass(kw_only=True, slots=True)
class Sentences:
    """What one module raises: templates whose fields are numbered holes, and expressions that hold a whole sentence."""

    templates: dict[str, int] = field(default_factory=dict[str, int])
    unknown: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(kw_only=True, slots=True)
class _Holes:
    """Numbers the fields of an f-string. A field that is a constant of the module becomes its text."""

    module: ModuleType
    count: int = 0

    def template(self, node: ast.expr) -> str | None:
        """The template of an expression; None when it is neither a string, an f-string nor a constant."""
        if isinstance(node, ast.JoinedStr):
            return "".join(self._part(part) for part in node.values)
        return _text(node, self.module)

    def _part(self, node: ast.expr) -> str:
        if isinstance(node, ast.FormattedValue):
            known = _text(node.value, self.module)
            if known is not None and node.conversion == -1:
                return known
            self.count += 1
            return f"{{{self.count - 1}}}"
        return _text(node, self.module) or ""


def _text(node: ast.expr, module: ModuleType) -> str | None:
    if isinstance(node, ast.Name):
        known: object = getattr(module, node.id, None)
        return known if isinstance(known, str) else None
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return None


def module_paths() -> Iterator[str]:
    """The path of every module, relative to the root."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix()


def sentences_of(path: str, more: frozenset[str] = frozenset()) -> Sentences:
    """The sentences of every error that is made in a module, and what is given to or returned by the functions `more`.

    `*.message` is left out: it is the sentence of an error that was made elsewhere.
    """
    found = Sentences()
    errors = frozenset(error.__name__ for error in all_error_types())
    for node in ast.walk(ast.parse((ROOT / path).read_text("utf-8"))):
        for said in _said(node, errors, more):
            module = importlib.import_module(path.partition("/")[2].removesuffix(".py").replace("/", "."))
            template = _Holes(module=module).template(said)
            if template is not None:
                found.templates[template] = said.lineno
            elif not (isinstance(said, ast.Attribute) and said.attr == "message"):
                found.unknown[ast.unparse(said)] = said.lineno
    return found


def texts_of(path: str) -> str:
    """All strings of a module, one a line."""
    nodes = ast.walk(ast.parse((ROOT / path).read_text("utf-8")))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def _said(node: ast.AST, errors: frozenset[str], more: frozenset[str]) -> Iterator[ast.expr]:
    """The first argument of a call, `what` of any call, what a function returns, what a store tells of a trouble."""
    if isinstance(node, ast.Call):
        if node.args and _called(node) in errors:
            yield from _alternatives(node.args[0])
        elif node.args and _called(node) in more and isinstance(node.args[0], ast.Constant | ast.JoinedStr):
            yield node.args[0]
        yield from (keyword.value for keyword in node.keywords if keyword.arg == "what")
    elif isinstance(node, ast.FunctionDef) and node.name in more:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Return) and isinstance(inner.value, ast.Constant | ast.JoinedStr):
                yield inner.value
    elif isinstance(node, ast.Tuple) and len(node.elts) == 2 and ast.unparse(node.elts[0]).startswith("Trouble."):
        yield node.elts[1]


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def _alternatives(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.IfExp):
        yield from _alternatives(node.body)
        yield from _alternatives(node.orelse)
    else:
        yield node

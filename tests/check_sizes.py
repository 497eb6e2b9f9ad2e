"""Fails when a file has over 600 lines or a function over 60: past that, something wants a name of its own."""

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("core", "ingest", "retrieval", "api", "evaluation", "tests", "deploy")
MOST_LINES_OF_A_FILE = 600
MOST_LINES_OF_A_FUNCTION = 60
GENERATED = {"0001_initial_tables.py"}


def too_large(path: Path) -> list[str]:
    source = path.read_text("utf-8")
    name = path.relative_to(ROOT)
    found: list[str] = []
    lines = source.count("\n")
    if lines > MOST_LINES_OF_A_FILE:
        found.append(f"{name}: {lines} lines")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            length = node.end_lineno - node.lineno + 1
            if length > MOST_LINES_OF_A_FUNCTION:
                found.append(f"{name}:{node.lineno} {node.name}: {length} lines")
    return found


def main() -> int:
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [problem for path in paths if path.name not in GENERATED for problem in too_large(path)]
    print("\n".join(found) or f"sizes: {len(paths)} files are small enough")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

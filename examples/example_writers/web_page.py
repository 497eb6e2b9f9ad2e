"""HTML as an intranet serves it: navigation and footer around the text."""

from html import escape
from itertools import groupby
from pathlib import Path

from example_writers.markup import BOLD, Block, Source

STYLE = (
    "body{font-family:sans-serif;max-width:60rem;margin:auto} table{border-collapse:collapse} "
    "td,th{border:1px solid #888;padding:.3rem .6rem;text-align:left} nav,footer{color:#666;font-size:.8rem}"
)
LIST_TAGS = {"bullet": "ul", "number": "ol"}


def write_web_page(source: Source, target: Path) -> None:
    """Write the source as an HTML page in UTF-8."""
    language = source.attributes["language"]
    navigation = "Accueil | Actualités | Documents | Annuaire" if source.is_french else "Home | News | Documents | People"
    lines = [
        "<!DOCTYPE html>",
        f'<html lang="{language}">',
        "<head>",
        '<meta charset="utf-8">',
        f"<title>{escape(source.title)}</title>",
        f"<style>{STYLE}</style>",
        "</head>",
        "<body>",
        f"<nav>{escape(navigation)}</nav>",
        "<main>",
        f"<h1>{escape(source.title)}</h1>",
        f"<p>{escape(source.signature)} – {escape(source.attributes['owner'])}</p>",
    ]
    for kind, blocks in groupby(source.blocks[1:], key=lambda block: block.kind):
        lines.extend(_elements(kind, list(blocks)))
    lines.extend(("</main>", "<footer>Ateliers Valmorel – intranet</footer>", "</body>", "</html>", ""))
    target.write_text("\n".join(lines), encoding="utf-8")


def _elements(kind: str, blocks: list[Block]) -> list[str]:
    if kind in LIST_TAGS:
        tag = LIST_TAGS[kind]
        return [f"<{tag}>", *(f"<li>{_inline(block.text)}</li>" for block in blocks), f"</{tag}>"]
    if kind == "table":
        return [line for block in blocks for line in _table(block)]
    if kind == "heading":
        return [f"<h{block.level}>{_inline(block.text)}</h{block.level}>" for block in blocks]
    return [f"<p>{_inline(block.text)}</p>" for block in blocks]


def _table(block: Block) -> list[str]:
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in block.rows[0])
    body = ["<tr>" + "".join(f"<td>{_inline(cell)}</td>" for cell in row) + "</tr>" for row in block.rows[1:]]
    return ["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>", *body, "</tbody>", "</table>"]


def _inline(text: str) -> str:
    return BOLD.sub(r"<strong>\1</strong>", escape(text, quote=False))

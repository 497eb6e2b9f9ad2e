"""A table as text (one line a row, cells parted by a bar) and as the HTML that the element model keeps."""

import html
from collections.abc import Sequence

from lxml import html as lxml_html

CELL_BORDER = " | "


def rows_to_text(rows: Sequence[Sequence[str]]) -> str:
    """One line per row that holds anything; line breaks inside a cell become spaces."""
    lines: list[str] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            lines.append(CELL_BORDER.join(cells))
    return "\n".join(lines)


def rows_to_html(rows: Sequence[Sequence[str]]) -> str:
    """A plain HTML table with every cell escaped."""
    made = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table>{made}</table>"


def html_to_rows(table: str) -> list[list[str]]:
    """The cells of an HTML table, nested tables flattened into their cell; [] when it is not a table."""
    try:
        root = lxml_html.fragment_fromstring(table, create_parent=True)
    except (lxml_html.etree.ParserError, ValueError):
        return []
    return element_to_rows(root)


def element_to_rows(table: lxml_html.HtmlElement) -> list[list[str]]:
    """The same for a parsed element; rows of nested tables belong to the cell that holds them."""
    rows: list[list[str]] = []
    for row in table.iter("tr"):
        if any(ancestor.tag in {"td", "th"} for ancestor in row.iterancestors()):
            continue
        rows.append([" ".join(" ".join(cell.itertext()).split()) for cell in row if cell.tag in {"td", "th"}])
    return rows

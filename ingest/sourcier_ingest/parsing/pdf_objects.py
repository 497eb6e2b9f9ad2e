"""The drawing objects of a PDF page with their boxes, those inside forms included; capped, as pages may be hostile."""

import ctypes
from collections.abc import Iterator
from typing import Any

import pypdfium2.raw as pdfium_c

Box = tuple[float, float, float, float]
"""Left, bottom, right, top in the page's own points, origin at the bottom left."""
Matrix = tuple[float, float, float, float, float, float]

_IDENTITY: Matrix = (1, 0, 0, 1, 0, 0)
_DEEPEST_FORM = 4
_MOST_OBJECTS = 20_000


def page_objects(page: Any) -> Iterator[tuple[Any, Matrix]]:
    """The page's objects in drawing order with those of its forms, each with the matrix to the page."""
    left = _MOST_OBJECTS
    stack: list[tuple[Any, Matrix, int]] = []

    def push(parent: Any, count: int, get: Any, matrix: Matrix, depth: int) -> None:
        stack.extend((get(parent, place), matrix, depth) for place in range(min(count, left) - 1, -1, -1))

    push(page, pdfium_c.FPDFPage_CountObjects(page), pdfium_c.FPDFPage_GetObject, _IDENTITY, 0)
    while stack and left > 0:
        left -= 1
        item, matrix, depth = stack.pop()
        if not item:
            continue
        if pdfium_c.FPDFPageObj_GetType(item) != pdfium_c.FPDF_PAGEOBJ_FORM:
            yield item, matrix
        elif depth < _DEEPEST_FORM:
            inner = multiplied(object_matrix(item), matrix)
            push(item, pdfium_c.FPDFFormObj_CountObjects(item), pdfium_c.FPDFFormObj_GetObject, inner, depth + 1)


def object_matrix(item: Any) -> Matrix:
    """The matrix of an object into what holds it."""
    matrix = pdfium_c.FS_MATRIX()
    if not pdfium_c.FPDFPageObj_GetMatrix(item, matrix):
        return _IDENTITY
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def multiplied(first: Matrix, then: Matrix) -> Matrix:
    """One matrix for `first` and after it `then`."""
    a, b, c, d, e, f = first
    g, h, i, j, k, m = then
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m)


def visible_box(page: Any) -> Box:
    """The part of the page that is shown.

    PDFium's functions for single boxes do not see those that a page inherits from the page tree, as most pages of
    LaTeX do: they would be of letter size, and the head of an A4 page outside of it. This one does.
    """
    return page.get_bbox()


def object_box(item: Any, matrix: Matrix) -> Box | None:
    """An object's box on the page; None when PDFium knows none."""
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    if not pdfium_c.FPDFPageObj_GetBounds(item, left, bottom, right, top):
        return None
    if matrix == _IDENTITY:
        return (left.value, bottom.value, right.value, top.value)
    a, b, c, d, e, f = matrix
    corners = [(x, y) for x in (left.value, right.value) for y in (bottom.value, top.value)]
    across = [a * x + c * y + e for x, y in corners]
    upward = [b * x + d * y + f for x, y in corners]
    return (min(across), min(upward), max(across), max(upward))

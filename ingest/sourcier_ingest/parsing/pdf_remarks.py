"""What a PDF says beside its pages' own text: values of form fields, comments, attached files."""

import ctypes
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_c

from sourcier_ingest.parsing.children import Children
from sourcier_ingest.parsing.extraction import clean_text
from sourcier_ingest.parsing.pdf_lines import Line

_MOST_CHARACTERS = 1 << 20
_WITHOUT_WORDS = {pdfium_c.FPDF_ANNOT_LINK, pdfium_c.FPDF_ANNOT_POPUP}
_BUTTONS = {pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON}
_SILENT_FIELDS = {
    pdfium_c.FPDF_FORMFIELD_PUSHBUTTON,
    pdfium_c.FPDF_FORMFIELD_SIGNATURE,
    pdfium_c.FPDF_FORMFIELD_UNKNOWN,
}
_PASSWORD_FLAG = 1 << 13


def _text(call: Any, *arguments: Any) -> str:
    """The text that a PDFium function writes as UTF-16 into a buffer of the size it first asks for."""
    size = int(call(*arguments, None, 0))
    if not 2 < size <= 2 * _MOST_CHARACTERS:
        return ""
    buffer = (ctypes.c_ushort * ((size + 1) // 2))()
    call(*arguments, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _value(annotation: Any, key: bytes) -> str:
    return " ".join(clean_text(_text(pdfium_c.FPDFAnnot_GetStringValue, annotation, key)).split())


def _field(annotation: Any, form: Any) -> str:
    """`Name: value` of a filled field; empty for one that is not filled, a button or a password."""
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, annotation)
    if kind in _SILENT_FIELDS or pdfium_c.FPDFAnnot_GetFormFieldFlags(form, annotation) & _PASSWORD_FLAG:
        return ""
    if kind in _BUTTONS and not pdfium_c.FPDFAnnot_IsChecked(form, annotation):
        return ""
    name = _text(pdfium_c.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _text(
        pdfium_c.FPDFAnnot_GetFormFieldName, form, annotation
    )
    value = _text(pdfium_c.FPDFAnnot_GetFormFieldValue, form, annotation)
    if kind in _BUTTONS:
        exported = _text(pdfium_c.FPDFAnnot_GetFormFieldExportValue, form, annotation)
        value = f"☑ {exported or value}" if exported not in {"", "Yes", "On"} else "☑"
    name, value = (" ".join(clean_text(text).split()) for text in (name, value))
    return f"[champ / field] {name} : {value}" if value else ""


def _remark(annotation: Any, form: Any) -> str:
    kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
    if kind in _WITHOUT_WORDS:
        return ""
    if kind == pdfium_c.FPDF_ANNOT_WIDGET:
        return _field(annotation, form) if form is not None else ""
    words = _value(annotation, b"Contents")
    author = f" {who}" if (who := _value(annotation, b"T")) else ""
    return f"[commentaire / comment{author}] {words}" if words else ""


def _place(annotation: Any, width: float, height: float) -> tuple[float, float, float, float]:
    """Its rectangle inside the page, origin at the top left; a strip at the top for one that lies outside."""
    box = pdfium_c.FS_RECTF()
    if pdfium_c.FPDFAnnot_GetRect(annotation, box):
        left, right = sorted((box.left, box.right))
        low, high = sorted((box.bottom, box.top))
        x0, x1 = max(0.0, left), min(width, right)
        y0, y1 = max(0.0, height - high), min(height, height - low)
        if x1 - x0 >= 1 and y1 - y0 >= 1:
            return x0, y0, x1, y1
    return 0.0, 0.0, width, min(12.0, height)


def page_remarks(page: Any, number: int, form: Any) -> list[Line]:
    """Comments and filled fields of a page, each as one line with its place. `form`: the document's, or None."""
    width, height = page.get_size()
    found: list[Line] = []
    for index in range(pdfium_c.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            text = _remark(annotation, form)
            if text:
                x0, y0, x1, y1 = _place(annotation, width, height)
                found.append(Line(text=text, x0=x0, y0=y0, x1=x1, y1=y1, size=10.0, bold=False, page=number))
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
    return found


def collect_attached(document: Any, children: Children) -> None:
    """Keep the files attached to a PDF. Raises DocumentTooLarge."""
    for index in range(document.count_attachments()):
        try:
            attachment = document.get_attachment(index)
            name, content = attachment.get_name(), bytes(attachment.get_data())
        except pypdfium2.PdfiumError:
            continue  # a damaged entry: the PDF is read without it
        children.add(name, content)

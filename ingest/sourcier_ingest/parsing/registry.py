"""Parsers bid for a file; the highest bid reads it."""

from pathlib import Path

from sourcier_core.domain.documents import ParsedDocument
from sourcier_core.domain.passwords import NO_PASSWORDS, DocumentPasswords
from sourcier_core.errors import DocumentEmpty, DocumentEncrypted, DocumentTooLarge, DocumentTypeUnsupported
from sourcier_ingest.parsing.archive_format import ArchiveParser
from sourcier_ingest.parsing.assembly import assemble
from sourcier_ingest.parsing.delimited_format import DelimitedParser
from sourcier_ingest.parsing.electronic_book_format import ElectronicBookParser
from sourcier_ingest.parsing.extraction import Extraction, FormatParser, ParseLimits, SourceFile
from sourcier_ingest.parsing.image_format import ImageParser
from sourcier_ingest.parsing.legacy_office_formats import (
    LegacyPresentationParser,
    LegacyWordParser,
    LegacyWorkbookParser,
)
from sourcier_ingest.parsing.mail_format import MailParser
from sourcier_ingest.parsing.office_formats import PresentationParser, WordParser, WorkbookParser
from sourcier_ingest.parsing.open_document_format import OpenDocumentParser
from sourcier_ingest.parsing.outlook_format import OutlookParser
from sourcier_ingest.parsing.pdf_format import PdfParser
from sourcier_ingest.parsing.protected_files import unlocked
from sourcier_ingest.parsing.rich_text_format import RichTextParser
from sourcier_ingest.parsing.text_formats import MarkdownParser, TextParser
from sourcier_ingest.parsing.web_archive_format import WebArchiveParser
from sourcier_ingest.parsing.web_formats import HtmlParser

PARSERS: tuple[FormatParser, ...] = (
    PdfParser(),
    WordParser(),
    PresentationParser(),
    WorkbookParser(),
    OpenDocumentParser(".odt"),
    OpenDocumentParser(".odp"),
    OpenDocumentParser(".ods"),
    LegacyWordParser(),
    LegacyPresentationParser(),
    LegacyWorkbookParser(),
    RichTextParser(),
    ElectronicBookParser(),
    HtmlParser(),
    WebArchiveParser(),
    MarkdownParser(),
    DelimitedParser(),
    MailParser(),
    OutlookParser(),
    ImageParser(),
    ArchiveParser(),
    TextParser(),
)
_NAMED_PRECISELY = frozenset(
    [
        *(".pdf", ".doc", ".docx", ".odt", ".rtf", ".ppt", ".pptx", ".odp", ".xls", ".xlsx", ".ods", ".epub", ".msg"),
        *(".zip", ".png", ".jpg", ".jpeg", ".tif", ".tiff"),
    ]
)
"""A file with such a name that only looks like some text is damaged, not text."""


def parse(
    path: Path,
    name: str,
    max_file_bytes: int,
    recognition_data: str | None,
    passwords: DocumentPasswords = NO_PASSWORDS,
) -> ParsedDocument:
    """Parse one file.

    Raises:
        DocumentError: it is empty, too large, of no supported kind, damaged, protected, hostile, or without text.
    """
    limits = ParseLimits(
        max_file_bytes=max_file_bytes, recognition_data=None if recognition_data is None else Path(recognition_data)
    )
    source = SourceFile(path=path, name=name, limits=limits, passwords=passwords)
    size = path.stat().st_size
    if size == 0:
        raise DocumentEmpty
    if size > limits.max_file_bytes:
        raise DocumentTooLarge(f"The file has {size >> 20} MB; the limit is {limits.max_file_bytes >> 20} MB.")
    return assemble(_read(source), source)


def _read(source: SourceFile) -> Extraction:
    try:
        return _choose_parser(source).parse(source)
    except DocumentEncrypted as refusal:
        with unlocked(source, refusal) as readable:
            return _choose_parser(readable).parse(readable)


def _choose_parser(source: SourceFile) -> FormatParser:
    bids = [(parser.bid(source), parser) for parser in PARSERS]
    bid, parser = max(bids, key=lambda pair: pair[0])
    if bid <= 0 or (source.suffix in _NAMED_PRECISELY and bid < 0.3):
        raise DocumentTypeUnsupported(f"Files of this kind ({source.suffix or 'no extension'}) are not supported yet.")
    return parser

"""A pool of parsing children for the tests of concealed text."""

from collections.abc import Iterator

import pytest

from sourcier_ingest.parsing.isolated import IsolatedDocumentParser


@pytest.fixture(scope="package")
def document_parser() -> Iterator[IsolatedDocumentParser]:
    parser = IsolatedDocumentParser(wall_time_s=60, cpu_time_s=60, memory_mb=1024, max_file_mb=20, ocr_data_dir=None)
    yield parser
    parser.close()

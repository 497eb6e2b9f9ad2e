"""Where tesseract's language data is, and whether there is any."""

from pathlib import Path

DEFAULT_DATA = Path("/usr/share/tesseract-ocr/5/tessdata")


def recognition_available(data: Path | None) -> bool:
    """Whether language data for French or English is installed."""
    place = data or DEFAULT_DATA
    return any((place / f"{language}.traineddata").is_file() for language in ("fra", "eng"))

"""Pictures inside Office files: their words by recognition, within bounds, and what to say of those not read."""

import hashlib
import io
import re
import time
import warnings
from typing import Any

from PIL import Image

from sourcier_ingest.parsing.extraction import ParseLimits
from sourcier_ingest.parsing.image_format import enlarged, picture_resolution, upright
from sourcier_ingest.parsing.recognition import recognise
from sourcier_ingest.parsing.recognition_data import recognition_available

LABEL = "[image reconnue / recognised picture]"
_FORMATS = ("PNG", "JPEG", "TIFF", "GIF", "BMP")
_LEAST_SIDES = (60, 200)
"""Points of the short and the long side; smaller ones are logos, signs and bullets."""
_LEAST_CONFIDENCE = 50.0
_LEAST_LETTERS = 8
_WORD = re.compile(r"[^\W\d_]{3,}|\d{2,}")

_MISSING = "no text recognition is installed"
_TOO_MANY = "there are too many in this document"
_UNREADABLE = "it is damaged, too large or of another kind"


class OfficePictures:
    """Reads the pictures of one document, each once, and counts those that it could not read."""

    def __init__(self, limits: ParseLimits) -> None:
        self._limits = limits
        self._available = recognition_available(limits.recognition_data)
        self._seen: set[bytes] = set()
        self._recognised = 0
        self._time_left = limits.picture_time_s
        self._unread: dict[str, int] = {}

    @property
    def note(self) -> str | None:
        """What to say of the pictures not read; None when there is none."""
        said = [
            f"{count} {'picture was' if count == 1 else 'pictures were'} not read: {reason}"
            for reason, count in self._unread.items()
        ]
        return "; ".join(said) or None

    def forget_note(self) -> None:
        """Begin to count anew, for another part of the document."""
        self._unread = {}

    def read(self, name: str, content: bytes) -> str | None:
        """The labelled words of the picture in part `name`; None where it has none, is small, was read or cannot be."""
        digest = hashlib.sha256(content).digest()
        if digest in self._seen:
            return None
        self._seen.add(digest)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                image = self._opened(name, content)
                return None if image is None else self._words(image)
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001 - Pillow's decoders raise many kinds; the document is read without this picture
            self._count(_UNREADABLE)
            return None

    def _opened(self, name: str, content: bytes) -> Any | None:
        """The picture when it is to be read; counts it when it cannot be."""
        if name.lower().endswith(".svg"):  # always beside a picture of points
            return None
        image = Image.open(io.BytesIO(content), formats=_FORMATS)
        short, long = sorted(image.size)
        if short < _LEAST_SIDES[0] or long < _LEAST_SIDES[1]:
            return None
        if image.width * image.height > self._limits.max_image_pixels:
            self._count(_UNREADABLE)
        elif not self._available:
            self._count(_MISSING)
        elif self._recognised >= self._limits.max_pictures or self._time_left <= 0:
            self._count(_TOO_MANY)
        else:
            return image
        return None

    def _words(self, image: Any) -> str | None:
        began = time.monotonic()
        self._recognised += 1
        larger, resolution = enlarged(upright(image).convert("L"), picture_resolution(image))
        lines = [
            line.text
            for line in recognise(larger, resolution, self._limits.recognition_data)
            if line.confidence >= _LEAST_CONFIDENCE and _WORD.search(line.text)
        ]
        self._time_left -= time.monotonic() - began
        if sum(letter.isalnum() for line in lines for letter in line) < _LEAST_LETTERS:
            return None
        return f"{LABEL} {' '.join(lines)}"

    def _count(self, reason: str) -> None:
        self._unread[reason] = self._unread.get(reason, 0) + 1

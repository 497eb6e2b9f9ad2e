"""Pages as a scanner gives them: turned a little, noisy, compressed; the same for the same seed."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image

from sourcier_evaluation.fidelity import KnownText

_WHITE = 255
_SPECKS_A_PAGE = 1500


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """How a page is scanned. `noise` is the standard deviation of grey values (of 255), `turned` are degrees.

    `quality` is JPEG's; None keeps every point (PNG).
    """

    name: str
    resolution: int = 200
    noise: float = 0.0
    turned: float = 0.0
    quality: int | None = None
    columns: int = 1


SCANS = (
    Scan(name="clean, 150 dpi", resolution=150),
    Scan(name="clean, 200 dpi"),
    Scan(name="clean, 300 dpi", resolution=300),
    Scan(name="noise and specks, 200 dpi", noise=30.0),
    Scan(name="turned by 1°, 200 dpi", turned=1.0),
    Scan(name="turned by −2°, 200 dpi", turned=-2.0),
    Scan(name="JPEG of quality 15, 200 dpi", quality=15),
    Scan(name="two columns, 200 dpi", columns=2),
    Scan(name="noise, 1.5°, JPEG of quality 25, 150 dpi", resolution=150, noise=25.0, turned=1.5, quality=25),
)


def scanned(known: KnownText, scan: Scan, seed: int = 0) -> KnownText:
    """The first page as a grey picture (PNG or JPEG) with its resolution written into it."""
    with pypdfium2.PdfDocument(known.content) as document:
        page: Any = document[0]
        image: Any = page.render(scale=scan.resolution / 72, grayscale=True).to_pil().convert("L")
    if scan.turned:
        image = image.rotate(scan.turned, Image.Resampling.BICUBIC, fillcolor=_WHITE)
    if scan.noise:
        image = Image.fromarray(_noisy(np.asarray(image, np.float32), scan.noise, seed))
    memory = io.BytesIO()
    dots = (scan.resolution, scan.resolution)
    if scan.quality is None:
        image.save(memory, "PNG", dpi=dots)
    else:
        image.save(memory, "JPEG", dpi=dots, quality=scan.quality)
    return KnownText(name=known.name, language=known.language, content=memory.getvalue(), text=known.text)


def _noisy(grey: NDArray[np.float32], deviation: float, seed: int) -> NDArray[np.uint8]:
    """Grey values of shape (height, width) with noise and dark specks of two by two points."""
    chance = np.random.default_rng(seed)
    changed = grey * 0.85 + 20 + chance.normal(0.0, deviation, grey.shape)
    rows, columns = (chance.integers(0, size - 1, _SPECKS_A_PAGE) for size in grey.shape)
    for down, across in ((0, 0), (0, 1), (1, 0), (1, 1)):
        changed[rows + down, columns + across] = chance.integers(0, 120, _SPECKS_A_PAGE)
    return np.clip(changed, 0, _WHITE).astype(np.uint8)

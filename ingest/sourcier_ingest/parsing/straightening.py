"""Turns a scan that lies askew: at two degrees tesseract leaves out whole lines, and does not say so."""

import math
from typing import Any

import numpy as np
from PIL import Image

_LONGEST_SIDE = 800
"""Points of the small copy on which the angle is looked for; a line of text is then some ten points high."""
_FARTHEST = 6.0
_COARSE, _FINE = 0.5, 0.1
_LEAST = 0.5
"""Degrees; at one degree tesseract still reads as well as at none."""
_CLEARLY_SHARPER = 1.2
_WHITE = 255


def skew_of(image: Any) -> float:
    """Degrees counter-clockwise by which a Pillow image has to be turned for its lines to lie level; 0 where unclear.

    The angle at which the sums of the rows change most from one to the next: W. Postl, "Detection of linear oblique
    structures and skew scan in digitized documents" (ICPR 1986).
    """
    scale = min(1.0, _LONGEST_SIDE / max(image.size))
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    small = image.convert("L").resize(size, Image.Resampling.BILINEAR)
    dark = Image.fromarray(_WHITE - np.asarray(small))

    def sharpness(angle: float) -> float:
        turned = dark.rotate(angle, Image.Resampling.BILINEAR, fillcolor=0)
        return float(np.square(np.diff(np.asarray(turned, np.float32).sum(axis=1))).sum())

    steps = round(_FARTHEST / _COARSE)
    coarse = max((step * _COARSE for step in range(-steps, steps + 1)), key=sharpness)
    if abs(coarse) >= _FARTHEST:
        return 0.0
    around = round(_COARSE / _FINE)
    best = max((coarse + step * _FINE for step in range(-around, around + 1)), key=sharpness)
    return best if abs(best) >= _LEAST and sharpness(best) > _CLEARLY_SHARPER * sharpness(0.0) else 0.0


def turned_by(image: Any, angle: float) -> Any:
    """The image turned about its middle, on a ground so large that nothing is cut off."""
    plain = image if image.mode in {"L", "RGB"} else image.convert("L")
    return plain.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def turned_back(
    box: tuple[float, float, float, float], angle: float, turned: tuple[float, float], size: tuple[float, float]
) -> tuple[float, float, float, float]:
    """Where a level box of the turned picture lies in the original: its middle there, as wide and high, within it.

    Args:
        box: left, top, right and bottom, in any unit.
        angle: by which the picture was turned.
        turned: width and height of the turned picture, in that unit.
        size: those of the original.
    """
    across, down = (box[0] + box[2] - turned[0]) / 2, (box[1] + box[3] - turned[1]) / 2
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    x = size[0] / 2 + cosine * across - sine * down
    y = size[1] / 2 + sine * across + cosine * down
    half = ((box[2] - box[0]) / 2, (box[3] - box[1]) / 2)
    return (
        max(0.0, x - half[0]),
        max(0.0, y - half[1]),
        min(size[0], x + half[0]),
        min(size[1], y + half[1]),
    )

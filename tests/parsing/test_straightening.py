"""Scans that lie askew are levelled before they are read, and what was read is told where it lies on the scan."""

from collections import Counter

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sourcier_ingest.parsing.recognition import RecognisedLine, recognise
from sourcier_ingest.parsing.recognition_data import recognition_available
from sourcier_ingest.parsing.straightening import skew_of, turned_back, turned_by

_SIZE = (1240, 1754)
_SENTENCES = [
    f"Article {number}. Le contrat dure {number} mois et finit sans autre avis du directeur." for number in range(2, 32)
]


def _words(mode: str = "L") -> Image.Image:
    """A page of thirty lines of bars, as long as words are."""
    page = Image.new("L", _SIZE, 255)
    draw, chance = ImageDraw.Draw(page), np.random.default_rng(1)
    for line in range(30):
        x, y = 120, 150 + line * 48
        while x < 1000:
            width = int(chance.integers(30, 150))
            draw.rectangle((x, y, x + width, y + 18), fill=0)
            x += width + 16
    return page.convert(mode)


def _askew(page: Image.Image, angle: float) -> Image.Image:
    return page.rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")


@pytest.mark.parametrize("angle", [-5.0, -2.0, -0.8, 0.7, 1.3, 3.0, 5.4])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_the_angle_is_found(angle: float, mode: str) -> None:
    assert skew_of(_askew(_words(mode), angle)) == pytest.approx(-angle, abs=0.15)


def test_a_level_page_and_one_that_says_nothing_are_left_as_they_are() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (900, 700), dtype=np.uint8)
    gradient = np.tile(np.linspace(0, 255, 600, dtype=np.uint8), (400, 1))
    blank = Image.new("1", (30, 20), 1)
    for picture in (_words(), Image.fromarray(noise), Image.fromarray(gradient), blank, Image.new("L", (1, 1))):
        assert skew_of(picture) == 0.0


@pytest.mark.parametrize("angle", [-4.0, -1.0, 2.0, 5.0])
@pytest.mark.parametrize("place", [(150, 200), (1000, 180), (620, 870), (180, 1500), (1050, 1520)])
def test_a_box_is_told_where_it_lies_on_the_scan(angle: float, place: tuple[int, int]) -> None:
    page = Image.new("L", _SIZE, 255)
    ImageDraw.Draw(page).rectangle((*place, place[0] + 60, place[1] + 20), fill=0)
    scan = _askew(page, angle)
    level = turned_by(scan, -angle)
    box = _dark(level)
    told = turned_back(box, -angle, level.size, scan.size)
    true = _dark(scan)
    assert (told[0] + told[2]) / 2 == pytest.approx((true[0] + true[2]) / 2, abs=1.5)
    assert (told[1] + told[3]) / 2 == pytest.approx((true[1] + true[3]) / 2, abs=1.5)


def _dark(picture: Image.Image) -> tuple[float, float, float, float]:
    rows, columns = np.nonzero(np.asarray(picture) < 128)
    return float(columns.min()), float(rows.min()), float(columns.max() + 1), float(rows.max() + 1)


@pytest.mark.skipif(not recognition_available(None), reason="tesseract's language data is not installed")
@pytest.mark.parametrize("angle", [-4.0, -3.0, 4.0])
def test_no_line_of_a_page_askew_is_lost(angle: float) -> None:
    page = Image.new("L", _SIZE, 255)
    draw = ImageDraw.Draw(page)
    for number, sentence in enumerate(_SENTENCES):
        draw.text((120, 120 + number * 50), sentence, fill=0, font_size=26)
    level, askew = recognise(page, 150, None), recognise(_askew(page, angle), 150, None)
    wanted = Counter(" ".join(_SENTENCES).split())
    assert sum((_counted(level) - wanted).values()) < 5, "the level page itself is read"
    assert sum((wanted - _counted(askew)).values()) < 10, "without levelling, dozens of words are missing"
    width, height = (side * 72 / 150 for side in _SIZE)
    for x0, y0, x1, y1 in (line.box for line in askew):
        assert 0 <= x0 < x1 <= width
        assert 0 <= y0 < y1 <= height


def _counted(lines: list[RecognisedLine]) -> Counter[str]:
    return Counter(word for line in lines for word in line.text.split())

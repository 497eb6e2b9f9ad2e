"""PPTX: one slide per heading, bullets on the slide, what the speaker says in the notes."""

from pathlib import Path

from pptx import Presentation
from pptx.slide import Slide

from example_writers.archives import fix_archive_dates
from example_writers.markup import Source

TITLE_LAYOUT = 0
BULLET_LAYOUT = 1


def write_slides(source: Source, target: Path) -> None:
    """Write the source as a PPTX file with speaker notes."""
    presentation = Presentation()
    presentation.core_properties.title = source.title
    presentation.core_properties.author = "Ateliers Valmorel SAS"
    slide: Slide | None = None
    for block in source.blocks:
        if block.kind == "heading":
            layout = TITLE_LAYOUT if block.level == 1 else BULLET_LAYOUT
            slide = presentation.slides.add_slide(presentation.slide_layouts[layout])
            slide.shapes.title.text = block.text
        elif slide is None:
            raise ValueError("a slide deck starts with a heading")
        elif block.kind == "note":
            slide.notes_slide.notes_text_frame.text = block.text
        else:
            _add_line(slide, block.text)
    presentation.save(str(target))
    fix_archive_dates(target)


def _add_line(slide: Slide, text: str) -> None:
    frame = slide.placeholders[1].text_frame
    if frame.text:
        frame.add_paragraph().text = text
    else:
        frame.text = text

"""The formats that are text: TXT as an old Windows machine wrote it, Markdown, and mail."""

import email.policy
import textwrap
from email.message import EmailMessage
from pathlib import Path

from example_writers.markup import Source, without_marks

TEXT_WIDTH = 76


def write_text(source: Source, target: Path) -> None:
    """Write the source as wrapped plain text in code page 1252 with Windows line ends."""
    target.write_bytes(_plain_text(source).replace("\n", "\r\n").encode("cp1252"))


def write_markdown(source: Source, target: Path) -> None:
    """Write the body of the source, which is Markdown already, without its front matter."""
    target.write_text(source.body.lstrip("\n"), encoding="utf-8")


def write_mail(source: Source, target: Path) -> None:
    """Write the source as a mail with a plain-text body in quoted-printable."""
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = source.attributes["from"]
    message["To"] = source.attributes["to"]
    message["Subject"] = source.title
    message["Date"] = source.attributes["date"]
    message["Message-ID"] = source.attributes["message-id"]
    message.set_content(_plain_text(source), cte="quoted-printable")
    target.write_bytes(message.as_bytes())


def _plain_text(source: Source) -> str:
    pieces: list[str] = []
    for block in source.blocks:
        text = without_marks(block.text)
        if block.kind == "heading" and block.level == 1:
            pieces.append(f"{text}\n{'=' * len(text)}")
        elif block.kind == "bullet":
            pieces.append(textwrap.fill(text, TEXT_WIDTH, initial_indent="  - ", subsequent_indent="    "))
        else:
            pieces.append(textwrap.fill(text, TEXT_WIDTH, break_long_words=False, break_on_hyphens=False))
    return "\n\n".join(pieces) + "\n"

"""Passwords that an administrator gives for the documents of a corpus."""

from dataclasses import dataclass, field

MOST_PASSWORDS = 20
"""Kept for one corpus: each is tried on every document that asks for one."""
LONGEST_PASSWORD = 255
"""What Office takes at most; a PDF takes 127 bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentPasswords:
    """What is tried on the documents of a corpus that ask for a password."""

    values: tuple[str, ...] = field(default=(), repr=False)
    unreadable: bool = False
    """Some are kept and cannot be decrypted now."""


NO_PASSWORDS = DocumentPasswords()

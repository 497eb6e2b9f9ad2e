"""The shapes of documents' passwords in the HTTP interface. They only come in: no answer ever holds one."""

from typing import Annotated

from pydantic import Field, SecretStr

from sourcier_api.schemas import Schema
from sourcier_core.domain.passwords import LONGEST_PASSWORD, MOST_PASSWORDS

Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST_PASSWORD)]


class PasswordsInput(Schema):
    """Passwords to try on the documents of a corpus that ask for one. Stored encrypted, never shown again."""

    passwords: list[Password] = Field(max_length=MOST_PASSWORDS)


class PasswordsView(Schema):
    """How many passwords are kept for a corpus, and how many may be."""

    count: int
    most: int = MOST_PASSWORDS

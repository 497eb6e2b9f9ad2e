"""What becomes of a model's claims."""

from collections.abc import Collection
from enum import StrEnum


class ClaimCheck(StrEnum):
    """`strict` removes the claims without proof, `flag` keeps and marks them, `off` checks none."""

    STRICT = "strict"
    FLAG = "flag"
    OFF = "off"


def strictest(checks: Collection[ClaimCheck]) -> ClaimCheck:
    """The one of `checks` that lets least through; `strict` for none."""
    return next((check for check in ClaimCheck if check in checks), ClaimCheck.STRICT)

"""Conditions on many values at once."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, any_, cast
from sqlalchemy.dialects.postgresql import ARRAY


def is_one_of(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Like `in_`, with one parameter for all values.

    PostgreSQL takes 65,535 parameters, and an archive holds thousands of files; and a statement with a parameter for
    each is written and read anew for every number of them.
    """
    return column == any_(cast(list(values), ARRAY(column.type)))

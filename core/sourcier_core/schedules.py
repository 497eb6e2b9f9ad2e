"""When to look at a source again: cron expressions of five fields."""

from datetime import datetime

from croniter import CroniterError, croniter

from sourcier_core.errors import InvalidRequest

_FIELDS = 5
_LONGEST = 100
_EXAMPLE_TIME = datetime(2026, 1, 1)


def check_schedule(expression: str) -> str:
    """The expression with single spaces between its fields.

    Raises:
        InvalidRequest: it is not one, or names a time that never comes (31 February).
    """
    fields = expression.split()
    text = " ".join(fields)
    if len(fields) != _FIELDS or len(text) > _LONGEST or not text.isascii():
        raise InvalidRequest(f"A schedule has five fields, like `30 2 * * 1-5`; this has {len(fields)}.")
    try:
        croniter(text, _EXAMPLE_TIME).get_next(datetime)
    except (CroniterError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise InvalidRequest(f"{text!r} is not a schedule, or names a time that never comes.") from error
    return text


def next_run(expression: str, after: datetime) -> datetime:
    """The first time after `after` that the schedule names, in the time zone of `after`."""
    found: datetime = croniter(expression, after).get_next(datetime)
    return found


def is_due(expression: str, *, last: datetime, now: datetime) -> bool:
    """Whether the schedule named a time after `last` and not after `now`; several missed times count as one."""
    return next_run(expression, last.astimezone(now.tzinfo)) <= now

"""Dates as people type them in a command, as moments."""

from datetime import UTC, datetime, time

from sourcier_core.errors import InvalidRequest


def as_of_moment(typed: str | None) -> datetime | None:
    """The moment that `2026-03-01` (the end of that day) or `2026-03-01T12:00` names, in this machine's time zone.

    A time zone that is written counts. Nothing typed, or today: None, which stands for now.

    Raises:
        InvalidRequest: it is no date, or lies in the future.
    """
    if typed is None:
        return None
    try:
        moment = datetime.fromisoformat(typed)
        if len(typed) <= len("2026-03-01"):
            moment = datetime.combine(moment, time.max)
        moment = moment.astimezone()
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(f"{typed} is no date: write it as 2026-03-01 or 2026-03-01T12:00.") from error
    now = datetime.now(UTC).astimezone()
    if moment.date() > now.date():
        raise InvalidRequest(f"{typed} lies in the future.")
    return None if moment >= now else moment

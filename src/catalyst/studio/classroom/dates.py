"""Moments by which work is due: typed as people type them, kept in UTC. Depends on nothing."""

import re
from datetime import UTC, datetime, time

from catalyst.errors import CourseError

FORM = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


def moment(text: str, what: str) -> str:
    """A day, or a day and a time, as a moment in UTC.

    Parameters
    ----------
    text : str
        ``2026-11-30`` (its last second), ``2026-11-30 17:00``, or with an offset, ``2026-11-30T17:00+01:00``;
        without one, the time of this machine's zone.
    what : str
        How the refusal begins.

    Returns
    -------
    str
        ISO 8601, to the second, with the offset ``+00:00``.

    Raises
    ------
    CourseError
        If it is no such moment.
    """
    found = FORM.fullmatch(text.strip())
    try:
        if not found:
            raise ValueError
        year, month, day, hour, minute, second, zone = found.groups()
        clock = time(23, 59, 59) if hour is None else time(int(hour), int(minute), int(second or 0))
        told = datetime.combine(datetime(int(year), int(month), int(day)), clock)
        if zone:
            told = datetime.strptime(f"{told.isoformat()}{zone.replace('Z', '+0000')}", "%Y-%m-%dT%H:%M:%S%z")
        return told.astimezone(UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        raise CourseError(
            f"{what} is a day such as 2026-11-30, or a day and a time such as '2026-11-30 17:00', not "
            f"'{text[:40]}'."
        ) from None


def words(told: str) -> str:
    """A moment as it is told to people: in this machine's zone, with the zone's name."""
    here = datetime.fromisoformat(told).astimezone()
    return f"{here:%A} {here.day} {here:%B %Y}, {here:%H:%M} ({here:%Z})"


def naive(told: str) -> datetime:
    """A moment in UTC without its offset, as nbgrader's gradebook keeps it."""
    return datetime.fromisoformat(told).astimezone(UTC).replace(tzinfo=None)

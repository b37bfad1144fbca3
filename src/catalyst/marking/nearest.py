"""The nearest known name to one that is not known, for "did you mean". Depends on nothing."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def nearest(name: str, known: Iterable[str], least: float = 0.5) -> str | None:
    """The known name most like ``name``, or None when nothing is like it.

    A name that stands whole inside a known one ("plans" in "cin_child_protection_plans") counts as very
    like it: that is how people shorten long names, and plain edit distance misses it.
    """
    wanted = name.strip().lower()
    best, score = None, least
    for candidate in known:
        low = candidate.lower()
        like = SequenceMatcher(None, wanted, low).ratio()
        if wanted and (wanted in low or low in wanted):
            like = max(like, 0.75 + 0.25 * like)
        # The end of a name says most ("plans" is child_protection_plans rather than plan_dates).
        if wanted and low.endswith(wanted):
            like = max(like, 0.95)
        if like > score:
            best, score = candidate, like
    return best


def listed(names: Iterable[str], most: int = 20) -> str:
    """Names in one line, shortened after ``most`` of them."""
    names = [str(name) for name in names]
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")

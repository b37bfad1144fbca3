"""Slips of unit, sign and scale: a right figure told in the wrong way. Depends on ``compare``.

These need no entry in the bank of wrong answers: the unit of the exercise says what they are.
"""

import math
from collections.abc import Callable, Iterator

DAYS = {"days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
LOGS = {"hazard ratio": "log hazard ratio", "odds ratio": "log odds ratio", "rate ratio": "log rate ratio"}
RATIOS = {log: ratio for ratio, log in LOGS.items()}
BASES = {
    "proportion": 1,
    "percent": 100,
    "per 100": 100,
    "per 1,000": 1000,
    "per 10,000": 10_000,
    "per 100,000": 100_000,
}
# A difference of shares is told in either of these.
POINTS = {
    "difference": ("percentage points", 100),
    "percentage points": ("a difference of proportions", 0.01),
}
POINTS_SAID = {"difference": "a difference of proportions", "percentage points": "percentage points"}
# A month may be taken as 30 or 30.4 days and a year as 365: a unit slip is still the same slip.
LOOSE = 0.016

Slip = tuple[Callable[[float], float], float, float, str]


def slip(unit: str | None, expected: list[float], given: list[float], allowed: list[float]) -> str | None:
    """The message for a known slip, or None.

    Parameters
    ----------
    unit : str or None
        The exercise's unit.
    expected, given : list of float
        The right numbers and those given, cell by cell.
    allowed : list of float
        The tolerance of each cell, in the exercise's unit.
    """
    early = _out_of_range(unit, expected, given)
    if early:
        return early
    for turn, stretch, loose, message in _slips(unit):
        try:
            targets = [turn(value) for value in expected]
        except (ValueError, ZeroDivisionError, OverflowError):
            continue
        told = any(
            abs(target - value) > 3 * far
            for target, value, far in zip(targets, expected, allowed, strict=True)
        )
        # Where the slip hardly changes the figure (1 − 0.5), to name it would be to guess.
        if told and all(
            abs(value - target) <= max(far * stretch, loose * abs(target)) + 1e-9 * max(abs(target), 1e-3)
            for target, value, far in zip(targets, given, allowed, strict=True)
        ):
            return message
    return None


def _out_of_range(unit, expected, given) -> str | None:
    low, high = min(given), max(given)
    if unit == "proportion":
        if low < 0 and high <= 1:
            return "A proportion cannot be below 0. Give a proportion between 0 and 1."
        if 2 <= high <= 100 and low >= 0:
            return "That looks like a percentage. Give a proportion between 0 and 1."
        if 1 < high < 2:
            return (
                "A proportion cannot be above 1: look at what you divided by. "
                "Give a proportion between 0 and 1."
            )
        if high > 100:
            return "That looks like a count. Give a proportion between 0 and 1."
    if unit == "percent":
        if low < 0:
            return "A percentage of a group cannot be below 0. Give a percentage between 0 and 100."
        if 0 < high <= 1 and low >= 0 and max(expected) > 1.5:
            return "That looks like a proportion. Give a percentage between 0 and 100."
        if high > 100:
            return "A percentage of a group cannot be above 100: look at what you divided by."
    if unit in LOGS and low < 0:
        return f"{_a(unit).capitalize()} cannot be below 0: that looks like a {LOGS[unit]}. Give exp() of it."
    if unit in DAYS and low < 0 <= min(expected):
        return "A length of time cannot be below 0: look at which date you took from which."
    return None


def _slips(unit: str | None) -> Iterator[Slip]:
    if unit in DAYS:
        yield from _lengths(unit)
    if unit in ("proportion", "percent"):
        whole = 1 if unit == "proportion" else 100
        yield (
            lambda x: whole - x,
            1,
            0,
            f"That is the complement, {whole} − p: the share to whom it did not happen. "
            "Read which one is asked for.",
        )
    if unit in LOGS:
        yield (
            math.log,
            1,
            0,
            f"That looks like a {LOGS[unit]} (the coefficient). Give {_a(unit)}, which is exp() of it.",
        )
        yield (
            lambda x: 1 / x,
            1,
            0,
            f"That is the {unit} turned round: look at which group is compared with which.",
        )
        yield lambda x: x - 1, 1, 0, f"That is how much above 1 the {unit} is. Give the {unit} itself."
        yield lambda x: 100 * (x - 1), 100, 0, f"That is a change in percent. Give the {unit} itself."
    if unit in RATIOS:
        yield (
            math.exp,
            1,
            0.005,
            f"That looks like {_a(RATIOS[unit])}. Give the {unit} (the coefficient), which is its log.",
        )
        yield (
            lambda x: -x,
            1,
            0,
            "The size is right and the sign is reversed: look at which group is compared with which.",
        )
    if unit in BASES:
        for other, base in BASES.items():
            times = base / BASES[unit]
            if times != 1:
                yield _scaled(times), times, LOOSE, f"That looks like {_base(other)}. Give {_base(unit)}."
    if unit in POINTS:
        other, times = POINTS[unit]
        yield _scaled(times), times, LOOSE, f"That looks like {other}. Give {POINTS_SAID[unit]}."
    if unit not in LOGS:
        yield (
            lambda x: -x,
            1,
            0,
            "The size is right and the sign is reversed: look at what was taken from what.",
        )


def _lengths(unit: str) -> Iterator[Slip]:
    how = {
        "days": "",
        "weeks": ": 7 days to a week",
        "months": ": 365.25 ÷ 12 = 30.4375 days to a month",
        "years": ": 365.25 days to a year",
    }
    for other, days in DAYS.items():
        if other != unit:
            times = DAYS[unit] / days
            told = how[unit] or how[other]
            yield (
                _scaled(times),
                times,
                LOOSE,
                f"That looks like a number of {other}. Give it in {unit}{told}.",
            )
    if unit == "months":
        for days in (30, 28):
            yield (
                _scaled(DAYS["months"] / days),
                1,
                0,
                f"You seem to have taken {days} days as a month. Take 365.25 ÷ 12 = 30.4375 days to a month.",
            )


def _scaled(times: float) -> Callable[[float], float]:
    return lambda x: x * times


def _base(unit: str) -> str:
    return {"proportion": "a proportion", "percent": "a percentage"}.get(unit, f"a rate {unit}")


def _a(unit: str) -> str:
    return f"{'an' if unit[0] in 'aeiou' else 'a'} {unit}"

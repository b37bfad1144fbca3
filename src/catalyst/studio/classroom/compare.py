"""An answer that came out of a kernel, held against the key outside it. Depends on ``catalyst.marking``.

Whatever comes out of a kernel is the word of the person whose code ran there. It is taken as an answer and as
nothing else, and only after its form was proved: no text of it is run, and none can ask for more memory
than an answer needs.
"""

import json
import re
from typing import Any

from catalyst.marking import kinds
from catalyst.marking.answers import MOST_ROWS, decode
from catalyst.marking.check import Verdict, mark

MOST_BYTES = 2_000_000
MOST_VALUES = 50_000
# The types that pandas gives to what a notebook of the course can hold; no other text reaches pandas.
DTYPES = re.compile(
    r"u?int(8|16|32|64)|float(16|32|64)|U?Int(8|16|32|64)|Float(32|64)|bool|boolean|object|str|string(\[\w{1,20}\])?"
    r"|datetime64\[(s|ms|us|ns)(, [\w/+:\-]{1,40})?\]|timedelta64\[(s|ms|us|ns)\]"
    r"|period\[[\w\-]{1,10}\]|interval\[[\w\[\], ]{1,40}\]|category"
)


class Unsound(Exception):
    """What was handed over is not in the form of an answer."""


def verdict(exercise: str, entry: dict, handed: list[Any], why: str | None = None) -> Verdict:
    """What is said of the answer to one exercise.

    Parameters
    ----------
    exercise : str
        The exercise's id, as the release has it.
    entry : dict
        Its entry in the key.
    handed : list
        What the check cell handed over: one piece of display data where all went well.
    why : str, optional
        Why there is none, in one sentence.

    Returns
    -------
    Verdict
        ``layer`` is ``"absent"`` where no answer came out of the check cell, else as ``check`` has it.
    """
    if not handed:
        return Verdict("absent", f"{exercise}: there is no answer. {why or 'The check cell gave none.'}")
    if len(handed) > 1:
        return Verdict(
            "absent",
            f"{exercise}: the check cell gave {len(handed)} answers where one is due, so none was taken.",
        )
    try:
        return _judge(exercise, entry, handed[0])
    except Unsound as unsound:
        return Verdict("type", f"{exercise}: {unsound} {kinds.wanted(entry)}")
    except Exception as error:
        # The content is another person's: whatever it does here costs that answer and no more.
        return Verdict("type", f"{exercise}: your answer cannot be read ({type(error).__name__}).")


def _judge(exercise: str, entry: dict, told: Any) -> Verdict:
    if not isinstance(told, dict):
        raise Unsound("What the check cell gave is not an answer.")
    if "blank" in told:
        empty, parts = told["blank"]
        if not (type(empty) is int and type(parts) is int and 0 < empty <= parts <= MOST_VALUES):
            raise Unsound("What the check cell gave is not an answer.")
        return mark(exercise, entry, [...] * empty + [0] * (parts - empty))
    if "unreadable" in told:
        odd = told.get("odd")
        said = odd[:400] if isinstance(odd, str) else f"That is a {str(told['unreadable'])[:60]}."
        return Verdict("type", f"{said} {kinds.wanted(entry)}")
    answer = decode(sound(told.get("answer")))
    if told.get("set") is True and isinstance(answer, list):
        answer = set(answer)
    return mark(exercise, entry, answer)


def sound(stored: Any) -> dict:
    """An encoded answer whose form is proved, so that ``decode`` may read it.

    Raises
    ------
    Unsound
        If it is too large or not in the form that ``encode`` gives.
    """
    if not isinstance(stored, dict) or not stored.keys() & {"frame", "series", "mapping", "list", "scalar"}:
        raise Unsound("What the check cell gave is not an answer.")
    if len(json.dumps(stored)) > MOST_BYTES:
        raise Unsound("Your answer is too long to mark.")
    _walk(stored, [0], 0)
    return stored


def _walk(part: Any, count: list[int], depth: int) -> None:
    """Go through every value once: count them, and prove whatever makes pandas do more than hold a value."""
    count[0] += 1
    if count[0] > MOST_VALUES:
        raise Unsound("Your answer holds too many values to mark.")
    if depth > 12:
        raise Unsound("What the check cell gave is not an answer.")
    if isinstance(part, list):
        for inner in part:
            _walk(inner, count, depth + 1)
    elif isinstance(part, dict):
        for name, inner in part.items():
            if name == "dtype" and isinstance(inner, str) and not DTYPES.fullmatch(inner):
                raise Unsound("Your answer holds values of a kind that cannot be marked.")
            if name == "range":
                _range(inner)
            if name == "freq" and not (isinstance(inner, str) and re.fullmatch(r"[\w\-]{1,12}", inner)):
                raise Unsound("Your answer holds values of a kind that cannot be marked.")
            _walk(inner, count, depth + 1)


def _range(bounds: Any) -> None:
    if not (isinstance(bounds, list) and len(bounds) == 3 and all(type(end) is int for end in bounds)):
        raise Unsound("What the check cell gave is not an answer.")
    if bounds[2] == 0 or len(range(*bounds)) > MOST_ROWS:
        raise Unsound("Your answer is too long to mark.")

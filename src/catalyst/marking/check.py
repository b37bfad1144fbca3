"""``check``: marks one answer in layers and says one thing about it. Depends on the key.

The layers, in order: not attempted, wrong type, wrong shape, wrong value (a known mistake, then a slip of
unit, then direction and distance), correct. ``mark`` decides and is pure; ``check`` reads the key, prints,
and raises only where a grader is listening.
"""

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from catalyst.errors import CourseError
from catalyst.marking import kinds, progress
from catalyst.marking.answers import decode, encode
from catalyst.marking.compare import is_number, same, tolerance
from catalyst.marking.key import entry
from catalyst.marking.slips import LOGS, RATIOS, slip
from catalyst.marking.words import distance, shown

# The type of display data as which an answer is kept in a notebook that is marked later.
ANSWER = "application/vnd.catalyst.answer+json"


class NotCorrect(AssertionError):
    """An answer that is not correct, or not there, while nbgrader is running the notebook."""

    def _render_traceback_(self) -> list[str]:
        # IPython shows this instead of a traceback through our own code, which would help no learner.
        return [f"AssertionError: {self}"]


@dataclass(frozen=True)
class Verdict:
    """What is said of an answer.

    ``layer`` is blank, type, shape, value, correct or recorded; ``name`` is that of a known mistake;
    ``marked`` is False where the message is about the course, because the answer could not be looked at.
    """

    layer: str
    message: str
    name: str | None = None
    marked: bool = True


_NOTHING = object()


def check(exercise: str = _NOTHING, answer: Any = _NOTHING) -> None:
    """Mark an answer and print one message about it; without arguments, show how far you are.

    Parameters
    ----------
    exercise : str, optional
        The exercise's id, such as ``"t1.3"``.
    answer : optional
        Your answer; ``...`` while there is none.

    Raises
    ------
    AssertionError
        Only under nbgrader (its Validate button, or its marking), for an answer that is not correct.
    CourseError
        Only while a key is being built, for an answer that no key can hold.
    """
    if answer is _NOTHING:
        _without_answer(exercise)
        return
    if os.environ.get("CATALYST_BUILD_KEY"):
        record({"what": "answer", "exercise": exercise, "answer": encoded(exercise, answer)})
        print(f"{exercise} is in the key.")
        return
    verdict = judge(exercise, answer)
    if verdict.marked and verdict.layer != "blank":
        progress.note(exercise, verdict.layer, verdict.name)
    if verdict.layer not in ("correct", "recorded") and os.environ.get("NBGRADER_EXECUTION"):
        raise NotCorrect(verdict.message)
    if verdict.layer != "recorded" or not _keep(answer, verdict.message):
        print(verdict.message)


def _without_answer(exercise: Any) -> None:
    """The table of progress for ``check()``, one sentence for an id alone; neither stops a notebook."""
    if exercise is not _NOTHING:
        print('check takes the exercise\'s id and then your answer, such as check("t1.1", answer).')
        return
    from catalyst.marking.standing import standing

    try:
        table = standing()
    except CourseError as error:
        print(error)
        return
    try:
        from IPython.display import display
    except ImportError:
        print(table)
    else:
        display(table)


def judge(exercise: str, answer: Any) -> Verdict:
    """The verdict on an answer by the key in use; whatever happens, it comes back as a verdict."""
    try:
        try:
            known, marked = entry(exercise)
        except CourseError as error:
            # Somebody who has not begun needs no lecture on keys, but a wrong id must be told at once.
            if str(error).startswith("There is no answer key") and _untouched(answer):
                return Verdict("blank", f"{exercise} not attempted yet.")
            return Verdict("type", str(error), marked=False)
        return mark(exercise, known, answer, marked)
    except Exception as error:
        # An answer may be any object, with any behaviour of its own: a learner's notebook must still run on.
        return Verdict(
            "type",
            f"{exercise} could not be marked: your answer, of type {type(answer).__name__}, cannot be read "
            f"({type(error).__name__}). Give a plain number, text, list, Series or DataFrame.",
        )


def mark(exercise: str, known: dict, answer: Any, marked: bool = True) -> Verdict:
    """The verdict on an answer.

    Parameters
    ----------
    exercise : str
        The exercise's id.
    known : dict
        Its entry in the key, or the open part of it.
    answer
        What was given.
    marked : bool
        Whether the entry holds the answer; if not, marking stops after the shape.
    """
    empty, parts = kinds.blank(answer)
    if parts and empty == parts:
        return Verdict("blank", f"{exercise} not attempted yet.")
    if empty:
        return Verdict(
            "shape", f"{exercise} is begun: {empty} of {parts} parts of your answer are still '...'."
        )
    try:
        given = kinds.read(known, answer)
    except kinds.Refused as refused:
        return Verdict(refused.layer, str(refused))
    unfit = None
    try:
        kinds.fit(known, given)
    except kinds.Refused as refused:
        unfit = Verdict(refused.layer, str(refused))
    if not marked:
        return unfit or Verdict(
            "recorded",
            f"{exercise}: your answer is recorded in this notebook, and is marked after you hand it in.",
        )
    right = _cells(known, known["answer"])
    if not unfit and same(known, right, given.cells):
        return Verdict("correct", _correct(known, right) + given.note)
    for other in known.get("accept", []):
        if not unfit and same(known, _cells(known, other["answer"]), given.cells):
            return Verdict("correct", f"{_correct(known, right, given.cells)} {other['reason']}{given.note}")
    # A known mistake may have a shape of its own, and its name says more than "a row too many".
    for mistake in known.get("mistakes", []):
        if same(known, _cells(known, mistake["answer"]), given.cells):
            return Verdict("value", mistake["message"], mistake["name"])
    return unfit or Verdict("value", _slip(known, right, given.cells) or distance(known, right, given.cells))


def _keep(answer: Any, message: str) -> bool:
    """Keep an answer among the outputs of its cell, beside what is said; whether there is a notebook for it.

    It goes no further than the notebook's file, in which its owner can read it.
    """
    from IPython import get_ipython
    from IPython.display import display

    if get_ipython() is None:
        return False
    try:
        kept = encode(answer)
    except CourseError:
        return False  # the notebook itself keeps what is too odd to be stored: it is run again for the marks
    display({"text/plain": message, ANSWER: {"answer": kept}}, raw=True)
    return True


def record(line: dict) -> None:
    """Hand one answer or mistake to the builder of the key, as a line of JSON."""
    with Path(os.environ["CATALYST_BUILD_KEY"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(line, ensure_ascii=False) + "\n")


def encoded(exercise: str, answer: Any) -> dict:
    try:
        return encode(answer)
    except CourseError as error:
        raise CourseError(f"{exercise}: {error}") from None


def _untouched(answer: Any) -> bool:
    empty, parts = kinds.blank(answer)
    return bool(parts) and empty == parts


def _cells(known: dict, stored: dict) -> dict:
    return kinds.read(known, decode(stored)).cells


def _slip(known: dict, right: dict, given: dict) -> str | None:
    if known["kind"] not in ("number", "integer", "mapping", "series") or right.keys() != given.keys():
        return None
    if not all(is_number(right[cell]) and is_number(given[cell]) for cell in right):
        return None
    cells = list(right)
    allowed = [tolerance(known, cell) for cell in cells]
    return slip(known.get("unit"), [right[c] for c in cells], [given[c] for c in cells], allowed)


def _correct(known: dict, right: dict, given: dict | None = None) -> str:
    """ "Correct", the answer where it is one value, and the truth where one was planted."""
    if known["kind"] not in ("number", "integer", "choice"):
        return "Correct."
    allowed = tolerance(known, ())
    value = (given or right)[()]
    said = f"Correct: {shown(value, allowed)}."
    if known.get("because"):
        return f"{said} {known['because']}"
    row = known.get("truth")
    if not row or known["kind"] == "choice":
        return said
    figures = {
        name: _on_scale(row, name, known.get("unit")) for name in ("planted", "superpopulation", "realised")
    }
    figures = {name: shown(figure, allowed or 1) for name, figure in figures.items() if figure is not None}
    told = []
    if "superpopulation" in figures:
        told.append(f"the rules that made these data give {figures['superpopulation']}")
        if "hazard" in str(row.get("scale", "")) or "hazard" in str(row.get("estimand", "")):
            told[0] = f"the hazards that made these data give {figures['superpopulation']}"
    elif "planted" in figures:
        told.append(f"the value planted in these data is {figures['planted']}")
    if "realised" in figures:
        told.append(f"this population's own figure is {figures['realised']}")
    joined = "; ".join(told)
    return f"{said} {joined[0].upper()}{joined[1:]}." if joined else said


def _on_scale(row: dict, name: str, unit: str | None) -> float | None:
    """A figure of the truth on the scale of the exercise: a log hazard ratio as a hazard ratio, and back."""
    value, scale = row.get(name), row.get("scale")
    if not is_number(value):
        return None
    if unit in LOGS and scale in RATIOS:
        return math.exp(value)
    if unit in RATIOS and scale in LOGS:
        return math.log(value) if value > 0 else None
    if unit == "percent" and scale in ("proportion", "probability", "risk"):
        return 100 * value
    return value

"""``check`` while work is being marked: it hands the answer out of the kernel and judges nothing.

The kernel in which handed-in work runs holds no key. What this ``check`` emits is one piece of display data
of a type of the course's own; ``catalyst.studio.classroom`` compares it outside. A notebook that emits
something else in its place has given another answer, no more. Depends on ``answers`` and ``kinds``.
"""

from typing import Any

import numpy as np
import pandas as pd

from catalyst.errors import CourseError
from catalyst.marking import kinds
from catalyst.marking.answers import MOST_ROWS, encode

MIME = "application/vnd.catalyst.answer+json"


def check(exercise: str, answer: Any) -> None:
    """Hand an answer out of the kernel.

    Parameters
    ----------
    exercise : str
        The exercise's id. Which exercise is marked is decided outside, by the cell, not by this.
    answer
        Anything at all.
    """
    from IPython.display import display

    display({MIME: told(answer)}, raw=True)


def told(answer: Any) -> dict:
    """An answer as JSON, or why it cannot be one.

    Returns
    -------
    dict
        ``{"blank": [empty, parts]}`` while parts of it are ``...``; ``{"answer": ..., "set": bool}`` as
        ``answers.encode`` stores it; else ``{"unreadable": type name, "odd": sentence or None}``.
    """
    try:
        empty, parts = kinds.blank(answer)
        if empty:
            return {"blank": [empty, parts]}
        odd = kinds.strange(answer)
        if odd is None:
            return {"answer": encode(_listed(answer)), "set": isinstance(answer, (set, frozenset))}
    except CourseError as error:
        odd = str(error)
    except Exception as error:
        # An answer may be any object, with any behaviour of its own.
        odd = f"Your answer cannot be read ({type(error).__name__})."
    return {"unreadable": type(answer).__name__, "odd": odd}


def _listed(answer: Any) -> Any:
    """Things that ``check`` at home reads as a list or as one value, in a form that can be stored."""
    if isinstance(answer, (str, bytes, pd.Series, pd.DataFrame, dict, list, tuple, set, frozenset)):
        return answer
    if isinstance(answer, np.ndarray) and answer.ndim > 1:
        return answer.ravel()[0] if answer.size == 1 else answer
    if isinstance(answer, pd.Index) or (np.iterable(answer) and not isinstance(answer, np.ndarray)):
        return [part for part, _ in zip(answer, range(MOST_ROWS + 1), strict=False)]
    return answer

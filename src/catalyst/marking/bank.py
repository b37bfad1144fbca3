"""The bank of wrong answers: other values that are known, and what is said of them. Depends on ``check``.

``wrong`` and ``also`` stand only in the masters, in cells tagged ``mistake``. While a key is being built they
write to it; in any other run they prove that ``check`` says of this value what the author meant it to say.
"""

import os
from typing import Any

from catalyst.marking.check import encoded, judge, record
from catalyst.marking.key import entry


def wrong(exercise: str, name: str, value: Any, message: str) -> None:
    """A mistake that people really make, by its value on these data.

    Parameters
    ----------
    exercise : str
        The exercise's id, such as ``"t1.1"``.
    name : str
        A short name for the mistake, such as ``"ended_only"``.
    value
        What the mistake gives on these data: computed, never typed in.
    message : str
        What is said to whoever gives it: which mistake it is, and what to do instead.

    Raises
    ------
    AssertionError
        If ``check`` says anything else of this value.
    """
    if os.environ.get("CATALYST_BUILD_KEY"):
        record(
            {
                "what": "mistake",
                "exercise": exercise,
                "name": name,
                "answer": encoded(f"{exercise} ({name})", value),
                "message": message,
            }
        )
        return
    kept = [mistake for mistake in entry(exercise)[0].get("mistakes", []) if mistake["name"] == name]
    if kept and kept[0].get("same_as"):
        # On data of another seed two mistakes may give the same value; the first of them is named.
        return
    verdict = judge(exercise, value)
    assert verdict.name == name and verdict.message == message, (
        f'{exercise}: the mistake \'{name}\' should be told "{message}", but check says "{verdict.message}"'
    )


def also(exercise: str, value: Any, reason: str) -> None:
    """A second answer that is as right as the first, and the reason that is said with it.

    Parameters
    ----------
    exercise : str
        The exercise's id.
    value
        The other answer on these data: computed, never typed in.
    reason : str
        One sentence that says why this answer is right too.

    Raises
    ------
    AssertionError
        If ``check`` does not accept this value.
    """
    if os.environ.get("CATALYST_BUILD_KEY"):
        record({"what": "accept", "exercise": exercise, "answer": encoded(exercise, value), "reason": reason})
        return
    verdict = judge(exercise, value)
    assert verdict.layer == "correct", (
        f'{exercise}: an accepted answer should be correct, but check says "{verdict.message}"'
    )

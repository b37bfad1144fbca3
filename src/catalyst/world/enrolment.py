"""Enrolment: the one way in which a child joins, changes or leaves a school, so that spells never overlap.

Depends on the log and the state.
"""

import numpy as np

from catalyst.world.clock import NEVER
from catalyst.world.log import Shape
from catalyst.world.state import NONE, Life

NOT_OF_AGE, AT_SCHOOL, ALTERNATIVE, AT_HOME, UNSEEN = 0, 1, 2, 3, 4  # values of children.roll

TABLES = {
    "school_spells": Shape(
        columns={"child": "i8", "school": "i4", "start": "i4", "end": "i4"},
        order=("child", "start"),
        ends={"end": ()},
        begin="start",
    )
}


def begin(life: Life) -> None:
    """Nobody is at school yet."""
    life.own.enrolment = np.full(len(life.people.child), NONE, dtype=np.int64)


def move(life: Life, child: np.ndarray, school: np.ndarray | int, day: np.ndarray | int) -> None:
    """Closes the spell that a child has and opens one at the new school; writes ``children.school``.

    Parameters
    ----------
    child : rows of the block's children, none twice
    school : rows of the world's schools, or −1 to leave without joining another; shape (n,) or one for all
    day : first day at the new school; the old spell ends that day, or when it began if later; shape (n,)
    """
    child = np.asarray(child)
    if not len(child):
        return
    school = np.broadcast_to(np.asarray(school, dtype=np.int32), child.shape)
    day = np.broadcast_to(np.asarray(day, dtype=np.int32), child.shape)
    spell = life.own.enrolment
    spells = life.log["school_spells"]
    old = np.flatnonzero(spell[child] != NONE)
    if len(old):
        rows = spell[child[old]]
        day = day.copy()
        day[old] = np.maximum(day[old], spells.get("start", rows))
        spells.set(rows, end=day[old])
    spell[child] = NONE
    new = np.flatnonzero(school != NONE)
    if len(new):
        spell[child[new]] = spells.add(
            child=life.people.child[child[new]], school=school[new], start=day[new], end=NEVER
        )
    life.children.school[child] = school

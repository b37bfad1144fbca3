"""Children looked after who go missing from their placement, or stay away from it without leave.

Depends on care (who is looked after, and where) and on exploitation. Nothing here changes a placement.
"""

import numpy as np
from scipy.special import gammaincinv

from catalyst.world import clock
from catalyst.world.codes import PLACE, index, is_in
from catalyst.world.log import Shape
from catalyst.world.luck import happens
from catalyst.world.state import NONE, Life

KINDS = ("M", "A")  # missing; away without authorisation
TABLES: dict[str, Shape] = {
    "missing_spells": Shape(
        {"child": "i8", "start": "i4", "end": "i4", "kind": "i1"}, ("child", "start"), {"end": ()}
    ),
}
SWITCHES: tuple[str, ...] = ()
_FIRST_MONTH = 180  # April 2012: nobody reads what came before
_IN_HOMES = [index(PLACE, code) for code in ("K1", "K2", "H5", "R1", "S1")]
_AT_HOME = [index(PLACE, code) for code in ("P1", "A5", "A6", "R5")]


def begin(life: Life) -> None:
    """How prone each child is to go missing, lastingly; mean one, and most children hardly at all."""
    shape = life.parameters["missing"]["spells.proneness_shape"]
    life.own.missing = gammaincinv(shape, life.luck("missing.proneness", life.people.child)) / shape


def step(life: Life, month: int) -> None:
    """Spells that begin and end this month, of children looked after in one place all through it so far."""
    if month < _FIRST_MONTH:
        return
    p = life.parameters["missing"]
    people, children, luck = life.people, life.children, life.luck
    first, last = int(clock.first_day(month)), int(clock.first_day(month + 1)) - 1
    rows = np.flatnonzero(children.care_row != NONE)
    rows = rows[
        (children.place_since[rows] < first)
        & (children.legal_since[rows] < first)
        & ~is_in(children.place[rows], _AT_HOME)
    ]
    band = np.searchsorted(p.array("spells.band_ages") * 365.25, first - people.birth[rows], side="right") - 1
    rows, band = rows[band >= 0], band[band >= 0]
    if not len(rows):
        return
    hazard = (
        p.array("spells.per_month")[band]
        * life.own.missing[rows]
        * np.exp(
            p["spells.in_homes"] * is_in(children.place[rows], _IN_HOMES)
            + p["spells.exploited"] * (children.exploited[rows] > 0)
        )
    )
    # The spells of one month stand in thirds of it, so that they cannot overlap.
    third = (last - first + 1) // 3
    for k in range(3):
        who = happens(luck("missing.spell", people.child[rows], month, k), hazard / 3)
        goes = rows[who]
        if not len(goes):
            continue
        ids = people.child[goes]
        start = (
            first + k * third + np.floor(luck("missing.day", ids, month, k) * (third - 1)).astype(np.int32)
        )
        days = luck.choose("missing.days", ids, p.array("spells.days"), month, k).astype(np.int32)
        end = np.minimum(start + days, first + (k + 1) * third - 1)
        away = luck("missing.kind", ids, month, k) < p["spells.away"]
        life.log["missing_spells"].add(child=ids, start=start, end=end, kind=away.astype(np.int8))
        children.missing[goes] += 1

"""Disability: which children have which kinds, and since when. Fixed by a child's luck; depends on people."""

import numpy as np

from catalyst.world.codes import DISABILITY
from catalyst.world.state import Life

SWITCH = "disability"


def begin(life: Life) -> None:
    """Gives every child her disabilities (a bit a kind of codes.DISABILITY) and the day they are known."""
    p = life.parameters["disability"]
    people, children, luck = life.people, life.children, life.luck
    ratio, male = p["children.boys_to_girls"], life.parameters["families"]["children.male"]
    girls = p["children.share"] / (male * ratio + 1 - male)
    risk = np.where(people.sex == 1, girls * ratio, girls)
    has = luck("disability", people.child) < risk
    if SWITCH in life.settings:
        has = np.full(len(has), life.settings[SWITCH])
    mask = np.zeros(len(has), dtype=np.uint16)
    for bit, share in enumerate(p["children.each_kind"]):
        mask |= ((luck("disability.kind", people.child, draw=bit) < share).astype(np.uint16)) << np.uint16(
            bit
        )
    one = luck.choose("disability.only", people.child, p.array("children.each_kind")).astype(np.uint16)
    mask = np.where(mask == 0, np.uint16(1) << one, mask)
    children.disabilities[:] = np.where(has, mask, 0)
    late = np.clip(luck("disability.known", people.child) * 2 - 1, 0, 1) * p["children.known_by_age"]
    children.disability_from[:] = np.where(has, people.birth + (late * 365.25).astype(np.int32), -1)
    assert len(DISABILITY) == len(p["children.each_kind"])

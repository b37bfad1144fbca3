"""The world of an assignment: another seed, planted effects moved, and each student's share of its families.

A world is lived once. Whoever gets a variant of her own gets some of its families, drawn by lot, under keys
of her own; so a variant costs seconds, not the minute that a world takes. Depends on the world and the
release.
"""

import csv
import hashlib
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.records.columns import Table, length
from catalyst.records.columns import take as take_rows
from catalyst.release import extract, parts, projects, window, workers
from catalyst.studio.classroom import truth
from catalyst.world.life import Spec
from catalyst.world.luck import Luck
from catalyst.world.parameters import read

RANGES = paths.root() / "src" / "catalyst" / "facts" / "assigned_effects.csv"
AWAY = 0.15  # of the range's width: no effect stays so near to the published one
# Tables whose rows name a case of another table, and no child or family of their own.
OF_CASES = {"family_court_cases": "family_court_parties", "early_help_services": "early_help_episodes"}


def derived(*what: object) -> int:
    """A seed that follows from some words and numbers: from 0 to 2^62 − 1."""
    text = "\0".join(map(str, ("assignment", *what)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 2


@lru_cache(maxsize=1)
def ranges() -> dict[str, tuple[float, float]]:
    """For each planted effect, from what to what an assignment may move it.

    Raises
    ------
    CourseError
        If an effect has no range, or a range holds nothing but the published value.
    """
    with RANGES.open(encoding="utf-8", newline="") as lines:
        found = {row["arrow"]: (float(row["low"]), float(row["high"])) for row in csv.DictReader(lines)}
    for arrow in read().effects.keys() ^ found.keys():
        raise CourseError(f"facts/assigned_effects.csv and the planted effects differ in '{arrow}'.")
    return found


def moved(seed: int) -> dict[str, float]:
    """Another value for every planted effect that may be moved, drawn by lot from its range.

    Parameters
    ----------
    seed : int
        The seed of the world.

    Returns
    -------
    dict of arrow to value, rounded to four decimals; none within ``AWAY`` of the published value, but for
    those that are fixed
    """
    effects, luck, out = read().effects, Luck(derived(seed, "effects")), {}
    for number, (arrow, (low, high)) in enumerate(sorted(ranges().items())):
        if low == high:
            continue
        gap = AWAY * (high - low)
        below = max(effects[arrow].value - gap - low, 0.0)
        above = max(high - effects[arrow].value - gap, 0.0)
        drawn = float(luck("assignment.effect", np.array([number]))[0]) * (below + above)
        out[arrow] = round(low + drawn if drawn < below else high - (below + above - drawn), 4)
    return out


def spec_of(seed: int, sub: int, children: int, authorities: int, project: str = "") -> Spec:
    """The specification of an assignment's world.

    Parameters
    ----------
    seed : int
        The instructor's.
    sub : int
        Which world of this seed: 0, or the next where one was not fit.
    project : str
        The extract that is cut from it: its children are others than those of the core extract, under other
        names, and the effects in their lives are the same.
    """
    own = derived(seed, "world", sub)
    return Spec(derived(own, project) if project else own, children, authorities, moved=moved(own))


def make(
    path: Path,
    spec: Spec,
    names: list[str],
    chapters: tuple[str, ...] = (),
    show: Callable[[int, int], None] | None = None,
) -> None:
    """Lives a world and keeps its records in a file, for tables of these names.

    Parameters
    ----------
    path : Path
        The file to write, whole or not at all; if it is there, nothing is done.
    chapters : tuple of str
        Those whose truth is counted; it is kept beside, as :func:`truth_file` says.
    """
    if path.is_file():
        return
    sources = extract.sources_of(window.needed(names, window.Window()))
    pieces = parts.plan(parts.world_of(spec), parts.FAMILIES_IN_ONE)
    made: dict[int, tuple[dict[str, Table], dict]] = {}
    items = [(spec, sources, chapters, number, piece) for number, piece in enumerate(pieces)]
    for number, told in workers.each(_live, items, workers=min(2, os.cpu_count() or 1)):
        made[number] = told
        if show:
            show(len(made), len(pieces))
    path.parent.mkdir(parents=True, exist_ok=True)
    told = [made[number] for number in sorted(made)]
    if chapters:
        truth.write(truth_file(path), spec, [counts for _, counts in told])
    parts.save(path, extract.join(parts.world_of(spec), [records for records, _ in told], sources))


def truth_file(path: Path) -> Path:
    """Where the truth of the world stands whose records are in a file."""
    return path.with_suffix(".truth.parquet")


def _live(spec: Spec, sources: set[str], chapters: tuple[str, ...], number: int, piece) -> tuple:
    world = parts.world_of(spec)
    lives = world.live(parts.block(world, piece))
    return number, (extract.records_of(lives, sources), truth.count(lives, chapters))


@lru_cache(maxsize=2)
def records(path: Path) -> dict[str, Table]:
    """The records that :func:`make` kept; read once a process."""
    return parts.load(path)


def share_of(everything: dict[str, Table], share: float, luck: Luck) -> dict[str, Table]:
    """The records of some families, drawn by lot; what names nobody stays whole.

    Parameters
    ----------
    everything : dict of Table
        Records of all families of a world.
    share : float
        The chance of each family to be in, above 0; at 1 all are.
    luck : Luck
        What decides who is in.
    """
    if share >= 1:
        return everything
    people = everything["_people"]
    order = np.argsort(people["child"], kind="stable")
    families = np.unique(people["family"])
    chosen = families[luck("assignment.family", families) < share]

    def of_child(child: np.ndarray) -> np.ndarray:
        place = np.minimum(np.searchsorted(people["child"], child, sorter=order), len(order) - 1)
        found = order[place]
        # A parent or adult who is in no family as a child stays with nobody.
        return np.where(people["child"][found] == child, people["family"][found], -1)

    out = {}
    for name, table in everything.items():
        if not length(table) or name in OF_CASES:
            out[name] = table
        elif "family" in table or "child" in table:
            family = table["family"] if "family" in table else of_child(table["child"])
            out[name] = take_rows(table, np.flatnonzero(np.isin(family, chosen)))
        else:
            out[name] = table
    for name, other in OF_CASES.items():
        if name in out and length(out[name]):
            out[name] = take_rows(out[name], np.flatnonzero(np.isin(out[name]["case"], out[other]["case"])))
    return out


def tables(
    some: dict[str, Table], spec: Spec, seed: int, names: list[str], project: projects.Project | None = None
) -> dict[str, pa.Table]:
    """The released tables of some records, under keys drawn from a seed.

    Parameters
    ----------
    some : dict of Table
        From :func:`share_of`.
    spec : Spec
        The world's.
    seed : int
        From which pseudonyms are drawn.
    names : list of str
        The tables that are wanted.
    project : Project, optional
        The extract to cut.
    """
    flaws = project.flaws if project else "none"
    seen = window.Window()
    wanted = names if project is None else made_for(project, names)
    made = extract.assemble(some, parts.world_of(spec).places, seed, window.needed(wanted, seen), flaws)
    made = window.cut(made, wanted, seen)
    if project:
        made = projects.cut(project, made, seed)
    return {name: made[name] for name in made if name in names}


def made_for(project: projects.Project, names: list[str]) -> list[str]:
    """The tables to make so that these of an extract can be cut: who is in it follows from two more."""
    more = [project.people, project.event.table] if project.event else []
    return [name for name in project.tables if name in (*names, *more)]

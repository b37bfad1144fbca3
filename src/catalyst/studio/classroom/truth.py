"""The truth behind an assignment's world, as far as living it once tells: for the key, shown after marking.

What only a twin world would tell is left out: living twins would double the time that an assignment takes.
Depends on each chapter's ``truths_`` module.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from catalyst.studio import claims, masters, totals, truths
from catalyst.studio.classroom.chapter import Chapter
from catalyst.world.life import Lives, Spec


def told_by(chapters: Iterable[Chapter]) -> tuple[str, ...]:
    """The chapters of which the world itself tells the truth: those that need no twin."""
    known = (*claims.CHAPTERS, *truths.FOUNDATIONS)
    return tuple(one.id for one in chapters if one.id in known and not claims.truths(one.id).TWINS)


def count(lives: Lives, names: Iterable[str]) -> dict[str, dict]:
    """What a block adds to the totals of some chapters."""
    return {name: claims.truths(name).count(lives, {}) for name in names}


def write(path: Path, spec: Spec, parts: list[dict[str, dict]]) -> None:
    """Keeps the truth of a world, from the totals of its blocks."""
    counts: dict[str, dict] = {name: {} for name in (parts[0] if parts else ())}
    for part in parts:
        counts = {name: totals.add(counts[name], part[name]) for name in counts}
    partial = path.with_name(f".{path.name}")
    truths.manifest(spec, counts).to_parquet(partial, index=False)
    partial.replace(path)


def of_exercises(path: Path, chapter: Chapter) -> pd.DataFrame:
    """The rows of the truth that a chapter's exercises name; those that nobody counted have no figures."""
    rows = pd.read_parquet(path)
    specs = [exercise.spec for exercise in masters.exercises(masters.read(chapter.master))]
    wanted = list(dict.fromkeys(spec["truth"] for spec in specs if "truth" in spec))
    found = rows.drop_duplicates("parameter").set_index("parameter").reindex(wanted)
    if not chapter.project:
        return found.rename_axis("parameter").reset_index()
    # The core extract's truth manifest is about another world than a project extract's.
    return found.assign(realised=np.nan).rename_axis("parameter").reset_index()

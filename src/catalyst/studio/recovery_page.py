"""The page "How often does this work?": every claim over many worlds, and what each planted effect rests on.

Each chapter has its own lines of it as well, in ``recovery_<id>.md``, to be included where the chapter asks
whether the truth was recovered. Depends on the committed table of recovery and on the catalogue of chapters.
"""

from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from catalyst.release import projects
from catalyst.studio import catalogue, claims, paired, recovery
from catalyst.studio import recovery_drawn as drawn

_HEAD = """(how-often)=
# How often does this work?

One draw proves little. Each analysis was therefore run on {worlds} worlds with other seeds, on the release
as a researcher gets it. A 95% interval that is honest about itself holds the truth in about 95 of 100 worlds;
its mean standard error is about the spread of the estimates.

The truth of a hazard ratio is the number in the rules of the world, unless the page says otherwise. That of
a share, a difference in risk or a mean is its value in many large worlds, counted without error; where a
cause is in question, in twin worlds that differ in it alone.

A truth with ± was counted in few large twin worlds, and has a standard error of its own.

Compare the two columns of spread and standard error. Where the spread is the larger, intervals are too
narrow; with {worlds} worlds a ratio between {low:.2f} and {high:.2f} may be chance, and so may a mean that
lies {off:.2f} spreads from the truth. Under a table stands what is known to fall short, and why.
"""
_PROPER = """
| what | truth | mean estimate | spread of estimates | mean standard error | intervals that hold the truth |
|---|---:|---:|---:|---:|---:|
"""
_TRAPS = """
| wrong analysis | what it is taken for | truth | mean estimate | worlds whose interval misses it |
|---|---|---:|---:|---:|
"""
_OWN = """\
:::{{dropdown}} The analyses of this chapter in {worlds} other {units}

A 95% interval that is honest about itself holds the truth in about 95 {units} of 100.

| what | truth | intervals that hold it |
|---|---:|---:|
"""
_OWN_TRAPS = """
| wrong analysis | {units} whose interval misses the truth |
|---|---:|
"""
_NONE = """\
:::{dropdown} The analyses of this chapter in other worlds

The {ref}`table of all chapters <how-often>` has no line of this one.
:::
"""
_FLAWED = """
(how-often-flawed)=
## On a release with flaws

The same analyses were run on the release with the standard flaws of {worlds} of these worlds, after mending
what a researcher can mend: rows that were handed in twice, references that were lost or given anew, links
that were missed, dates that stand for one not known, and authorities that gave no return.

Lives are the same with and without flaws, so the two estimates of a world differ by the flaws alone. The
column of the move says by how much on average, in spreads of the estimate, with its standard error. An
analysis that holds is moved by {most:.1f} at most, beyond what chance may do in so few worlds. The last
column but one is the mean standard error with flaws, divided by that without. Chapters that are tried on
samples of a few worlds have no lines here.
"""
_MOVES = """
| what | mean, clean | mean, with flaws | move | standard error | intervals that hold the truth |
|---|---:|---:|---:|---:|---:|
"""
_POWER = """
## What each planted effect rests on

Events and clusters (families, children or authorities) are means over the worlds of the size given. The
last column but one is how many children a world needs for the effect to be found in four of five (power of
80% at 5%). Where that is more than the {children:,} of the teaching extract, or where more authorities are
needed than its {authorities}, a chapter may have an [extract of its own](dictionary_projects.md) from a
larger world, which the last column names. Where it says "too few", the chapter's data are smaller than the
line asks for: expect a wide interval, as in much real research on rare things.

| effect | chapter | truth | children | authorities | events | clusters | standard error | needed | extract |
|---|---|---:|---:|---:|---:|---:|---:|---:|---|
"""


def write_page(out: Path) -> None:
    """Writes ``recovery.md``: how often the chapters' analyses find, and their traps miss, the truth.

    Beside it stands ``recovery_<id>.md`` for each chapter, with that chapter's own lines.
    """
    rows = recovery.committed()
    table = recovery.summary(rows)
    text = page(rows, recovery.committed(recovery.FLAWED))
    (out / "recovery.md").write_text(text, encoding="utf-8")
    for chapter in catalogue.chapters():
        (out / f"recovery_{chapter}.md").write_text(lines_of(chapter, table), encoding="utf-8")


def lines_of(chapter: str, table: pd.DataFrame) -> str:
    """A chapter's own lines, short enough to stand inside it, as MyST Markdown.

    Parameters
    ----------
    chapter : str
        The chapter's id.
    table : DataFrame
        What ``recovery.summary`` gives.
    """
    every = table[table["chapter"] == chapter]
    # After a change of the rules a truth is unknown until it has been counted again; then nothing is claimed.
    own = every[every["truth"].notna()]
    if own.empty:
        return _NONE
    names = claims.recovery(chapter).NAMES
    units = "samples" if claims.drawn(chapter) else "worlds"
    text = _OWN.format(worlds=int(own["worlds"].min()), units=units)
    for row in own[own["kind"] == "proper"].itertuples():
        text += f"| {names[row.name]} | {row.truth:.3f} | {100 * row.covered:.0f}% |\n"
    traps = own[own["kind"] == "trap"]
    text += _OWN_TRAPS.format(units=units) if len(traps) else ""
    for row in traps.itertuples():
        text += f"| {row.name} | {100 * (1 - row.covered):.0f}% |\n"
    if len(own) < len(every):
        text += (
            "\nLines whose truth has not been counted since the rules of the world changed are left out.\n"
        )
    return text + "\n{ref}`More columns, and every other chapter <how-often>`.\n:::\n"


def page(rows: pd.DataFrame, flawed: pd.DataFrame) -> str:
    """The page in MyST Markdown, from the tables of estimates on clean releases and on those with flaws."""
    table, planned = recovery.summary(rows), catalogue.chapters()
    worlds = int(table.loc[~table["chapter"].map(claims.drawn), "worlds"].min())
    chance = 1.96 / np.sqrt(2 * max(worlds - 1, 1))
    text = _HEAD.format(worlds=worlds, low=1 - chance, high=1 + chance, off=1.96 / np.sqrt(worlds))
    for chapter in claims.CHAPTERS:
        module, own = claims.recovery(chapter), table[table["chapter"] == chapter]
        if own.empty:
            continue
        text += f"\n## {planned[chapter].title}\n\n"
        text += _tried_on(module, own)
        text += _PROPER
        for row in own[own["kind"] == "proper"].itertuples():
            numbers = " | ".join(f"{x:.3f}" for x in (row.truth, row.mean, row.empirical_se, row.mean_se))
            if row.truth_se:
                numbers = numbers.replace(" | ", f" ± {row.truth_se:.3f} | ", 1)
            text += f"| {module.NAMES[row.name]} | {numbers} | {100 * row.covered:.0f}% |\n"
        for name, told in getattr(module, "DECLARED", {}).items():
            text += f"\n{module.NAMES[name][0].upper()}{module.NAMES[name][1:]}: {told.reason}\n"
        traps = own[own["kind"] == "trap"]
        text += _TRAPS if len(traps) else ""
        for row in traps.itertuples():
            numbers = f"{row.truth:.3f} | {row.mean:.3f} | {100 * (1 - row.covered):.0f}%"
            text += f"| {row.name} | {module.NAMES[row.parameter]} | {numbers} |\n"
    text += _with_flaws(rows, flawed)
    text += _POWER.format(children=projects.CORE.children, authorities=projects.CORE.authorities)
    for row in recovery.power(rows).itertuples():
        rests = f"{row.events:,} | {row.clusters:,} | {row.expected_se:.3f}"
        needed = "–" if pd.isna(row.children_needed) else f"{int(row.children_needed):,}"
        text += (
            f"| {row.effect.replace('->', ' → ')} | {row.chapter} | {row.truth:.3f} | {row.children:,} | "
            f"{row.authorities} | {rests} | {needed} | {row.extract.replace('_', ' ')} |\n"
        )
    return text


def _tried_on(module: ModuleType, own: pd.DataFrame) -> str:
    if hasattr(module, "DRAWN"):
        sizes = {"samples": int(own["worlds"].min()), "worlds": drawn.WORLDS, "children": drawn.CHILDREN}
        return module.DRAWN.format(**sizes) + "\n"
    return f"Worlds of {module.CHILDREN:,} children in {module.AUTHORITIES} authorities.\n"


def _with_flaws(rows: pd.DataFrame, flawed: pd.DataFrame) -> str:
    """What flaws do to each proper analysis, chapter by chapter."""
    planned = catalogue.chapters()
    moves = paired.moves(flawed, rows)
    covered = recovery.summary(flawed[flawed["kind"] == "proper"]).set_index("name")["covered"]
    text = _FLAWED.format(worlds=int(moves["worlds"].min()), most=paired.MOST)
    for chapter in claims.CHAPTERS:
        own = moves[moves["chapter"] == chapter]
        if own.empty:
            continue
        text += f"\n### {planned[chapter].title}\n{_MOVES}"
        for row in own.itertuples():
            what = claims.recovery(chapter).NAMES[row.name]
            means = f"{row.clean:.3f} | {row.flawed:.3f} | {row.move:+.2f}\u00a0±\u00a0{row.move_se:.2f}"
            text += f"| {what} | {means} | × {row.wider:.2f} | {100 * covered[row.name]:.0f}% |\n"
        for name, told in getattr(claims.recovery(chapter), "FLAWED", {}).items():
            what = claims.recovery(chapter).NAMES[name]
            text += f"\n{what[0].upper()}{what[1:]}: {told.reason}\n"
    return text

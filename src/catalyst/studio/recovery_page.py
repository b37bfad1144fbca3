"""The page "How often does this work?": every claim over many worlds, and what each planted effect rests on.

Depends on the committed table of recovery.
"""

from pathlib import Path

import pandas as pd

from catalyst.studio import claims, recovery

_TITLES = {
    "t1": "Survival of child protection plans",
    "t1b": "Journeys before care",
    "t2": "Hardship associations",
    "t3": "Family mental health",
    "t4": "Special educational needs",
    "t5": "School disengagement profiles",
    "t5b": "Engagement around involvement",
    "t6": "Services and workforce",
    "t7": "Dual system involvement",
    "t8": "Domestic abuse",
    "t9": "Minority groups",
    "t10": "Harm outside the family",
    "t11": "Evaluation: one programme",
    "t11b": "Evaluation: roll-outs",
}
_HEAD = """# How often does this work?

One draw proves little. Each analysis was therefore run on {worlds} worlds with other seeds, on the release
as a researcher gets it. A 95% interval that is honest about itself holds the truth in about 95 of 100 worlds;
its mean standard error is about the spread of the estimates.

The truth of a hazard ratio is the number in the rules of the world, unless the page says otherwise. That of
a share, a difference in risk or a mean is its value in many large worlds, counted without error; where a
cause is in question, in twin worlds that differ in it alone.

Compare the two columns of spread and standard error. Where the spread is the larger, intervals are too
narrow; with {worlds} worlds a ratio between 0.87 and 1.15 may be chance.
"""
_PROPER = """
| what | truth | mean estimate | spread of estimates | mean standard error | intervals that hold the truth |
|---|---:|---:|---:|---:|---:|
"""
_TRAPS = """
| wrong analysis | what it is taken for | truth | mean estimate | worlds whose interval misses it |
|---|---|---:|---:|---:|
"""
_POWER = """
## What each planted effect rests on

Events and clusters (families, children or authorities) are means over the worlds of the size given. The
last column but one is how many children a world needs for the effect to be found in four of five (power of
80% at 5%); where that is more than the teaching extract holds, or where many authorities are needed, a
chapter takes a cut of its own from a larger world.

| effect | chapter | truth | children | authorities | events | clusters | standard error | needed | extract |
|---|---|---:|---:|---:|---:|---:|---:|---:|---|
"""


def write_page(out: Path) -> None:
    """Writes ``recovery.md``: how often the chapters' analyses find, and their traps miss, the truth."""
    rows = recovery.committed()
    (out / "recovery.md").write_text(page(rows), encoding="utf-8")


def page(rows: pd.DataFrame) -> str:
    """The page in MyST Markdown, from the table of estimates."""
    table = recovery.summary(rows)
    text = _HEAD.format(worlds=int(table["worlds"].min()))
    for chapter in claims.CHAPTERS:
        module, own = claims.recovery(chapter), table[table["chapter"] == chapter]
        if own.empty:
            continue
        text += f"\n## {_TITLES[chapter]}\n\n"
        text += f"Worlds of {module.CHILDREN:,} children in {module.AUTHORITIES} authorities.\n"
        text += _PROPER
        for row in own[own["kind"] == "proper"].itertuples():
            numbers = " | ".join(f"{x:.3f}" for x in (row.truth, row.mean, row.empirical_se, row.mean_se))
            text += f"| {module.NAMES[row.name]} | {numbers} | {100 * row.covered:.0f}% |\n"
        traps = own[own["kind"] == "trap"]
        text += _TRAPS if len(traps) else ""
        for row in traps.itertuples():
            numbers = f"{row.truth:.3f} | {row.mean:.3f} | {100 * (1 - row.covered):.0f}%"
            text += f"| {row.name} | {module.NAMES[row.parameter]} | {numbers} |\n"
    text += _POWER
    for row in recovery.power(rows).itertuples():
        rests = f"{row.events:,} | {row.clusters:,} | {row.expected_se:.3f}"
        needed = "–" if pd.isna(row.children_needed) else f"{int(row.children_needed):,}"
        text += (
            f"| {row.effect.replace('->', ' → ')} | {row.chapter} | {row.truth:.3f} | {row.children:,} | "
            f"{row.authorities} | {rests} | {needed} | {row.extract} |\n"
        )
    return text

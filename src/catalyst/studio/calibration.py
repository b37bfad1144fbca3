"""The world beside published figures: measured once on a large world, kept as a table, shown in the book.

``python -m catalyst.studio.calibration`` measures again, which takes some minutes; the page only reads the
table. Depends on the world, the measures and the rows of facts/calibration_targets.csv.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chi2, spearmanr

from catalyst.studio.measures import Tally, before_birthdays, by_place, measure
from catalyst.world.codes import REGIONS
from catalyst.world.life import Lives, Spec, World
from catalyst.world.parameters import read

FACTS = Path(__file__).resolve().parents[1] / "facts"
WORLD = Spec(seed=1, children=360_000)
EXTRACT = Spec(
    seed=2026, children=30_000
)  # what is committed in data/synthetic; a test holds the two together
YEARS = tuple(range(2015, 2026))
GROUPS = 20
# The figures of other parts of life, each in a module of its own.
OTHERS = tuple(
    import_module(f"catalyst.studio.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("measures_*.py"))
)
_RATES = (
    "children in need rate", "referral rate", "section 47 rate", "protection plan rate", "looked after rate",
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A world's counts by group of families: groups stand for repeated samples.

    ``years`` and ``places`` are lists of one dictionary a group, by year.
    """

    spec: Spec
    years: list[dict[int, Tally]]
    births: list[Tally]
    places: list[dict[str, np.ndarray]]
    region: np.ndarray


def _part(lives: Lives, group: int) -> Lives:
    """The families of one group: every twentieth of an authority."""

    def of(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        if not {"family", "child"} & set(table):
            return table
        # Children of the log belong to the family their number is made of; an entry of a family has child 0.
        family = table["family"] if "family" in table else table["child"] // 8
        mine = family % GROUPS == group
        return {name: values[mine] for name, values in table.items()}

    log = {name: of(table) for name, table in lives.log.items()}
    return replace(lives, families=of(lives.families), children=of(lives.children), log=log)


def measure_world(
    spec: Spec, years: Iterable[int] = YEARS, progress: Callable[[int, int], None] | None = None
) -> Measured:
    """Lives a world and counts it.

    Parameters
    ----------
    spec : the world
    years : years ending 31 March to count
    progress : called with the number of blocks done and of all blocks
    """
    world = World(spec)
    years = tuple(years)
    out = Measured(
        spec,
        [{year: Tally() for year in years} for _ in range(GROUPS)],
        [Tally() for _ in range(GROUPS)],
        [{} for _ in range(GROUPS)],
        world.places.region,
    )
    blocks = world.blocks()
    for done, block in enumerate(blocks):
        lives = world.live(block)
        for group in range(GROUPS):
            part = _part(lives, group)
            for year in years:
                measure(part, out.years[group][year], year)
                for more in OTHERS:
                    more.measure(part, out.years[group][year], year)
            before_birthdays(part, out.births[group])
            for name, counts in by_place(part, max(years)).items():
                out.places[group][name] = out.places[group].get(name, 0) + counts
        if progress:
            progress(done + 1, len(blocks))
    return out


def _window(text: str, years: Iterable[int]) -> tuple[int, ...]:
    first, _, last = text.partition("-")
    return tuple(y for y in years if int(first) <= y <= int(last or first))


def _of_places(counts: dict[str, np.ndarray], region: np.ndarray) -> dict[str, float]:
    """Spread between authorities, correlation with low income, and rates of the regions."""
    out: dict[str, float] = {}
    children, poor = counts["children"], counts["low income"] / counts["under 16"]
    for name in _RATES:
        rate = counts[name] / children
        enough = counts[name] > 0
        out[f"spread: {name}"] = float(np.log(rate[enough]).std(ddof=1)) if enough.sum() > 2 else np.nan
        out[f"with low income: {name}"] = float(np.corrcoef(rate, poor)[0, 1]) if len(rate) > 2 else np.nan
        for r, label in enumerate(REGIONS):
            here = region == r
            total = children[here].sum()
            out[f"region: {name}, {label}"] = 1e4 * counts[name][here].sum() / total if total else np.nan
    for r, label in enumerate(REGIONS):
        here = region == r
        total = counts["under 16"][here].sum()
        out[f"region: low income, {label}"] = (
            100 * counts["low income"][here].sum() / total if total else np.nan
        )
    return out


def _noise(measured: Measured, name: str) -> float:
    """Mean over authorities of the sampling variance of a log rate, from the groups."""
    top, bottom = (sum(p[k] for p in measured.places) for k in (name, "children"))
    if any((top - p[name] <= 0).any() for p in measured.places):
        return np.nan  # an authority with next to no cases: the world is too small for this
    without = [np.log((top - p[name]) / (bottom - p["children"])) for p in measured.places]
    return float(((GROUPS - 1) * np.var(without, axis=0)).mean())


def figures(measured: Measured, targets: pd.DataFrame) -> pd.DataFrame:
    """The world's figure for each row of the targets, with a 95% interval.

    The interval is the jackknife over twenty groups of whole families (so brothers and sisters stay
    together); that of a spread between authorities is the chi-square interval, after the sampling noise has
    been taken out.

    Returns
    -------
    DataFrame indexed as ``targets`` with the columns synthetic, low, high
    """
    everything = tuple(measured.years[0])
    windows = {w: _window(w, everything) for w in targets["years"].unique() if not w.startswith("births")}
    whole, without = [], []
    for left_out in (None, *range(GROUPS)):
        kept = [g for g in range(GROUPS) if g != left_out]
        values = {
            w: Tally.of(measured.years[g][y] for g in kept for y in ys).figures() for w, ys in windows.items()
        }
        born = Tally.of(measured.births[g] for g in kept).figures()
        placed = _of_places(
            {k: sum(measured.places[g][k] for g in kept) for k in measured.places[0]}, measured.region
        )
        pairs = zip(targets["ours"], targets["years"], strict=True)
        found = [placed if m in placed else values.get(w, born) for m, w in pairs]
        row = np.array([f.get(m, np.nan) for f, m in zip(found, targets["ours"], strict=True)], dtype=float)
        (whole if left_out is None else without).append(row)
    centre = whole[0].copy()
    error = np.sqrt((GROUPS - 1) * np.var(without, axis=0))
    low, high = centre - 1.96 * error, centre + 1.96 * error
    n = len(measured.region)
    for k, name in enumerate(targets["ours"]):
        if name.startswith("spread: ") and n > 2:
            centre[k] = np.sqrt(max(centre[k] ** 2 - _noise(measured, name.removeprefix("spread: ")), 0))
            low[k], high[k] = centre[k] * np.sqrt((n - 1) / chi2.ppf([0.975, 0.025], n - 1))
    return pd.DataFrame({"synthetic": centre, "low": low, "high": high}, index=targets.index)


def targets() -> pd.DataFrame:
    """The published figures that the world is compared with; one row each, in the order of the page.

    Those of the core stand in ``calibration_targets.csv``, those of other parts of life in files of their
    own.
    """
    files = [FACTS / "calibration_targets.csv", *sorted(FACTS.glob("calibration_targets_*.csv"))]
    kinds = {"year": str, "value": str, "years": str}
    return pd.concat(
        [pd.read_csv(file, dtype=kinds, keep_default_na=False) for file in files], ignore_index=True
    )


def tolerance(published: float, text: str) -> float:
    """A tolerance in the unit of the figure: ``10%`` is relative, ``3 points`` and ``0.25`` are absolute."""
    if text == "none":
        return np.inf
    return abs(published) * float(text[:-1]) / 100 if text.endswith("%") else float(text.split()[0])


def report(measured: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The targets with the world's figures beside them.

    Parameters
    ----------
    measured : synthetic, low and high, indexed as ``rows``; as from :func:`figures`
    rows : as from :func:`targets`

    Returns
    -------
    DataFrame
        Adds synthetic, low, high, difference, allowed (the tolerance as a number) and verdict: ``within`` or
        ``outside`` the tolerance, ``not measured``, or nothing where only the order counts.
    """
    out = rows.join(measured)
    out["difference"] = out["synthetic"] - out["published"]
    out["allowed"] = [tolerance(p, t) for p, t in zip(out["published"], out["tolerance"], strict=True)]
    out["verdict"] = np.where(out["difference"].abs() <= out["allowed"], "within", "outside")
    out.loc[out["synthetic"].isna(), "verdict"] = "not measured"
    out.loc[out["kind"] == "order", "verdict"] = ""
    return out


def orders(table: pd.DataFrame) -> dict[str, float]:
    """Spearman's rank correlation of the nine regions' figures with the published ones, by measure."""
    regional = table[table["kind"] == "order"]
    name = regional["ours"].str.removeprefix("region: ").str.split(", ").str[0]
    return {
        k: float(spearmanr(g["published"], g["synthetic"]).statistic)
        for k, g in regional.groupby(name, sort=False)
    }


def parameters_hash() -> str:
    """Sixteen hex digits that change when any number that shapes the world changes."""
    parameters = read()
    numbers = {name: dict(room) for name, room in parameters.rooms.items()}
    numbers["effects"] = {name: effect.value for name, effect in parameters.effects.items()}
    return hashlib.sha256(json.dumps(numbers, sort_keys=True).encode()).hexdigest()[:16]


def kept() -> tuple[dict[str, str], pd.DataFrame]:
    """The last measurement: what was measured (hash of parameters, world, extract), and its table."""
    path = FACTS / "calibration_last.csv"
    with path.open(encoding="utf-8") as lines:
        about = dict(part.split("=") for part in lines.readline().lstrip("# ").strip().split("; "))
    return about, pd.read_csv(path, comment="#")


def keep() -> None:
    """Measures the world and the extract's world, and writes the table that the page and a test read."""
    rows = targets()
    tables = []
    for name, spec in (("world", WORLD), ("extract", EXTRACT)):

        def progress(done: int, of: int, name: str = name) -> None:
            print(f"{name}: block {done} of {of}", file=sys.stderr)

        tables.append(figures(measure_world(spec, progress=progress), rows))
    table = pd.concat([rows[["ours", "years"]], tables[0]], axis=1)
    table["extract"] = tables[1]["synthetic"]
    about = {
        "parameters": parameters_hash(), "children": WORLD.children, "seed": WORLD.seed,
        "extract_children": EXTRACT.children, "extract_seed": EXTRACT.seed,
    }  # fmt: skip
    head = "# " + "; ".join(f"{k}={v}" for k, v in about.items()) + "\n"
    text = table.to_csv(index=False, float_format="%.4f", lineterminator="\n")
    (FACTS / "calibration_last.csv").write_text(head + text, encoding="utf-8")


_INTRODUCTION = """\
# Calibration

How near is the course's world to England? This page sets figures that the Department for Education and
others have published beside the same figures counted in the synthetic world. It says where they agree, and
where they do not.

The world was **aimed** at some of these figures: its parameters were chosen so that they come out right.
The others **emerge**: nobody set them, so they are the better test. Neither makes the data real. A world that
has the right number of plans may still be wrong about who has one, and a figure that is not on this page has
not been compared with anything; see [](../limits.md).

## How to read the tables

- **Published** is the figure for England, for the year ending 31 March 2025 unless another is named. A count
  was divided by the {population:,} children aged 0 to 17 of mid-2024 where the world's figure is a rate.
- **World** is the figure of a world of {children:,} children, seed {seed}, over the years ending 2023 to
  2025, or over the three years round another year that is named. In brackets stands its 95% interval:
  about how far chance alone would move it in another world of this size. It comes from leaving out one of
  twenty groups of whole families at a time, so that brothers and sisters stay together.
- **Extract** is the same figure of the world from which the course's data come, with {extract:,} children. It
  is smaller, so chance moves it more.
- **Verdict** says whether the world's figure lies within the tolerance, and by how much it is too high or too
  low where it does not. The extract is not judged.

Tolerances go by the kind of figure. They were not fixed beforehand: the classes for shares were changed after
some figures had been seen. The parameters were tuned on a few seeds, seed 1 among them, so agreement with the
figures aimed at says that the tuning worked, not that the world was tested. On other seeds one or two of them
lie just outside.

| Kind of figure | Tolerance | Why |
|---|---|---|
| Rates, durations and risks before a birthday | 10% either way | about what lies between two years |
| Monthly hazards | 20% either way | derived by hand from published bands |
| Shares of 5% and more | 3 points | ways of coding differ more than this between authorities |
| Shares of 1 to 5% | 1.5 points | the same |
| Shares under 1% | 0.3 points | the same |
| Spread between authorities | 25% either way | there are only 24 of them in this world |
| Correlations over authorities | 0.25 | the same |

"""
_POPULATION = 12_183_016
_DIGITS = {"per month": 3, "log": 2, "correlation": 2}


def write_page(out: Path) -> None:
    """Writes ``calibration.md`` from the kept table.

    Parameters
    ----------
    out : folder, made if it is not there
    """
    about, last = kept()
    rows = targets()
    table = report(last[["synthetic", "low", "high"]], rows).join(last["extract"])
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    (out / "calibration.md").write_text(page(table, about), encoding="utf-8")


def page(table: pd.DataFrame, about: dict[str, str]) -> str:
    """The page in MyST Markdown, from a report with the extract's figures beside."""
    aimed, emerged = (table[table["kind"] == kind] for kind in ("targeted", "emergent"))
    emerged = emerged[emerged["topic"] != "Year by year"]
    lines = [
        _INTRODUCTION.format(
            population=_POPULATION, children=int(about["children"]), seed=about["seed"],
            extract=int(about["extract_children"]),
        ),
        "## In short",
        "",
        f"Of {len(aimed)} figures that were aimed at, {_within(aimed)} lie within their tolerance. Of "
        f"{len(emerged)} that emerged, {_within(emerged)} do.",
        "",
        *_short("### What falls short", aimed, "aimed at and missed"),
        *_short("### Where the world differs unasked", emerged, "not aimed at, and outside the tolerance"),
    ]  # fmt: skip
    for chosen, title in ((aimed, "Figures that were aimed at"), (emerged, "Figures that emerged")):
        lines += ["", f"## {title}"]
        for topic in chosen["topic"].unique():
            lines += ["", f"### {topic}", ""]
            lines += _table(chosen[chosen["topic"] == topic])
    lines += _regions(table) + _series(table)
    return "\n".join(lines) + "\n"


def _figure(row: pd.Series, column: str) -> str:
    if np.isnan(row[column]):
        return "–"
    digits = _DIGITS.get(row["compared_as"], 1)
    return f"{row[column]:,.{digits}f}" + ("%" if row["compared_as"] == "%" else "")


def _short(heading: str, rows: pd.DataFrame, what: str) -> list[str]:
    """A list of the figures outside their tolerance, each with what is wrong; nothing where there is none."""
    missed = rows[rows["verdict"] == "outside"]
    if missed.empty:
        return []
    lines = [
        heading,
        "",
        f"These were {what}. Do not trust this world with a question that turns on one.",
        "",
    ]
    for _, row in missed.iterrows():
        figures = f"{_figure(row, 'synthetic')} against {_figure(row, 'published')}"
        lines.append(
            f"- **{row['topic']}: {row['label']}.** {figures}; {_verdict(row)}. {row['note']}".rstrip()
        )
    return [*lines, ""]


def _within(rows: pd.DataFrame) -> int:
    return int((rows["verdict"] == "within").sum())


def _verdict(row: pd.Series) -> str:
    if row["verdict"] == "not measured":
        return "not measured"
    if row["verdict"] == "within":
        return f"within {row['tolerance']}"
    size = pd.Series({"by": abs(row["difference"]), "compared_as": row["compared_as"].replace("%", "points")})
    word = "high" if row["difference"] > 0 else "low"
    points = " points" if row["compared_as"] == "%" else ""
    return f"outside {row['tolerance']}: {_figure(size, 'by')}{points} too {word}"


def _table(rows: pd.DataFrame) -> list[str]:
    lines = ["| Figure | Published | World | Extract | Verdict |", "|---|--:|--:|--:|---|"]
    for _, row in rows.iterrows():
        year = (
            ""
            if row["year"] == "2025" or "(" in row["label"] or len(row["year"]) > 7
            else f" ({row['year']})"
        )
        unit = "" if row["compared_as"] in ("%", "log", "correlation") else f", {row['compared_as']}"
        world = _figure(row, "synthetic")
        if not np.isnan(row["low"]):
            world += f" ({_figure(row, 'low').rstrip('%')} to {_figure(row, 'high').rstrip('%')})"
        lines.append(f"| {row['label']}{unit}{year} | {_figure(row, 'published')} | {world} | "
                     f"{_figure(row, 'extract')} | {_verdict(row)} |")  # fmt: skip
    sources = sorted({source.split(" (")[0] for source in rows["source"]})
    return [*lines, "", f"Sources: {'; '.join(sources)}."]


_REGIONS = """
## The order of the regions

The nine regions ordered by each figure, in the world and in England in 2025. A rank correlation of 1 is the
same order, of 0 no likeness. The regions' deprivation and shifts of need and care were set with this in view.

| Figure | Rank correlation |
|---|--:|"""
_SERIES = """
## Year by year

Each cell holds the published figure, then the world's. Referrals, section 47 enquiries and entries to care
were given their shape over the years; what follows from them was not."""
_SOURCE = "Source: DfE Local Authority Interactive Tool."


def _regions(table: pd.DataFrame) -> list[str]:
    lines = [_REGIONS]
    lines += [f"| {name} | {value:.2f} |" for name, value in orders(table).items()]
    return [*lines, "", _SOURCE]


def _series(table: pd.DataFrame) -> list[str]:
    lines = [_SERIES]
    rows = table[table["topic"] == "Year by year"]
    names = list(rows["ours"].unique())
    for some in (names[:3], names[3:6], names[6:]):
        lines += ["", "| Year | " + " | ".join(some) + " |", "|---|" + "--:|" * len(some)]
        for year in sorted(rows["year"].unique()):
            cells = []
            for name in some:
                cell = rows[(rows["ours"] == name) & (rows["year"] == year)]
                both = [
                    _figure(row, column)
                    for _, row in cell.iterrows()
                    for column in ("published", "synthetic")
                ]
                cells.append(", ".join(both) or "–")
            lines.append(f"| {year} | " + " | ".join(cells) + " |")
    return [*lines, "", _SOURCE + " Rates are per 10,000 children aged 0 to 17."]


if __name__ == "__main__":
    keep()

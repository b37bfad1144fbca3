"""What a release holds, whether its files are what its manifest says, and how its figures compare with life.

Reads the folder alone, one file at a time, so that a release of any size can be told of. Depends on release,
on the targets of calibration, and on nothing of the world that was lived.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from catalyst.errors import CourseError
from catalyst.release import extract, manifest, schema
from catalyst.studio.calibration import targets, tolerance
from catalyst.studio.measures import PLACES, SOURCES, Tally


def lines(folder: Path, verify: bool = True) -> Iterator[tuple[str, bool]]:
    """The report, line by line.

    Parameters
    ----------
    folder : of the release
    verify : whether to read every file and compute its hash again

    Yields
    ------
    line, and False where the files are not what the manifest says

    Raises
    ------
    CourseError
        If there is no finished release, or a file cannot be read.
    """
    told = _manifest(folder)
    asked = told["arguments"]
    yield f"{folder}: version {told['version']}, {_words(asked)}.", True
    yield f"{'table':<32}{'parts':>6}{'rows':>14}{'columns':>9}  content hash", True
    counts = {"rows": 0, "cells": 0}
    for name, entry in told["tables"].items():
        counts["rows"] += entry["rows"]
        counts["cells"] += entry["rows"] * entry["columns"]
        fine = _same(folder, name, entry, asked) if verify else True
        line = f"{name:<32}{entry.get('parts', 1):>6}{entry['rows']:>14,}{entry['columns']:>9}  "
        yield line + entry["sha256"][:16] + ("" if fine else "  NOT WHAT THE FILES HOLD"), fine
    yield f"{len(told['tables'])} tables, {counts['rows']:,} rows, {counts['cells']:,} values.", True
    whole = manifest.summary(told["tables"], asked)["content_hash"] == told["content_hash"]
    said = (
        "not computed again" if not verify else "as the files give it" if whole else "NOT THAT OF THE TABLES"
    )
    yield f"Content hash {told['content_hash']} ({said}).", whole
    if asked.get("project"):
        yield "A project extract is a sample with weights: it is not held beside published figures.", True
        return
    table = figures(folder, told)
    if not len(table):
        yield "None of these tables gives a figure that is published.", True
        return
    yield f"{'figure':<44}{'years':>11}{'here':>10}{'published':>11}  {'kind':<9}within its tolerance", True
    for row in table.itertuples():
        inside = abs(row.here - row.published) <= row.tolerance
        line = f"{row.figure:<44}{row.years:>11}{row.here:>10.1f}{row.published:>11.1f}  {row.kind:<9}"
        yield line + ("yes" if inside else "no"), True
    few = f"Small worlds stray by chance: {asked['children']:,} children were lived. "
    yield few + "Synthetic figures are not findings.", True


def _manifest(folder: Path) -> dict:
    try:
        told = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        asked, tables = told["arguments"], told["tables"]
        asked["children"], asked["seed"], asked["authorities"], told["version"], told["content_hash"]
        if not all({"rows", "columns", "sha256"} <= set(entry) for entry in tables.values()):
            raise KeyError
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise CourseError(
            f"There is no finished release in {folder}: name a folder that 'course.py data' has made."
        ) from None
    unknown = [name for name in tables if name not in schema.every()]
    if unknown:
        raise CourseError(
            f"The release in {folder} has a table '{unknown[0]}' that this version does not know."
        )
    return told


def _words(asked: dict) -> str:
    words = [
        f"{asked['children']:,} children",
        f"{asked['authorities']} authorities",
        f"seed {asked['seed']}",
    ]
    words += [
        f"{name} {asked[name]}" for name in ("start", "end", "flaws", "format", "project") if name in asked
    ]
    words += [f"{name} {'on' if value else 'off'}" for name, value in asked.get("settings", {}).items()]
    return ", ".join(words + [f"cut {arrow}" for arrow in asked.get("cuts", ())])


def files(folder: Path, name: str, form: str) -> list[Path]:
    """The files of a table, in the order of its parts."""
    one = folder / f"{name}.{form}"
    return [one] if one.is_file() else sorted((folder / name).glob(f"part-*.{form}"))


def read(path: Path, table: schema.Table, columns: list[str] | None = None) -> pa.Table:
    """A file of a release with the types of its table, whatever its format.

    Raises
    ------
    CourseError
        If it cannot be read as that.
    """
    wanted = extract.arrow_schema(table)
    if columns:
        wanted = pa.schema([wanted.field(name) for name in columns])
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path, columns=columns)
        plain = {f.name: pa.string() if pa.types.is_dictionary(f.type) else f.type for f in wanted}
        options = arrow_csv.ConvertOptions(
            column_types=plain, include_columns=list(plain), strings_can_be_null=True, null_values=[""]
        )
        return arrow_csv.read_csv(path, convert_options=options).cast(wanted)
    except (OSError, pa.ArrowInvalid, KeyError) as error:
        raise CourseError(
            f"{path} cannot be read ({str(error).splitlines()[0][:120]}): make the release again."
        ) from None


def _same(folder: Path, name: str, entry: dict, asked: dict) -> bool:
    """Whether the files of a table hold what the manifest says."""
    table = schema.table(name)
    found = [
        manifest.entry(read(path, table)) for path in files(folder, name, asked.get("format", "parquet"))
    ]
    if "parts" in entry:
        parts = [(one["rows"], one["sha256"]) for one in found]
        return manifest.entry_of_parts(parts, len(table.columns)) == entry
    return found == [entry]


# --- figures ----------------------------------------------------------------------------------------------


def figures(folder: Path, told: dict) -> pd.DataFrame:
    """Published figures that the tables of a release can give, beside what they give.

    Returns
    -------
    pandas.DataFrame
        figure, years, here, published, tolerance, kind; in the order of the targets.
    """
    asked, held = told["arguments"], told["tables"]
    years = range(asked.get("start", 2014) + 1, asked.get("end", 2025) + 1)
    form = asked.get("format", "parquet")
    children = _children(folder, held, form, years)
    tallies = {year: Tally() for year in years}
    for name, (columns, count) in _COUNTS.items():
        if name not in held or children is None:
            continue
        paths = files(folder, name, form)
        for path in paths:
            frame = read(path, schema.table(name), columns).to_pandas(
                date_as_object=False, coerce_temporal_nanoseconds=True
            )
            for year in years:  # each file brings its share of the children, also where it has no row
                share = children[year] / 10_000 / len(paths)
                count(frame[frame["Year"] == year], tallies[year], pd.Timestamp(year - 1, 4, 1), share)
    out = []
    for target in targets().itertuples():
        if target.years.startswith("births"):
            continue
        first, _, last = target.years.partition("-")
        inside = [year for year in years if int(first) <= year <= int(last or first)]
        value = Tally.of(tallies[year] for year in inside).figures().get(target.ours, np.nan)
        if inside and np.isfinite(value):
            out.append(
                (
                    target.ours,
                    target.years,
                    value,
                    target.published,
                    tolerance(target.published, target.tolerance),
                    target.kind,
                )
            )
    columns = ["figure", "years", "here", "published", "tolerance", "kind"]
    return pd.DataFrame(out, columns=columns).drop_duplicates(["figure", "years"])


def _children(folder: Path, held: dict, form: str, years: range) -> dict[int, int] | None:
    """Children aged 0 to 17 in each year: counted if the table is there, else those of March 2025."""
    if "authority_years" in held:
        path = files(folder, "authority_years", form)[0]
        frame = read(path, schema.table("authority_years"), ["Year", "Children"]).to_pandas()
        return frame.groupby("Year")["Children"].sum().to_dict()
    if "authorities" in held:
        frame = read(files(folder, "authorities", form)[0], schema.table("authorities"), ["Children"])
        return dict.fromkeys(years, int(frame.to_pandas()["Children"].sum()))
    return None


def _referrals(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    new = rows[rows["CINreferralDate"] >= first]
    tally.add("referral rate", len(new), children)
    tally.add("referrals with no further action", 100 * (new["ReferralNFA"] == 1).sum(), len(new))
    for label, codes in SOURCES.items():
        tally.add(f"referral source: {label}", 100 * new["ReferralSource"].isin(codes).sum(), len(new))
    open_still = rows[rows["CINclosureDate"].isna() & (rows["ReferralNFA"] == 0)]
    tally.add("children in need rate", len(open_still), children)
    for code in schema.table("cin_details")["PrimaryNeedCode"].codes:
        share = 100 * (open_still["PrimaryNeedCode"] == code).sum()
        tally.add(f"primary need: {code}", share, len(open_still))


def _assessments(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    done = rows[rows["AssessmentAuthorisationDate"] >= first]
    tally.add("assessments completed", len(done), children)
    start, end = (
        done[name].to_numpy().astype("datetime64[D]")
        for name in ("AssessmentActualStartDate", "AssessmentAuthorisationDate")
    )
    tally.add(
        "assessments within 45 working days", 100 * (np.busday_count(start, end) <= 45).sum(), len(done)
    )


def _enquiries(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    tally.add("section 47 rate", (rows["S47ActualStartDate"] >= first).sum(), children)
    tally.add("initial conference rate", (rows["DateOfInitialCPC"] >= first).sum(), children)


def _plans(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    new = rows[rows["CPPstartDate"] >= first]
    tally.add("plans started", len(new), children)
    tally.add("plans ended", rows["CPPendDate"].notna().sum(), children)
    tally.add("second or later plans", 100 * (new["NumberOfPreviousCPP"] > 0).sum(), len(new))
    open_still = rows[rows["CPPendDate"].isna()]
    tally.add("protection plan rate", len(open_still), children)
    for code in schema.table("cin_child_protection_plans")["InitialCategoryOfAbuse"].codes:
        share = 100 * (open_still["InitialCategoryOfAbuse"] == code).sum()
        tally.add(f"plan category: {code}", share, len(open_still))


def _care(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    tally.add("started to be looked after", ((rows["RNE"] == "S") & (rows["DECOM"] >= first)).sum(), children)
    open_still = rows[rows["DEC"].isna()]
    tally.add("looked after rate", len(open_still), children)
    for label, codes in PLACES.items():
        tally.add(f"placement: {label}", 100 * open_still["PLACE"].isin(codes).sum(), len(open_still))


def _incomes(rows: pd.DataFrame, tally: Tally, first: pd.Timestamp, children: float) -> None:
    tally.add("low income under 16", 100 * rows["RelativeLowIncome"].sum(), len(rows))


# What is counted in which columns of which table; each is called with the rows of one return.
_COUNTS: dict[str, tuple[list[str], Callable]] = {
    "cin_details": (
        ["Year", "CINreferralDate", "ReferralSource", "PrimaryNeedCode", "CINclosureDate", "ReferralNFA"],
        _referrals,
    ),
    "cin_assessments": (
        ["Year", "AssessmentActualStartDate", "AssessmentAuthorisationDate"],
        _assessments,
    ),
    "cin_section47": (["Year", "S47ActualStartDate", "DateOfInitialCPC"], _enquiries),
    "cin_child_protection_plans": (
        ["Year", "CPPstartDate", "CPPendDate", "InitialCategoryOfAbuse", "NumberOfPreviousCPP"],
        _plans,
    ),
    "ssda903_episodes": (["Year", "DECOM", "RNE", "PLACE", "DEC"], _care),
    "child_low_income": (["Year", "RelativeLowIncome"], _incomes),
}

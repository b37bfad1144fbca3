"""Flaws of values: ethnic groups in conflict, codes not yet used, impossible dates, ages and sessions.

Depends on luck, columns and the codes of the returns.
"""

import numpy as np
import pandas as pd

from catalyst.records.birth import ETHNOS, ethnos
from catalyst.records.cin_census import FACTOR_CODES, NEW_FACTORS_SINCE
from catalyst.records.columns import Codes, Days, Table, take
from catalyst.records.npd_absence import TERMS
from catalyst.records.npd_census import MAJOR, MAJOR_OF
from catalyst.release.flaws_people import People
from catalyst.release.flaws_rates import Preset, Tally, by_group, tally
from catalyst.release.flaws_rows import record_number
from catalyst.world import codes
from catalyst.world.luck import Luck

_WHO = ("White British", "other")
_NEW_FACTORS = ("18B", "18C", "19B", "19C")
_OTHER_FACTOR = "20"
_YEARS = tuple(str(year) for year in range(NEW_FACTORS_SINCE, NEW_FACTORS_SINCE + 4))
_1900 = np.int32(-25_567)  # 1 January 1900
_DATED = {"offences": ("case", "OffenceNumber"), "parent_offences": ("parent", "OffenceNumber")}
FLAWS = {
    **{f"ethnicity_{name}": _WHO for name in ("cin", "903", "school", "health")},
    "late_code": _YEARS,
    **{f"date_1900_{name}": ("",) for name in _DATED},
    "negative_age_offences": ("",),
    "negative_age_school": ("",),
    "sessions_above": ("",),
}
# The broad group of each code: White, Mixed, Asian, Black, Other; the last stands for not stated.
_GROUP = np.array([0] * 5 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2 + [5] * 2)
_NOT_STATED = codes.ETHNICITY.index("NOBT")
_LETTERS = np.array([0] * 3 + [1] * 4 + [2] * 4 + [3] * 3 + [4] * 2 + [5])
_SAME_GROUP, _ANY_GROUP = 0.6, 0.85  # cumulative: another of the group, of any group; the rest not stated
_HEALTH = ("hospital_admissions", "emergency_attendances", "mental_health_referrals")


def spoil(
    records: dict[str, Table], people: People, authorities: int, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Every flaw of this module; ``people`` and ``authorities`` as for all steps."""
    out, tallies = _ethnicity(dict(records), people, luck, rates)
    for step in (_late_codes, _dates, _ages, _sessions):
        tallies += step(out, luck, rates)
    return out, tallies


def another(luck: Luck, process: str, unit: np.ndarray, true: np.ndarray, group: np.ndarray) -> np.ndarray:
    """A code other than the true one: mostly of the same broad group, sometimes of another, sometimes none.

    Parameters
    ----------
    true : index of each unit's own code
    group : broad group of each code; the last code is that for "not stated"
    """
    how, which = luck(process, unit, draw=1), luck(process, unit, draw=2)
    stated = np.flatnonzero(group < group.max())
    out = np.full(len(unit), len(group) - 1, dtype=np.int64)
    for code in np.unique(true):
        others = stated[stated != code]
        same = others[group[others] == group[code]]
        same = same if len(same) else others
        mine = true == code
        for choice, where in (
            (same, mine & (how < _SAME_GROUP)),
            (others, mine & (how >= _SAME_GROUP) & (how < _ANY_GROUP)),
        ):
            out[where] = choice[np.floor(which[where] * len(choice)).astype(np.int64)]
    return out


def _ethnicity(
    out: dict[str, Table], people: People, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    who = (people.ethnicity != codes.ETHNICITY.index("WBRI")).astype(np.int8)
    tallies = []

    def written(source: str, true: np.ndarray, group: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
        """What one return writes of everybody, after counting those who are in it."""
        flaw = f"ethnicity_{source}"
        process = f"flaw.{flaw}"
        # Who has no code of her own cannot have a wrong one.
        wrong = luck(process, people.child) < np.take(rates.by(flaw, _WHO), who)
        wrong &= group[true] < group.max()
        there = np.zeros(len(people.child), dtype=bool)
        for name in names:
            there[people.rows(out[name]["child"])] = True
        there &= group[true] < group.max()
        now = np.where(wrong, another(luck, process, people.child, true, group), true)
        tallies.extend(by_group(flaw, _WHO, who[there], (now != true)[there], rates.by(flaw, _WHO)))
        return now

    for source, name, column in (
        ("cin", "cin_child_characteristics", "Ethnicity"),
        ("903", "ssda903_header", "ETHNIC"),
    ):
        if name in out:
            now = written(source, people.ethnicity, _GROUP, (name,))[people.rows(out[name]["child"])]
            old = out[name][column].index
            # An unborn child's group is not yet obtained, and stays so.
            kept = old == _NOT_STATED
            out[name] |= {column: Codes(np.where(kept, old, now).astype(np.int8), codes.ETHNICITY)}
    if "school_census" in out:
        table = out["school_census"]
        now = written("school", people.ethnicity, _GROUP, ("school_census",))[people.rows(table["child"])]
        out["school_census"] = table | {
            "EthnicGroupMinor": Codes(now.astype(np.int8), codes.ETHNICITY),
            "EthnicGroupMajor": Codes(MAJOR_OF[now], MAJOR),
        }
    here = tuple(name for name in _HEALTH if name in out)
    if here:
        letter = written("health", ethnos(people.ethnicity).index.astype(np.int64), _LETTERS, here)
        for name in here:
            now = letter[people.rows(out[name]["child"])]
            out[name] = out[name] | {"ETHNOS": Codes(now.astype(np.int8), ETHNOS)}
    return out, tallies


def _late_codes(out: dict[str, Table], luck: Luck, rates: Preset) -> list[Tally]:
    """Factors that authorities do not yet record: gone, or "other" where nothing else was found."""
    if "cin_assessment_factors" not in out:
        return []
    table = out["cin_assessment_factors"]
    factor = table["AssessmentFactor"]
    place = {code: i + 1 for i, code in enumerate(_NEW_FACTORS)}
    kind = np.array([place.get(code, 0) for code in factor.codes] + [0])[factor.index]
    year = table["Year"].astype(np.int64)
    rate = np.array([0.0, *rates.by("late_code", _YEARS)])[
        np.clip(year - NEW_FACTORS_SINCE + 1, 0, len(_YEARS))
    ]
    new = (kind > 0) & (year >= NEW_FACTORS_SINCE)
    number = record_number(table | {"kind": kind}, ("CINdetailsID", "AssessmentID", "kind"))
    unused = new & (luck("flaw.late_code", table["stint"], year, number) < rate)
    tallies = [
        tally("late_code", name, unused[new & (year == int(name))], rates["late_code", name])
        for name in _YEARS
    ]
    if not unused.any():
        return tallies
    key = _assessment(table)
    alone = unused & ~np.isin(key, key[~unused])
    first = np.zeros(len(key), dtype=bool)
    first[np.unique(np.where(alone, key, 0), return_index=True)[1]] = True
    kept = ~unused | (alone & first)
    index = np.where(alone, factor.codes.index(_OTHER_FACTOR), factor.index)
    changed = table | {"AssessmentFactor": Codes(index, factor.codes)}
    out["cin_assessment_factors"] = take(changed, np.flatnonzero(kept))
    out["cin_assessments"] = _with_lists(
        out["cin_assessments"], out["cin_assessment_factors"], np.unique(key[unused])
    )
    return tallies


def _assessment(table: Table) -> np.ndarray:
    return record_number(table, ("stint", "Year", "CINdetailsID", "AssessmentID"))


def _with_lists(assessments: Table, factors: Table, touched: np.ndarray) -> Table:
    """The assessments with the text of all factors written anew where one of them changed."""
    key = _assessment(factors)
    mine = np.flatnonzero(np.isin(key, touched))
    column = factors["AssessmentFactor"]
    order = np.array([FACTOR_CODES.index(code) for code in column.codes])
    found = pd.DataFrame({"key": key[mine], "order": order[column.index[mine]]}).sort_values(["key", "order"])
    text = found["order"].map(lambda place: FACTOR_CODES[place]).groupby(found["key"]).agg(";".join)
    old = assessments["AssessmentFactors"]
    every = _assessment(assessments)
    rows = np.flatnonzero(np.isin(every, text.index.to_numpy()))
    names = tuple(sorted({*old.codes, *text}))
    place = {name: i for i, name in enumerate(names)}
    moved = np.array([place[name] for name in old.codes] + [-1], dtype=np.int32)
    index = moved[old.index]
    index[rows] = text.map(place).loc[every[rows]].to_numpy()
    return assessments | {"AssessmentFactors": Codes(index, names)}


def _dates(out: dict[str, Table], luck: Luck, rates: Preset) -> list[Tally]:
    tallies = []
    for name, (unit, number) in _DATED.items():
        if name in out:
            flaw, table = f"date_1900_{name}", out[name]
            unknown = luck(f"flaw.{flaw}", table[unit], 0, table[number]) < rates[flaw]
            days = np.where(unknown, _1900, table["OffenceStartDate"].days)
            out[name] = table | {"OffenceStartDate": Days(days)}
            tallies.append(tally(flaw, "", days == _1900, rates[flaw]))
    return tallies


def _ages(out: dict[str, Table], luck: Luck, rates: Preset) -> list[Tally]:
    tallies = []
    for flaw, name, column, unit, number in (
        ("negative_age_offences", "offences", "OffenceStartAge", "case", "OffenceNumber"),
        ("negative_age_school", "school_census", "AgeAtStartOfAcademicYear", "child", "year"),
    ):
        if name in out:
            table = out[name]
            u = luck(f"flaw.{flaw}", table[unit], 0, table[number])
            below = u < rates[flaw]
            age = -1 - np.floor(luck(f"flaw.{flaw}.age", table[unit], 0, table[number]) * 5).astype(np.int8)
            written = np.where(below, age, table[column])
            out[name] = table | {column: written}
            tallies.append(tally(flaw, "", written < 0, rates[flaw]))
    return tallies


def _sessions(out: dict[str, Table], luck: Luck, rates: Preset) -> list[Tally]:
    if "absence" not in out:
        return []
    table, rate = out["absence"], rates["sessions_above"]
    changed: Table = {}
    tallies = []
    for k, term in enumerate(TERMS):
        possible, column = table[f"SessionsPossible_{term}"], f"UnauthorisedAbsence_{term}"
        there = possible > 0
        above = there & (luck("flaw.sessions_above", table["child"], table["year"], k) < rate)
        extra = 1 + np.floor(luck("flaw.sessions_above.by", table["child"], table["year"], k) * 40)
        changed[column] = np.where(above, possible + extra.astype(np.int16), table[column])
        tallies.append(tally("sessions_above", "", (changed[column] > possible)[there], rate))
    out["absence"] = table | changed
    return tallies

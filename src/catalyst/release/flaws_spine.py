"""The linkage spine: for each of four organisations an index of its people, by its own key, in hashed fields.

Names, days of birth and addresses are numbers that luck gives to children and families: nobody's name is
made up. What an organisation wrote down may differ from what is so, by declared rates and drawn apart for
each, and a hash of it allows only equal or not equal. Beside them stands the link of pupils to patients that
a trusted third party made, with its match step. Who is who is never released. Depends on keys, luck, columns.
"""

import numpy as np

from catalyst.records import case_files
from catalyst.records.cin_census import LAST_YEAR
from catalyst.records.columns import Codes, Table, take
from catalyst.release import flaws_keys, keys
from catalyst.release.flaws_people import GROUPS, People
from catalyst.release.flaws_rates import Preset, Tally, by_group, tally
from catalyst.world.families import PER_AUTHORITY
from catalyst.world.luck import Luck

FIELDS = ("forename", "surname", "birth_day", "birth_month", "sector")
FLAWS = {
    **{f"field_{name}": GROUPS for name in FIELDS},
    "fields_together": ("",),
    "field_sector_blank": ("",),
}
SOURCES = (
    "npd",
    "hospital",
    "police",
)  # returns beside children's services that the index tables are made of
STEPS = ("1", "2", "3", "4")
_SEXES = ("M", "F")
_FORENAMES, _SOUNDS, _INITIALS, _SECTORS, _DAYS = 600, 400, 22, 40, 28
_VARIANTS = 4  # ways to misspell a name
# Surnames in use by broad group (White and Mixed, Asian, Black, Other): fewer names, more often alike.
_SURNAMES = np.array([2_000, 300, 500, 400])
_POOL = np.array([0] * 9 + [1] * 4 + [2] * 3 + [3] * 4)
_APART = 10_000  # more than the names of a pool
_KEEPS_INITIAL, _KEEPS_SOUND, _OTHER_NAME = 0.9, 0.7, 0.2


def add(
    records: dict[str, Table], people: People, authorities: int, luck: Luck, rates: Preset
) -> tuple[dict[str, Table], list[Tally]]:
    """Adds the index tables and the link of pupils to patients, as far as their returns were made."""
    out, tallies = dict(records), []
    made = {
        "linkage_school": _pupils(records, people, luck, rates),
        "linkage_social_care": _files(records, people),
        "linkage_hospital": _patients(records),
        "linkage_police": _cases(records),
    }
    for name, table in made.items():
        if table is not None:
            row = people.rows(table["child"])
            fields, some = _written(people, row, table["unit"], name, luck, rates)
            out[name] = table | fields
            tallies += some
    if "linkage_school" in out and "linkage_hospital" in out:
        out["link_school_hospital"] = _link(out, people, luck, rates)
    return out, tallies


def _pupils(records: dict[str, Table], people: People, luck: Luck, rates: Preset) -> Table | None:
    """One row for each pupil reference that a school census holds; ``year`` tells which of a child's."""
    if "school_census" not in records:
        return None
    census = records["school_census"]
    row = people.rows(census["child"])
    held = (people.first[row] <= census["year"]) & (census["year"] <= people.last[row])
    row, year = row[held], census["year"][held]
    second = flaws_keys.second_from(luck, people.child, people.first, people.last, rates["second_reference"])
    later = (year >= second[row]).astype(np.int64)
    unit = np.unique(people.child[row] * 2 + later)
    at = people.rows(unit // 2)
    # A year in which the reference is in use: the last before the second one, or the last of all.
    year = np.where(unit % 2 == 1, LAST_YEAR, np.minimum(second[at] - 1, LAST_YEAR))
    return {"child": unit // 2, "unit": unit, "year": year}


def _files(records: dict[str, Table], people: People) -> Table:
    """One row for each child and authority of children's services."""
    stint = np.unique(
        np.concatenate([records[name]["stint"] for name in ("cin_child_identifiers", "ssda903_header")])
    )
    apart = case_files.unpack(stint)
    # An unborn child has neither name nor day of birth.
    identifiers = records["cin_child_identifiers"]
    born = np.unique(
        np.concatenate(
            [
                identifiers["stint"][identifiers["PersonBirthDate"].days >= 0],
                records["ssda903_header"]["stint"],
            ]
        )
    )
    here = np.isin(stint, born)
    return {
        "child": apart.child[here],
        "unit": stint[here],
        "stint": stint[here],
        "authority": apart.authority[here],
    }


def _patients(records: dict[str, Table]) -> Table | None:
    """One row for each child who was in a hospital, with how often."""
    if "hospital_admissions" not in records or "emergency_attendances" not in records:
        return None
    stays, visits = records["hospital_admissions"], records["emergency_attendances"]
    child = np.unique(np.concatenate([stays["child"], visits["child"]]))
    planned = stays["ADMIMETH"].codes.index("11")

    def count(of: np.ndarray) -> np.ndarray:
        return np.bincount(np.searchsorted(child, of), minlength=len(child)).astype(np.int32)

    return {
        "child": child,
        "unit": child,
        "Admissions": count(stays["child"]),
        "EmergencyAdmissions": count(stays["child"][stays["ADMIMETH"].index != planned]),
        "EmergencyAttendances": count(visits["child"]),
    }


def _cases(records: dict[str, Table]) -> Table | None:
    """One row for each case with the police: they keep no key of the person."""
    if "offences" not in records:
        return None
    offences = records["offences"]
    case, row = np.unique(offences["case"], return_index=True)
    return {"child": offences["child"][row], "unit": case, "case": case}


def names(people: People, luck: Luck) -> dict[str, np.ndarray]:
    """What is so: a number for each child's forename, surname, day, month and neighbourhood.

    Returns
    -------
    dict of int64 arrays, shape (children,), by the names in ``FIELDS``
    """
    pool = _POOL[people.ethnicity]
    forename = _popular(luck("linkage.forename", people.child), np.full(len(pool), _FORENAMES))
    surname = _popular(luck("linkage.surname", people.family), _SURNAMES[pool])
    birth = people.birth.astype("datetime64[D]")
    month = birth.astype("datetime64[M]")
    return {
        "forename": (pool * 2 + people.sex - 1) * _APART + forename,
        "surname": pool * _APART + surname,
        "birth_day": (birth - month.astype("datetime64[D]")).astype(np.int64),
        "birth_month": month.astype(np.int64),
        "sector": people.family // PER_AUTHORITY * _SECTORS
        + np.floor(luck("linkage.sector", people.family) * _SECTORS).astype(np.int64),
    }


def _popular(u: np.ndarray, many: np.ndarray) -> np.ndarray:
    """A place among ``many`` names, of which the first are much more common: log-uniform ranks."""
    return np.floor((1 + many / 10) ** u * 10 - 10).astype(np.int64)


def _written(
    people: People, row: np.ndarray, unit: np.ndarray, index: str, luck: Luck, rates: Preset
) -> tuple[Table, list[Tally]]:
    """The fields as one organisation wrote them down, hashed, and how many are wrong."""
    true = {name: values[row] for name, values in names(people, luck).items()}
    group = people.group[row]
    # A careless record is careless in all: then one draw decides, which leaves each field's rate as it is.
    together = luck(f"flaw.fields_together.{index}", unit) < rates["fields_together"]
    shared = luck(f"flaw.fields_together.{index}", unit, draw=1)
    tallies = [tally("fields_together", "", together, rates["fields_together"])]
    wrong = {}
    for name in FIELDS:
        flaw = f"field_{name}"
        drawn = np.where(together, shared, luck(f"flaw.{flaw}.{index}", unit))
        wrong[name] = drawn < np.take(rates.by(flaw), group)

    def u(name: str, draw: int) -> np.ndarray:
        return luck(f"flaw.field_{name}.{index}", unit, draw=draw)

    said = {
        "birth_day": np.where(
            wrong["birth_day"],
            (true["birth_day"] + 1 + np.floor(u("birth_day", 1) * (_DAYS - 1))) % _DAYS,
            true["birth_day"],
        ).astype(np.int64),
        "birth_month": true["birth_month"]
        + wrong["birth_month"] * (1 + np.floor(u("birth_month", 1) * 11)).astype(np.int64),
        "sector": _elsewhere(true["sector"], wrong["sector"], u("sector", 1)),
    }
    blank = luck(f"flaw.field_sector_blank.{index}", unit) < rates["field_sector_blank"]
    other = wrong["surname"] & (u("surname", 1) < _OTHER_NAME)
    size = _SURNAMES[true["surname"] // _APART]
    step = 1 + np.floor(u("surname", 2) * (size - 1)).astype(np.int64)
    named = true["surname"] // _APART * _APART + (true["surname"] % _APART + step) % size
    said["surname"] = _misspelt(
        np.where(other, named, true["surname"]), wrong["surname"] & ~other, u("surname", 3)
    )
    said["forename"] = _misspelt(true["forename"], wrong["forename"], u("forename", 1))
    initial = _initial(true["forename"], luck)
    misheard = wrong["forename"] & (u("forename", 2) >= _KEEPS_INITIAL)
    initial = (
        initial + misheard * (1 + np.floor(u("forename", 3) * (_INITIALS - 1)).astype(np.int64))
    ) % _INITIALS
    sound = _sound(np.where(other, named, true["surname"]), luck)
    unlike = wrong["surname"] & ~other & (u("surname", 4) >= _KEEPS_SOUND)
    sound = (sound + unlike * (1 + np.floor(u("surname", 5) * (_SOUNDS - 1)).astype(np.int64))) % _SOUNDS
    table = {
        "ForenameHash": _hashed(luck, "forename", said["forename"]),
        "ForenameInitialHash": _hashed(luck, "initial", initial),
        "SurnameHash": _hashed(luck, "surname", said["surname"]),
        "SurnameSoundHash": _hashed(luck, "sound", sound),
        "BirthDayHash": _hashed(luck, "day", said["birth_day"]),
        "BirthYearMonthHash": _hashed(luck, "month", said["birth_month"]),
        "PostcodeSectorHash": _hashed(luck, "sector", said["sector"]).blank(blank),
        "Sex": Codes((people.sex[row] - 1).astype(np.int8), _SEXES),
    }
    for name in FIELDS:
        flaw, there = f"field_{name}", ~blank if name == "sector" else np.ones(len(row), dtype=bool)
        found = (said[name] != true[name])[there]
        tallies += by_group(flaw, GROUPS, group[there], found, rates.by(flaw))
    return table, [*tallies, tally("field_sector_blank", "", blank, rates["field_sector_blank"])]


def _elsewhere(sector: np.ndarray, wrong: np.ndarray, u: np.ndarray) -> np.ndarray:
    """An address of before, or not yet of now: another sector of the same authority."""
    step = 1 + np.floor(u * (_SECTORS - 1)).astype(np.int64)
    moved = sector // _SECTORS * _SECTORS + (sector % _SECTORS + step) % _SECTORS
    return np.where(wrong, moved, sector)


def _misspelt(name: np.ndarray, wrong: np.ndarray, u: np.ndarray) -> np.ndarray:
    return name + wrong * _APART * 100 * (1 + np.floor(u * _VARIANTS).astype(np.int64))


def _initial(forename: np.ndarray, luck: Luck) -> np.ndarray:
    return np.floor(luck("linkage.initial", forename) ** 1.5 * _INITIALS).astype(np.int64)


def _sound(surname: np.ndarray, luck: Luck) -> np.ndarray:
    return np.floor(luck("linkage.sound", surname) * _SOUNDS).astype(np.int64)


def _hashed(luck: Luck, what: str, values: np.ndarray) -> Codes:
    """Values as keys that tell equal from unequal and no more."""
    number, index = np.unique(keys.numbers(luck, f"linkage hash of {what}", values), return_inverse=True)
    return Codes(index.astype(np.int32), tuple(keys.texts(number).tolist()))


def _link(out: dict[str, Table], people: People, luck: Luck, rates: Preset) -> Table:
    """The third party's link: each patient with the references of the pupil to whom she was linked."""
    patients, pupils = out["linkage_hospital"], out["linkage_school"]
    pupil = flaws_keys.linked_to(people, "health", luck, rates)[people.rows(patients["child"])]
    # A pupil with two references is linked by both.
    order = np.argsort(pupils["child"], kind="stable")
    ids = pupils["child"][order]
    first, last = np.searchsorted(ids, pupil, "left"), np.searchsorted(ids, pupil, "right")
    patient = np.repeat(np.arange(len(pupil)), last - first)
    place = np.arange(len(patient)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    at = order[np.repeat(first, last - first) + place]
    left, right = take(patients, patient), take(pupils, at)
    fields = ("ForenameHash", "SurnameHash", "BirthDayHash", "BirthYearMonthHash", "PostcodeSectorHash")
    agree = sum(_same(left[name], right[name]).astype(np.int64) for name in fields)
    return {
        "child": left["child"],
        "pupil": right["child"],
        "year": right["year"],
        "MatchStep": Codes(np.clip(len(fields) - agree, 0, len(STEPS) - 1).astype(np.int8), STEPS),
    }


def _same(one: Codes, other: Codes) -> np.ndarray:
    every = {code: i for i, code in enumerate(dict.fromkeys([*one.codes, *other.codes]))}
    left = np.array([every[code] for code in one.codes] + [-1])[one.index]
    right = np.array([every[code] for code in other.codes] + [-2])[other.index]
    return left == right

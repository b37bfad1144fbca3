"""The schema: the release holds what the dictionary says, no more and no less, and faults are found."""

import csv

import pandas as pd
import pyarrow as pa
import pytest

from catalyst.errors import CourseError
from catalyst.release import checks, describe, extract, schema

IN_RELEASE = {"cin": "dictionary_cin.csv", "903": "dictionary_903.csv"}


def official(root, source: str) -> dict[str, set[str]]:
    path = root / "src" / "catalyst" / "facts" / IN_RELEASE[source]
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {t: {r["column"] for r in rows if r["table"] == t} for t in {r["table"] for r in rows}}


def test_every_table_satisfies_its_schema(frames):
    checks.validate(frames)


def test_every_sound_table_is_told_by_its_arrow_columns_alone(tables, monkeypatch):
    monkeypatch.setattr(checks, "validate", lambda *_: pytest.fail("pandera had to look"))
    checks.check(tables)


def test_every_table_and_column_is_in_the_dictionary_and_the_other_way_round(frames):
    told = describe.dictionary_table(list(frames)).to_pandas()
    for name, frame in frames.items():
        assert told[told["table"] == name]["column"].drop_duplicates().tolist() == frame.columns.tolist()
    assert set(told["table"]) == set(frames) == set(schema.released(flaws=False))
    assert {name for name in schema.tables() if name not in frames} == {
        name for name, table in schema.tables().items() if table.spine
    }


def test_every_column_of_the_census_is_released(root):
    known = official(root, "cin")
    del known["PreProceedings"]  # asked for from 2026-27
    for table in schema.tables().values():
        if table.source == "cin":
            assert known.pop(table.official) <= {c.name for c in table.columns.values()}
    assert known == {}


def test_every_column_of_header_and_episodes_is_released(root):
    known = official(root, "903")
    for table in schema.tables().values():
        if table.source == "903":
            assert known[table.official] <= {c.name for c in table.columns.values()}


def test_a_column_that_no_return_has_says_so(root):
    for table in schema.tables().values():
        known = (
            official(root, table.source).get(table.official, set()) if table.source in IN_RELEASE else set()
        )
        for column in table.columns.values():
            if table.source in IN_RELEASE and column.name != "LEA":
                assert (column.name in known) != bool(column.ours), (table.name, column.name)


def test_every_column_is_explained():
    for table in schema.tables().values():
        assert table.description and table.unit and table.counterpart and table.title
        for column in table.columns.values():
            assert column.description and column.missing, (table.name, column.name)
            assert column.kind in extract._KINDS or column.kind in ("code", "text", "key")


def test_every_code_column_says_what_its_codes_mean():
    free = {
        "LEA",
        "LA",
        "HomeLA",
        "CompetitorLEA",
    }  # numbers of authorities, which stand in a table of their own
    for table in schema.tables().values():
        for column in table.columns.values():
            if column.kind in ("code", "flag") and column.name not in free:
                assert column.codes, (table.name, column.name)
                assert all(m.text for m in column.codes.values())


def test_meanings_know_the_years_of_a_code():
    read = schema.meanings("18A=Physical abuse (to 2020-21); 18B=By a child (from 2021-22); 20=Other (a, b)")
    assert read["18A"] == schema.Meaning("Physical abuse", 0, 2021)
    assert read["18B"] == schema.Meaning("By a child", 2022, 9999)
    assert schema.meanings("a whole number") == {}


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("plans", "cin_child_protection_plans"),
        ("cin_detail", "cin_details"),
        ("episodes", "ssda903_episodes"),
    ],
)
def test_an_unknown_table_gets_the_nearest_one(asked, near):
    with pytest.raises(CourseError, match=f"Did you mean '{near}'"):
        schema.table(asked)


def categories(series: pd.Series, value) -> pd.Series:
    changed = series.astype(object)
    changed.iloc[0] = value
    return changed.astype("category")


def first_of_year(frame: pd.DataFrame, year: int, column: str, code: str) -> pd.DataFrame:
    changed = frame[column].astype(object)
    changed[frame.index[frame["Year"] == year][0]] = code
    return frame.assign(**{column: changed.astype("category")})


FAULTS = {
    "an unknown code": (
        "cin_details",
        lambda f: f.assign(ReferralSource=categories(f["ReferralSource"], "11")),
    ),
    "a code of later years": (
        "cin_assessment_factors",
        lambda f: first_of_year(f, 2021, "AssessmentFactor", "18B"),
    ),
    "a code of earlier years": (
        "cin_assessment_factors",
        lambda f: first_of_year(f, 2022, "AssessmentFactor", "19A"),
    ),
    "sex before its time": ("cin_child_identifiers", lambda f: first_of_year(f, 2016, "Sex", "M")),
    "guardianship before its time": ("ssda903_episodes", lambda f: first_of_year(f, 2018, "REC", "E45")),
    "nothing where something must be": ("cin_reviews", lambda f: f.assign(CPPreviewDate=pd.NaT)),
    "something where nothing may be": (
        "cin_child_identifiers",
        lambda f: f.assign(UPN=categories(f["UPN"], "A1")),
    ),
    "a date as text": ("cin_reviews", lambda f: f.assign(CPPreviewDate=f["CPPreviewDate"].astype(str))),
    "a flag of 2": ("cin_section47", lambda f: f.assign(ICPCnotRequired=2)),
    "a row twice": ("cin_details", lambda f: pd.concat([f, f.head(1)], ignore_index=True)),
    "a column too many": ("cin_details", lambda f: f.assign(Extra=1)),
    "a column too few": ("cin_details", lambda f: f.drop(columns="CINclosureDate")),
    "columns in another order": ("cin_details", lambda f: f[f.columns[::-1]]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(fault, frames, tables):
    name, plant = FAULTS[fault]
    with pytest.raises(CourseError, match=f"table {name} does not satisfy") as error:
        checks.validate({name: plant(frames[name])})
    assert "\n" not in str(error.value)
    spoilt = pa.Table.from_pandas(plant(frames[name]), preserve_index=False)
    for field in tables[name].schema:  # the types of the release, where they can hold the fault
        if field.name in spoilt.column_names and fault != "a date as text":
            place = spoilt.column_names.index(field.name)
            spoilt = spoilt.set_column(place, field.name, spoilt[field.name].cast(field.type))
    with pytest.raises(CourseError, match=f"table {name} does not satisfy"):
        checks.check({name: spoilt})


def test_a_key_is_unique_whatever_the_order_of_rows_and_with_nothing_in_it():
    def unique(*columns):
        return checks._unique([pa.array(column) for column in columns])

    assert unique([3, 1, 2, 2], [1, 1, 1, 2])
    assert not unique([3, 1, 2, 2], [1, 1, 1, 1])
    assert unique([0, None, -1], [5, 5, 5])
    assert not unique([0, None, None], [5, 5, 5])
    texts = pa.array(["b", None, "a"]).dictionary_encode()
    assert checks._unique([texts, pa.array([1, 1, 1])])
    assert not checks._unique([texts, pa.array([2**62, 0, 1])])  # too wide: pandera has to look


def test_arrow_types_leave_no_doubt(tables):
    for name, table in tables.items():
        assert table.schema.equals(extract.arrow_schema(schema.table(name)))
        for field in table.schema:
            if not field.nullable:
                assert table[field.name].null_count == 0

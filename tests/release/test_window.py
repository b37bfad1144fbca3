"""A shorter window: nothing from before it but what was open, and nothing known after its end."""

from datetime import date

import pyarrow.compute as pc
import pytest

from catalyst.errors import CourseError
from catalyst.release import checks, extract, manifest, schema, window

SEEN = window.Window(2017, 2020)


@pytest.fixture(scope="module")
def cut(tables):
    return window.cut(tables, list(tables), SEEN)


def test_every_table_says_how_it_is_cut():
    for name in schema.tables():
        window.rule(name)
    with pytest.raises(CourseError, match=r"is not said in release/window\.py"):
        window.rule("project_pupils")


def test_the_rules_leave_a_whole_release_as_it_is(tables):
    done = {}
    for name in sorted(tables, key=lambda name: isinstance(window.rule(name), window.Within)):
        done[name] = window.compact(window._cut(tables[name], window.rule(name), window.Window(), done))
        assert manifest.content_hash(done[name]) == manifest.content_hash(tables[name]), name


def test_a_cut_release_satisfies_its_schemas(cut):
    checks.validate(extract.frames(cut))


def test_no_event_is_later_than_the_window_and_returns_lie_within(cut):
    expected = {"InitialCPCtarget", "ExpectedPersonBirthDate", "DateTime"}
    for name, table in cut.items():
        for column in table.schema:
            if str(column.type) == "date32[day]" and column.name not in expected and table.num_rows:
                last = pc.max(table[column.name]).as_py()
                assert last is None or last <= date(2020, 3, 31), (name, column.name)
        if "Year" in table.column_names and not name.startswith(("workforce", "social_workers")):
            assert set(pc.unique(table["Year"]).to_pylist()) <= {2018, 2019, 2020}, name


def test_what_ends_later_is_open_and_its_outcome_unknown(tables, cut):
    found = 0
    for name, end, unknown in (
        ("family_court_cases", "FinalOrderDate", "FinalOrder"),
        ("pre_proceedings", "PreProceedingsEnd", "Outcome"),
        ("early_help_episodes", "EndDate", "Outcome"),
    ):
        before, after = tables[name].to_pandas(), cut[name].to_pandas()
        key = list(schema.table(name).key)
        both = before.astype(dict.fromkeys(key, str)).merge(after.astype(dict.fromkeys(key, str)), on=key)
        later = both[f"{end}_x"] > date(2020, 3, 31)
        found += later.sum()
        assert both.loc[later, [f"{end}_y", f"{unknown}_y"]].isna().all().all(), name
        earlier = both[f"{end}_x"] <= date(2020, 3, 31)
        assert both.loc[earlier, f"{unknown}_y"].notna().all(), name
    assert found


def test_nobody_who_was_left_out_is_named(cut):
    for table in cut.values():
        for column in table.columns:
            if str(column.type).startswith("dictionary"):
                column = column.combine_chunks()
                assert len(pc.unique(column.indices.drop_null())) == len(column.dictionary)


def test_a_table_is_cut_by_another_that_was_not_asked_for(tables):
    assert window.needed(["early_help_services"], SEEN) == ["early_help_episodes", "early_help_services"]
    assert window.needed(["early_help_services"], window.Window()) == ["early_help_services"]
    made = {name: tables[name] for name in window.needed(["early_help_services"], SEEN)}
    one = window.cut(made, ["early_help_services"], SEEN)
    assert list(one) == ["early_help_services"]
    assert 0 < one["early_help_services"].num_rows < tables["early_help_services"].num_rows

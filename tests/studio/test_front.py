"""The front pages' fragments: minutes add up; versions and citation agree with what they tell of."""

import csv
import re
import sys

import pytest
import yaml

from catalyst import paths
from catalyst.release import schema
from catalyst.studio import catalogue, colophon, overview, own_extract, routes, versions


@pytest.fixture(scope="module")
def known():
    return overview.in_order(catalogue.chapters(), catalogue.contents())


def minutes(words: str) -> int:
    """'1 hour 50 minutes' as 110."""
    told = {unit: int(n) for n, unit in re.findall(r"(\d+) (hour|minute)", words)}
    return 60 * told.get("hour", 0) + told.get("minute", 0)


@pytest.mark.parametrize("profile", ["analyst", "economist", "epidemiologist", "student"])
def test_a_path_adds_up_and_names_only_chapters_that_are_planned(profile, known, root):
    text, total = routes.path(profile, known), 0
    rows = re.findall(r"^1\. \[(.+?)\]\(\.\./(.+?)\): .+, (\d+) minutes, (.+?) so far\)$", text, re.MULTILINE)
    assert len(rows) >= 4
    for _, notebook, own, so_far in rows:
        assert (root / notebook).is_file()
        total += int(own)
        assert minutes(so_far) == total
    assert f"In all {overview.hours(total)}:" in text
    asked = [row for row in catalogue.facts("profiles") if row["profile"] == profile]
    written = [row for row in asked if known[row["chapter"]].written]
    assert len(rows) == len(written) and len({row["chapter"] for row in asked}) == len(asked)
    assert total == sum(
        known[row["chapter"]].minutes("read")
        + (known[row["chapter"]].minutes("exercise") if row["part"] == "both" else 0)
        for row in written
    )


def test_the_cards_say_what_the_chapters_take(known):
    there = [chapter for chapter in known.values() if chapter.written]
    text = routes.cards(known)
    alone, coached, teaching = text.split("grid-item-card")[1:]
    assert f"{overview.hours(sum(c.minutes('read') for c in there))} of reading" in alone
    assert f"{overview.hours(sum(c.minutes('exercise') for c in there))} of exercises" in alone
    assert "6 sessions of 60 to 90 minutes" in coached and "6 hours to 9 hours together" in coached
    rows = [row for row in catalogue.facts("schedules") if row["plan"] == "one_day"]
    assert overview.hours(sum(int(row["minutes"]) for row in rows)) in teaching


def test_the_newest_version_of_the_data_is_the_present_one(root):
    """Data that are made again need a row in facts/data_versions.csv that says what changed."""
    here = paths.manifest(root / "data" / "synthetic")["content_hash"]
    rows = catalogue.facts("data_versions")
    assert rows[-1]["sha256"] == here, "say in facts/data_versions.csv what changed"
    assert [row["date"] for row in rows] == sorted(row["date"] for row in rows)
    assert len({row["sha256"] for row in rows}) == len(rows)
    news = (root / "book" / "whats_new.md").read_text(encoding="utf-8")
    assert here[: versions.SHOWN] in news, "say in book/whats_new.md what is new"
    heads = re.findall(r"^## (.+)$", news, re.MULTILINE)
    assert all(re.fullmatch(r"\d+ \w+ \d{4} · version [\d.]+ · data [0-9a-f]{16}", head) for head in heads)


def test_the_page_of_versions_says_what_the_manifest_says():
    here = {
        "version": "0.1",
        "content_hash": "b" * 64,
        "arguments": {"seed": 7, "children": 500, "authorities": 3},
        "tables": {"a": {"rows": 1000}, "b": {"rows": 234}},
    }
    rows = [{"date": f"2026-0{n}-01", "sha256": c * 64, "what": f"What {c}"} for n, c in ((1, "a"), (2, "b"))]
    text = versions.page(here, {"extract": here}, rows)
    assert (
        "version `bbbbbbbbbbbbbbbb`**: 2 tables with 1,234 rows, seed 7, 500 children, 3 authorities" in text
    )
    assert "| `extract` | `bbbbbbbbbbbbbbbb` | 1,234 |" in text
    newest, older = text.split("`bbbbbbbbbbbbbbbb`, **the present one**")[1].split("`aaaaaaaaaaaaaaaa`")
    assert "What b." in newest and "What a." in older


def test_the_citation_agrees_with_its_file(root):
    cff = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    text = colophon.citation(cff, "c" * 64)
    for value in (
        cff["title"],
        cff["version"],
        cff["authors"][0]["name"],
        str(cff["date-released"])[:4],
        "c" * 16,
    ):
        assert str(value) in text
    assert all(licence in text for licence in cff["license"])
    import catalyst

    assert cff["version"] == catalyst.__version__


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "has no address of its own yet"),
        ("https://example.org/new", "<https://example.org/new>"),
        ("mailto:a@example.org", "[a@example.org](mailto:a@example.org)"),
    ],
)
def test_a_report_goes_to_the_address_of_this_copy(address, words):
    assert words in colophon.report_address(address)


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("", "../book/report.html"),
        ("https://example.org/new", "https://example.org/new?title=Error%20on%20book/limits"),
        (
            "https://example.org/new?labels=book",
            "https://example.org/new?labels=book&title=Error%20on%20book/limits",
        ),
        ("mailto:a@example.org", "mailto:a@example.org?subject=Error%20on%20book/limits"),
    ],
)
def test_the_foot_of_a_page_leads_there_with_the_name_of_the_page(address, where, root, monkeypatch):
    monkeypatch.syspath_prepend(str(root / "book" / "_ext"))
    import course_report

    assert course_report.target(address, "book/limits", "../book/report.html") == where
    del sys.modules["course_report"]


def test_supplied_columns_are_of_columns_that_the_course_has():
    tables = schema.every()
    with (catalogue.FACTS / "supplied_columns.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len({(row["table"], row["column"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["table"] in tables, row
        assert row["column"] == own_extract.EVERY_COLUMN or row["column"] in tables[row["table"]].columns, row
        assert row["supplied"] or row["how"], row
        assert row["source"] or not row["supplied"], row


def test_the_page_maps_what_each_chapters_code_names(known):
    there = [chapter for chapter in known.values() if chapter.written]
    text = own_extract.page(there, schema.every(), catalogue.facts("supplied_columns"))
    parts = dict(re.findall(r"^## (.+?)$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL))
    flagship = {chapter.id: parts[chapter.title] for chapter in there if chapter.id in ("t1", "t2", "t5")}
    assert "- `CPPstartDate`: `CIN_CPPstartDate`" in flagship["t1"]
    assert "- `RNE`: `CLA_reason_for_new_episode`" in flagship["t1"]
    assert (
        "- `FSMeligible`: `FSMeligible_SPRyy`" in flagship["t2"] and "`RelativeLowIncome`" in flagship["t2"]
    )
    assert "- `UnauthorisedAbsence_Spring`: `UnauthorisedAbsence_Spring_ABnn`" in flagship["t5"]
    assert "`KS4_ATT8`" not in flagship["t1"]
    assert set(parts) == {"The keys, in every chapter", *(chapter.title for chapter in there)}


def test_the_function_that_takes_the_place_of_load_does_what_the_page_says(root):
    import pandas as pd

    page = (root / "book" / "own_extract.md").read_text(encoding="utf-8")
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", page, re.DOTALL)[1], names)
    row = {"CIN_LA": 501, "CIN_LAchildID_anon": "a", "CIN_ACADYR": 2025, "CIN_CPPstartDate": "2024-05-01"}
    row |= {"CIN_CPPendDate": None, "CIN_InitialCategoryOfAbuse": "NEG", "CIN_PrimaryNeedCode": "N1"}
    without = row | {"CIN_CPPstartDate": None}
    plans = names["load_plans"](pd.DataFrame([row, row, without]))
    assert len(plans) == 1 and plans["LEA"].item() == "501"
    assert plans["CPPstartDate"].item() == pd.Timestamp("2024-05-01") and plans["CPPendDate"].isna().all()
    columns = set(schema.every()["cin_child_protection_plans"].columns)
    assert set(plans.columns) <= columns

"""The data dictionary of the book: it names all that the schema knows, what is ours and what is empty."""

import json
import re

import pytest

from catalyst.release import schema
from catalyst.studio import dictionary, joins

ROWS = {name: 1_000 + place for place, name in enumerate(schema.tables())}


@pytest.fixture(scope="module")
def page() -> str:
    return "\n".join(dictionary.pages(ROWS).values())


def definition(page: str, column: str) -> str:
    return page[page.index(f"\n`{column}` (") + 1 :].split("\n\n")[0]


@pytest.mark.parametrize("name", ROWS)
def test_every_table_column_and_code_is_on_the_page(page, name):
    table = schema.table(name)
    start = page.index(f"\n## {table.title}\n")
    section = page[start:].split("\n(table-")[0]
    assert f"**Load as:** `{name}`" in section
    assert f"({ROWS[name]:,} rows)" in section
    assert all(f"`{key}`" in section for key in table.key)
    for column in table.columns.values():
        shared = dictionary.is_shared(column)
        assert column.description in definition(page if shared else section, column.name)
        assert f"`{column.name}`" in section
        for code, meaning in column.codes.items() if column.kind == "code" else ():
            assert f"`{code}`" in section
            assert meaning.text in section


def test_every_table_is_linked_from_the_top(page):
    for name in ROWS:
        anchor = f"table-{name.replace('_', '-')}"
        assert f"(#{anchor})" in page
        assert f"({anchor})=" in page


def test_every_list_of_codes_has_a_header_row_and_every_fold_is_closed(page):
    assert page.count("| Code | Meaning |\n|---|---|") == len(
        re.findall(r"\{dropdown\} The \d+ codes of ", page)
    )
    assert page.count(":::{dropdown}") == len(re.findall(r"^:::$", page, re.MULTILINE))


def test_it_says_what_is_ours_what_is_empty_and_since_when(page):
    assert "Ours: the real return has no such column" in definition(page, "IDACIDecile")
    assert "a linked extract adds it" in definition(page, "PupilMatchingRefAnonymous")
    assert "Always empty" in definition(page, "HOME_POST")
    assert "Always empty" not in definition(page, "URN")
    assert "Ours" not in definition(page, "URN")
    assert "| `18B` | Physical abuse, child on child (from the 2021-22 return) |" in page, "since when"
    assert "Male (to the 2023-24 return)" in definition(page, "GenderCurrent")


def test_nothing_is_left_of_the_making(page):
    # "None" is a word of the returns too; as Python's it would stand alone in a cell or after a colon.
    words = re.sub(r"\{(dropdown|figure)\}", "", page)
    assert not re.search(r"(\| |: )None( \||$)|\bnan\b|\{[a-z_.]+\}(?!`)", words, re.MULTILINE)
    assert not re.search(r"\.\.(?![/\d])", page)


def test_only_the_tables_of_the_release_are_described():
    page = "\n".join(dictionary.pages({"cin_reviews": 7}).values())
    assert "Reviews of protection plans" in page
    assert "Episodes of care" not in page


def test_pages_are_written_for_the_release_in_use(tmp_path, monkeypatch):
    manifest = {"tables": {"authorities": {"rows": 24}}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    monkeypatch.setenv("CATALYST_DATA", str(tmp_path))
    dictionary.write_pages(tmp_path / "pages")
    written = (tmp_path / "pages" / "dictionary_places.md").read_text(encoding="utf-8")
    assert "one authority (24 rows)" in written


def test_every_table_stands_on_exactly_one_page():
    sources = [source for _, some in dictionary.PAGES.values() for source in some]
    assert len(sources) == len(set(sources))
    assert {table.source for table in schema.tables().values()} <= set(sources)


def test_the_diagram_of_joins_shows_the_keys_that_the_schemas_hold():
    groups = dictionary._groups(ROWS)
    lanes = joins.grid(groups)
    assert lanes["Children in need census"]["Child in an authority"] == 10
    assert lanes["Authorities"] == {**dict.fromkeys(joins.KEYS, 0), "Authority": 1}
    drawn = joins.diagram(groups)
    assert drawn.count("<circle") == sum(bool(n) for counts in lanes.values() for n in counts.values())
    alt = joins.figure(groups)[2]
    assert alt.startswith(":alt: ")
    assert all(title in alt for title, counts in lanes.items())


def test_project_extracts_have_a_page_with_their_sample_and_weights():
    tables = {"cin_plan_dates": {"rows": 5}, "project_sample": {"rows": 4}}
    asked = {"children": 9_000, "authorities": 3, "project": "plans_before_care"}
    made = dictionary.pages(ROWS, {"plans_before_care": {"arguments": asked, "tables": tables}})
    page = made[dictionary.PROJECTS]
    assert 'load("cin_plan_dates", project="plans_before_care")' in page
    assert "9,000 children" in page
    assert "(#table-cin-plan-dates), `cin_plan_dates`: 5 rows" in page
    assert "(table-project-sample)=" in page
    assert "For how many children this one stands" in definition(page, "Weight")
    assert f"[here]({dictionary.PROJECTS}.md)" in made["data_dictionary"]
    assert "course.py data --project NAME" in dictionary.pages(ROWS)[dictionary.PROJECTS]

"""The data landscape: each statement has its source or says what it is, and pages follow from the files."""

import re
import tomllib
from pathlib import Path

import pytest

from catalyst.errors import CourseError
from catalyst.studio import agenda, catalogue, landscape, landscape_pages
from catalyst.studio.landscape import Entry, Statement

FACTS = catalogue.FACTS


def test_the_files_hold_together():
    assert landscape.faults() == []


def test_the_agendas_datasets_and_challenges_are_all_there():
    nations = [entry.nation for entry in landscape.entries("datasets").values()]
    assert [nations.count(nation) for nation in ("England", "Scotland", "Wales")] == [5, 2, 5]
    assert [entry.place for entry in landscape.entries("challenges").values()] == list(range(1, 7))
    assert set(landscape.entries("environments")) == {"srs", "sail", "edris", "nisra"}


def test_the_files_are_part_of_the_package(root):
    package = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    patterns = package["tool"]["setuptools"]["package-data"]["catalyst"]
    packed = {path for pattern in patterns for path in FACTS.parent.glob(pattern)}
    assert set(FACTS.rglob("*.yaml")) <= packed


@pytest.fixture
def spoil(tmp_path):
    """``spoil(file, old, new)`` copies one file with a change, and a whole environment beside it."""

    def change(file: str, old: str, new: str) -> Path:
        for name in ("environments/srs.yaml", file):
            text = (FACTS / name).read_text(encoding="utf-8")
            if name == file:
                assert old in text
                text = text.replace(old, new, 1)
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path

    return change


GUIE = "datasets/guie.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        (GUIE, "      source: adruk2020guie\n", "", "coverage, statement 2: a fact needs a source"),
        (GUIE, "source: adruk2020guie", "source: nobody2020", "'nobody2020' is not in book/references.bib"),
        (
            GUIE,
            "- missing: We found no synthetic version.",
            "- ours: ''",
            "synthetic, statement 1: it is to be",
        ),
        (GUIE, "- missing: We found no synthetic version.", "[]", "nothing is said on 'synthetic'"),
        (
            GUIE,
            "- missing: We found no synthetic version.",
            "- ours: None\n      source: onsproject",
            "no source",
        ),
        (GUIE, "  synthetic:\n", "  synthesis:\n", "'synthesis' is no topic"),
        (
            GUIE,
            "      brief: No percentage found; ONS calls the rate high\n",
            "",
            "'rates' has 0 short forms",
        ),
        (GUIE, '["9.1"]', '["9.99"]', "question '9.99' stands there 1 times, or is none of the agenda"),
        (GUIE, '["9.1"]', '["2.1"]', "question '2.1' stands there 2 times"),
        (GUIE, '["9.1"]', "[9.1]", "question 9.1 needs quotation marks"),
        (GUIE, '"2.3", ', "", "agenda_answers.csv names it for question 2.3, which is not listed"),
        (GUIE, "known_as: GUIE", "known_as: GUI", "agenda_answers.csv names no dataset 'GUI'"),
        (GUIE, "household_snapshot]", "household_survey]", "'household_survey' is no synthetic table"),
        (GUIE, "environment: srs", "environment: cloud", "the environment 'cloud' has no file"),
        (GUIE, "nation: England", "nation: Albion", "'Albion' is no nation"),
        (GUIE, "short: GUIE\n", "", "'short' is missing"),
        (GUIE, "short: GUIE\n", "short: GUIE\ncolour: red\n", "'colour' is not known"),
        ("challenges/services.yaml", "id: t6", "id: t66", "chapter 't66' is not planned"),
        ("challenges/services.yaml", '"6.2"', '"6.22"', "question '6.22' stands there"),
        ("environments/srs.yaml", "source: onsaccess", "sauce: onsaccess", "'sauce' is not known"),
    ],
)
def test_a_spoilt_file_is_told(spoil, file, old, new, told):
    found = landscape.faults(spoil(file, old, new))
    assert any(fault.startswith(f"{file}: ") and told in fault for fault in found), found


def test_two_files_at_one_place_are_told(spoil):
    folder = spoil("datasets/leo.yaml", "place: 3", "place: 1")
    spoil(GUIE, "place: 1", "place: 1")
    assert "datasets/leo.yaml: another file stands at place 1." in landscape.faults(folder)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("place: [1\n", "datasets/x.yaml cannot be read near line 2"),
        ("- 1\n", "is to hold names with values"),
    ],
)
def test_a_file_that_is_no_yaml_is_one_sentence(tmp_path, text, told):
    (tmp_path / "datasets").mkdir()
    (tmp_path / "datasets" / "x.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CourseError, match=re.escape(told)):
        landscape.faults(tmp_path)


def test_nothing_is_written_while_something_is_wrong(tmp_path, monkeypatch):
    monkeypatch.setattr(landscape_pages, "faults", lambda: ["datasets/x.yaml: a fact needs a source."])
    with pytest.raises(CourseError, match=r"before this is mended: datasets/x\.yaml: a fact needs"):
        landscape_pages.write_pages(tmp_path, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Every page by its name, as made for a project without chapters."""
    folder = tmp_path_factory.mktemp("landscape")
    landscape_pages.write_pages(folder, folder)
    return {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}


def test_every_page_is_in_the_contents(pages):
    there = {Path(name).name for name in catalogue.contents() if Path(name).name.startswith("landscape")}
    assert there == set(pages)


def test_a_dataset_page_says_all_that_its_file_says(pages):
    for name, entry in landscape.entries("datasets").items():
        text = pages[f"landscape_{name}"]
        for statements in entry.facts.values():
            for statement in statements:
                assert statement.words.removesuffix(".") in text
                assert not statement.sources or f"{{cite:p}}`{','.join(statement.sources)}`" in text
        assert all(f"(#agenda-{identity.replace('.', '-')})" in text for identity in entry.ids())
        tables = [table for part in entry.stands_in for table in part["tables"]]
        assert all(f"(#table-{table.replace('_', '-')})" in text for table in tables)
        assert re.findall(r"^## (.+)$", text, re.MULTILINE)[1:14] == list(
            landscape.TOPICS["datasets"].values()
        )


def test_the_three_kinds_of_statement_can_be_told_apart():
    said = landscape_pages._said
    assert said(Statement("It is so.", "text", ("a", "b"))) == "It is so {cite:p}`a,b`."
    assert said(Statement("It may be so.", "ours")) == "*Our reading:* It may be so."
    assert said(Statement("We found no year.", "missing")) == "We found no year."
    assert said(Statement("How was not there.", "missing")) == "*Not found:* How was not there."


def test_the_comparison_follows_from_the_files(pages):
    text = pages["landscape_comparison"]
    head, *rows = [
        row.split("\n  - ") for row in re.split(r"^\* - ", text.rstrip(":\n"), flags=re.MULTILINE)[1:]
    ]
    every = landscape.entries("datasets")
    assert len(rows) == len(every) == 12
    for row, entry in zip(rows, every.values(), strict=True):
        assert row[0].startswith(f"[{entry.short}](landscape_{entry.id}.md)")
        # On a narrow screen, where there is no head, each cell says what it is.
        assert [cell.split(":]")[0].strip("[") for cell in row[1:]] == [name.strip() for name in head[1:]]
        assert all(entry.brief(topic) in "".join(row) for topic in landscape.COMPARED)
    assert "[Held in:]{.card-label} [eDRIS](#environment-edris) (our reading)" in text


def test_the_index_lists_what_was_not_found(pages):
    text = pages["landscape"].split("## What we looked for and did not find")[1]
    for entry in landscape.entries("datasets").values():
        absent = [s.words for said in entry.facts.values() for s in said if s.kind == "missing"]
        assert all(f"- {words}" in text for words in absent)
        assert not absent or f"{entry.short}: {len(absent)}" in text


def test_the_index_counts_questions_by_theme(pages):
    part = re.search(r"^\[4 SEND\]\(#theme-4\)\n: (.+)$", pages["landscape"], re.MULTILINE)
    assert part[1] == "[ECHILD](landscape_echild.md) (5 of 5)."


def test_each_environment_names_its_datasets(pages):
    parts = re.split(r"^\(environment-(\w+)\)=$", pages["landscape_environments"], flags=re.MULTILINE)[1:]
    for name, text in zip(parts[::2], parts[1::2], strict=True):
        named = set(re.findall(r"\(landscape_(\w+)\.md\)", text))
        assert named == {e.id for e in landscape.entries("datasets").values() if e.environment == name}


def test_a_challenge_links_the_chapters_that_are_written(pages):
    assert "Linking records (*chapter in preparation*): From a link" in pages["landscape_challenges"]
    text = landscape_pages.challenges_page(catalogue.chapters())
    assert "[Linking records](../../notebooks/f2_linking_records.ipynb): From a link" in text
    assert text.count("### Whom it hides") == 6


def test_the_agendas_questions_lead_to_the_datasets():
    text = agenda.questions_page(catalogue.chapters())
    part = text.split("\n### 1.3\n")[1].split("\n### ")[0]
    assert "Elsewhere in the UK\n: [Child Protection, Scotland](landscape_cp_scotland.md); " in part
    part = text.split("\n### 2.1\n")[1].split("\n### ")[0]
    assert "](landscape_guie.md); CIN census (in" in part and "Elsewhere" not in part


def test_an_entry_has_what_its_file_has_and_no_more():
    entry = Entry("x", {}, {"name": "A name"})
    assert entry.name == "A name"
    with pytest.raises(AttributeError, match="colour"):
        _ = entry.colour

"""Official exports of a small world: the rules hold, the files are whole, and bad input is one sentence."""

import csv
import io
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.records.columns import Codes, Days
from catalyst.records.ssda903_periods import told_apart
from catalyst.release import schema, write
from catalyst.release.official import describe, export, judge, layout, mends, slices
from catalyst.world import codes


def asked_of(spec) -> dict:
    return {"children": spec.children, "seed": spec.seed, "authorities": spec.authorities}


@pytest.fixture(scope="module")
def lived(small_lives):
    return small_lives


@pytest.fixture
def quick(monkeypatch, lived):
    """A make_export that does not live the world again."""

    def instead(spec, kind, year, progress=None):
        return slices.records(lived, kind, year), lived.places

    monkeypatch.setattr(slices, "of_world", instead)
    # What the rules say is proved below, and takes seconds.
    monkeypatch.setattr(export, "read_back", lambda kind, files: {})
    monkeypatch.setattr(judge, "broken", lambda kind, returns: {})
    make = export.make_export
    return lambda out, **asked: make(out, **{**asked_of(lived.spec), **asked})


@pytest.mark.parametrize(
    ("kind", "year"),
    [
        ("cin", 2025),
        ("ssda903", 2025),
        ("cin", 2016),
        ("ssda903", 2022),
        *(
            pytest.param(kind, year, marks=pytest.mark.slow)
            for kind, years in {"cin": (2015, 2019, 2022), "ssda903": (2015, 2016, 2019)}.items()
            for year in years
        ),
    ],
)
def test_no_rule_of_error_level_fires(lived, kind, year):
    returns = slices.by_authority(slices.records(lived, kind, year), kind, lived.places.code, lived.spec.seed)
    files = {}
    for (code, of), frames in returns.items():
        files |= export.of_authority(kind, code, of, frames)
    read = export.read_back(kind, files)
    broken = judge.broken(kind, read)
    assert {rule for rule in broken if not judge.is_query(rule)} == set()
    assert set(broken) <= {row["rule"] for row in judge.unruly(kind)}, "a query that fires has its reason"
    most = "ChildIdentifiers" if kind == "cin" else "Episodes"
    assert sum(len(frames[most]) for frames in read.values()) > 15, "enough to show a fault"


def test_the_files_of_the_return_on_children_looked_after(quick, tmp_path):
    made = quick(tmp_path / "out", official="ssda903", year=2024)
    for code in ("501", "502", "503"):
        assert not (tmp_path / "out" / code / "2023" / "SWEpisodes.csv").exists(), "asked for from 2023-24 on"
        for name, columns in layout.files("ssda903", 2024).items():
            text = (tmp_path / "out" / code / "2024" / f"{name}.csv").read_text(encoding="utf-8")
            assert text.split("\n")[0] == ",".join(columns)
            assert not re.search(r"\d{4}-\d\d-\d\d|nan|NaT|None|-1", text), "dd/mm/yyyy, and blanks are blank"
    assert set(made["files"]) | {"manifest.json"} == {
        path.relative_to(tmp_path / "out").as_posix()
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert "PL_LOCATION" not in layout.files("ssda903", 2024)["Episodes"]


def test_the_files_of_the_census(quick, tmp_path):
    quick(tmp_path / "out", official="cin", year=2023)
    folder = tmp_path / "out" / "502"
    assert (folder / "CIN_2023_502.xml").read_bytes().startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    text = (folder / "csv" / "CINdetails.csv").read_text(encoding="utf-8")
    assert re.search(r"\d{4}-\d\d-\d\d", text)
    assert not re.search(r"\d\d/\d\d/\d{4}|nan|NaT|None", text)


def test_children_have_the_numbers_of_the_core_release(quick, tmp_path, lived):
    from catalyst.release import extract

    quick(tmp_path / "out", official="cin", year=2021)
    table = extract.assemble(
        extract.records_of(lived, ()), lived.places, lived.spec.seed, ["cin_child_identifiers"]
    )["cin_child_identifiers"].to_pandas()
    core = set(table.loc[(table["Year"] == 2021) & (table["LEA"] == "503"), "LAchildID"])
    text = (tmp_path / "out" / "503" / "csv" / "ChildIdentifiers.csv").read_text(encoding="utf-8")
    assert {row["LAchildID"] for row in csv.DictReader(io.StringIO(text))} == core


def test_equal_arguments_make_equal_files_and_do_not_make_them_twice(quick, tmp_path, monkeypatch):
    first = quick(tmp_path / "a", official="ssda903", year=2020)
    assert quick(tmp_path / "b", official="ssda903", year=2020) == first
    monkeypatch.setattr(write, "folder", None)
    assert json.loads(json.dumps(first)) == quick(tmp_path / "a", official="ssda903", year=2020)


def test_what_fires_is_told_in_the_readme(quick, tmp_path, monkeypatch):
    monkeypatch.setattr(judge, "broken", lambda kind, returns: {"2991Q": {2025: 13}, "8930": {2025: 1}})
    made = quick(tmp_path / "out", official="cin", year=2025)
    assert list(made["rules_broken"]) == ["2991Q", "8930"]
    text = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "**2991Q** (query; rows: 13 in 2025)" in text and "slicing drops an assessment" in text
    assert "**8930** (error; rows: 1 in 2025)" in text and "not explained: please tell us" in text


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"official": "s251", "year": 2025}, "There is no official return 's251': choose cin or ssda903."),
        ({"official": "cin", "year": 2014}, "There is no return for 2014"),
        ({"official": "cin", "year": 2026}, "from 2015 to 2025"),
        ({"official": "cin", "year": 2025, "children": 20}, "20 children are too few for 3 authorities"),
    ],
)
def test_what_cannot_be_made_is_refused(quick, tmp_path, asked, sentence):
    with pytest.raises(CourseError, match=re.escape(sentence)):
        quick(tmp_path / "out", **asked)
    assert not (tmp_path / "out").exists()


def test_an_authority_without_children_is_named(quick, tmp_path, monkeypatch, lived):
    tables = slices.records(lived, "ssda903", 2025)
    places = replace(lived.places, code=np.array([*lived.places.code, "504"]))
    monkeypatch.setattr(slices, "of_world", lambda *_: (tables, places))
    with pytest.raises(CourseError) as error:
        quick(tmp_path / "out", official="ssda903", year=2025)
    assert str(error.value) == (
        "Authority 504 has no child in the SSDA903 of 2025: "
        "ask for more --children or for fewer --authorities."
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_is_left_alone(quick, tmp_path):
    quick(tmp_path / "out", official="cin", year=2025)
    with pytest.raises(CourseError, match="holds another export or release"):
        quick(tmp_path / "out", official="cin", year=2024)
    (tmp_path / "out" / "501" / "CIN_2025_501.xml").unlink()
    with pytest.raises(CourseError, match=r"has lost '501/CIN_2025_501\.xml'"):
        quick(tmp_path / "out", official="cin", year=2025)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(CourseError, match="is not empty and holds no finished export"):
        quick(tmp_path / "mine", official="cin", year=2025)


def test_a_disk_that_fills_leaves_nothing(quick, tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write.os, "fsync", full)
    with pytest.raises(CourseError, match="the disk is full"):
        quick(tmp_path / "out", official="ssda903", year=2025)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("--official xml --out x", "--official takes cin or ssda903, not 'xml'."),
        (
            "--official cin --year 2014 --out x",
            "--year must be a whole number from 2,015 to 2,025; 2014 is too small.",
        ),
        (
            "--official cin --year last --out x",
            "--year must be a whole number from 2,015 to 2,025, not 'last'.",
        ),
        (
            "--year 2020 --out x",
            "--year belongs to --official: name the return as well, for example --official cin.",
        ),
        ("--official cin", "Say where the official files are to go with --out FOLDER."),
        (
            "--official cin --tables cin_details --out x",
            "--official writes one whole return in its own layout: leave --tables out.",
        ),
    ],
)
def test_the_command_line_refuses_in_one_sentence(words, sentence, capsys):
    assert cli.main(["data", *words.split()]) == 2
    assert capsys.readouterr().err == sentence + "\n"


def test_the_command_line_makes_an_export(quick, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(export, "make_export", lambda out, **asked: quick(out, **asked))
    words = "data --official SSDA903 --year 2022 --children 1200 --authorities 3 --seed 8 --out"
    assert cli.main([*words.split(), str(tmp_path / "out")]) == 0
    assert "no tested rule fires" in capsys.readouterr().out
    assert (tmp_path / "out" / "501" / "2021" / "Episodes.csv").is_file()


def test_every_number_of_the_dictionaries_is_told():
    """Each rule that the data dictionary of a return names is in the list beside its exports."""
    for kind in layout.RETURNS:
        told = {
            part.lower().rstrip("q") for r in judge.every_rule(kind) for part in re.split(r"[/ -]", r.rule)
        }
        pattern = (
            r"(?<![0-9/+-])([1-9][0-9]{3}Q?)(?![0-9/])" if kind == "cin" else r"\b([1-6][0-9]{2}[a-c]?)\b"
        )
        source = "cin" if kind == "cin" else "903"
        named = {
            number.lower().rstrip("q")
            for table in schema.tables().values()
            if table.source == source
            for column in table.columns.values()
            for number in re.findall(pattern, column.note)
        }
        years = {str(year) for year in range(2013, 2027)}
        assert named - years - told - {"350", "280"} == set()
        assert len(named) > 80


def test_no_rule_is_told_twice():
    for kind in layout.RETURNS:
        rules = [rule.rule for rule in judge.every_rule(kind)]
        assert len(set(rules)) == len(rules)
        lines = list(csv.reader(io.StringIO(describe.rules_file(kind).decode())))
        assert lines[0] == list(judge.Known._fields) and len(lines) == len(rules) + 1


class TestMends:
    def test_moves_that_no_column_shows_are_one_episode(self, lived):
        log = lived.care_episodes
        n = 4
        other, foster, a5 = (codes.PLACE.index(code) for code in ("Z1", "U4", "A5"))
        made = {name: np.full(n, -1, dtype=column.dtype) for name, column in log.items()}
        made |= {
            "child": np.array([1, 1, 1, 1]),
            "period": np.ones(n, dtype=int),
            "decom": np.array([100, 200, 300, 400]),
            "dec": np.array([200, 300, 400, -1]),
            "rec": np.array([0, 0, 0, -1]),
            "rne": np.array([codes.RNE.index(code) for code in "SPPP"]),
            "place": np.array([other, other, foster, a5]),
            "place_change": np.array([0, 5, 7, -1]),
        }
        mended = told_apart(made)
        assert mended["decom"].tolist() == [100, 300, 400]
        assert mended["dec"].tolist() == [300, 400, -1]
        assert mended["place_change"].tolist() == [5, 7, -1]
        assert [codes.RNE[i] for i in mended["rne"]] == ["S", "P", "T"]

    def test_nobody_is_born_on_the_29th_of_february(self):
        days = np.array(["2004-02-28", "2004-02-29", "2005-02-28", "2005-03-29"], dtype="datetime64[D]")
        moved = mends.birthday(days.astype(np.int32)).astype("datetime64[D]").astype(str)
        assert moved.tolist() == ["2004-02-28", "2004-03-01", "2005-02-28", "2005-03-29"]

    def test_a_man_and_a_woman_are_married_up_to_2019_20(self):
        adopters = {
            "Year": np.array([2020, 2021, 2020]),
            "LS_ADOPTR": Codes(np.array([1, 1, 1]), ("L11", "L2")),
            "SEX_ADOPTR": Codes(np.array([0, 0, 1]), ("MF", "FF")),
        }
        assert mends.of_tables({"AD1": adopters})["AD1"]["LS_ADOPTR"].index.tolist() == [0, 1, 1]

    def test_the_latest_social_worker_is_still_there(self):
        workers = {
            "stint": np.array([1, 1, 1, 2], dtype=np.uint64),
            "Year": np.array([2024, 2024, 2025, 2024]),
            "SW_DECOM": Days(np.array([10, 20, 20, 5])),
            "SW_DEC": Days(np.array([20, 30, 30, 9])),
        }
        assert mends.of_tables({"SWEpisodes": workers})["SWEpisodes"]["SW_DEC"].days.tolist() == [
            20,
            -1,
            -1,
            -1,
        ]

    def test_no_review_on_the_first_day_of_a_cin_plan(self):
        days = pd.to_datetime(["2024-12-02", "2024-12-03", "2024-12-02"])  # a Monday, a Tuesday
        reviews = pd.DataFrame({"LAchildID": ["A", "A", "B"], "Year": 2025, "CPPreviewDate": days})
        plans = pd.DataFrame({"LAchildID": ["A"], "Year": 2025, "CINPlanStartDate": days[:1]})
        moved = mends.of_census({"Reviews": reviews, "CINplanDates": plans})["Reviews"]["CPPreviewDate"]
        assert moved.dt.strftime("%d").tolist() == ["29", "03", "02"]

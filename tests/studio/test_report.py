"""The report on a release: its counts, whether its files are whole, and its figures beside published ones."""

import json

import pandas as pd
import pyarrow.parquet as parquet
import pytest

from catalyst import cli
from catalyst.release import make
from catalyst.studio import report

ASKED = {"children": 1_000, "seed": 8, "authorities": 2}
TABLES = ["authorities", "authority_years", "cin_details", "cin_child_protection_plans", "ssda903_episodes"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("release") / "mine"
    make.make_release(out, **ASKED, tables=TABLES)
    return out


@pytest.fixture(scope="module")
def as_text(folder, tmp_path_factory):
    """The same release as CSV, in parts."""
    from catalyst.release import describe, manifest, parts, schema

    told = json.loads((folder / "manifest.json").read_text())
    out = tmp_path_factory.mktemp("text") / "mine"
    for name in told["tables"]:
        table = report.read(folder / f"{name}.parquet", schema.table(name))
        half = table.num_rows // 2
        pieces = [table] if name in TABLES[:2] else [table.slice(0, half), table.slice(half)]
        for number, piece in enumerate(pieces):
            path = out / f"{name}.csv" if len(pieces) == 1 else parts.part_file(out, name, number, "csv")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(parts.contents(piece, "csv"))
        if len(pieces) > 1:
            made = [(piece.num_rows, manifest.content_hash(piece)) for piece in pieces]
            told["tables"][name] = manifest.entry_of_parts(made, table.num_columns)
    told = manifest.summary(told["tables"], {**told["arguments"], "format": "csv", "in_one": False})
    assert describe.readme(told)
    (out / "manifest.json").write_text(manifest.text(told))
    return out


def test_it_tells_counts_and_hashes(folder, capsys):
    assert cli.main(["report", str(folder)]) == 0
    said = capsys.readouterr().out
    told = json.loads((folder / "manifest.json").read_text())
    assert f"Content hash {told['content_hash']} (as the files give it)." in said
    assert "1,000 children, 2 authorities, seed 8" in said
    rows = told["tables"]["cin_details"]["rows"]
    assert f"{rows:,}" in next(line for line in said.splitlines() if line.startswith("cin_details "))
    assert "referral rate" in said
    assert "are not findings" in said


def test_figures_are_what_the_tables_give(folder):
    told = json.loads((folder / "manifest.json").read_text())
    table = report.figures(folder, told).set_index(["figure", "years"])
    years = parquet.read_table(folder / "authority_years.parquet").to_pandas()
    last = years[years["Year"] == 2025].sum(numeric_only=True)
    plans = table.loc[("protection plan rate", "2025"), "here"]
    assert plans == pytest.approx(1e4 * last["ChildrenOnPlans"] / last["Children"], rel=0.03)
    cared = table.loc[("looked after rate", "2025"), "here"]
    assert cared == pytest.approx(1e4 * last["ChildrenLookedAfter"] / last["Children"], rel=0.03)
    referred = table.loc[("referral rate", "2025"), "here"]
    assert referred == pytest.approx(1e4 * last["Referrals"] / last["Children"], rel=0.03)


def test_text_in_parts_gives_the_same_figures(folder, as_text, capsys):
    one, other = (
        report.figures(path, json.loads((path / "manifest.json").read_text())) for path in (folder, as_text)
    )
    pd.testing.assert_frame_equal(one, other)
    assert cli.main(["report", str(as_text)]) == 0
    assert "as the files give it" in capsys.readouterr().out


def test_a_changed_file_is_found(as_text, capsys):
    path = as_text / "cin_details" / "part-00001.csv"
    before = path.read_text()
    path.write_text(before.replace(",2025,", ",2024,", 1))
    try:
        assert cli.main(["report", str(as_text)]) == 1
        said = capsys.readouterr().out.splitlines()
        wrong = [line.split()[0] for line in said if "NOT WHAT THE FILES HOLD" in line]
        assert wrong == ["cin_details"]
        assert cli.main(["report", str(as_text), "--quick"]) == 0
        path.unlink()
        assert cli.main(["report", str(as_text)]) == 1
        path.write_text("a,b\n1,2\n")
        capsys.readouterr()
        assert cli.main(["report", str(as_text)]) == 2
        assert "cannot be read" in capsys.readouterr().err
    finally:
        path.write_text(before)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"arguments": {}, "tables": {}}'])
def test_a_folder_without_a_release_is_refused(tmp_path, content, capsys):
    if content:
        (tmp_path / "manifest.json").write_text(content)
    assert cli.main(["report", str(tmp_path)]) == 2
    assert "There is no finished release in" in capsys.readouterr().err

"""The committed teaching extract is what its seed gives today, and its files are what its manifest says."""

import json

import pyarrow.parquet as parquet
import pytest

from catalyst import paths
from catalyst.release import extract, manifest
from catalyst.world.life import Spec

DATA = paths.root() / "data" / "synthetic"


@pytest.fixture(scope="module")
def committed() -> dict:
    return json.loads((DATA / "manifest.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def made_again(committed) -> dict:
    asked = committed["arguments"]
    spec = Spec(seed=asked["seed"], children=asked["children"], authorities=asked["authorities"])
    return extract.release_tables(spec)


def test_the_same_seed_gives_the_committed_content(committed, made_again):
    again = manifest.build(made_again, committed["arguments"])
    changed = [name for name, entry in again["tables"].items() if entry != committed["tables"][name]]
    assert not changed, "make the data again: remove data/synthetic, then python3 course.py data"
    assert again["content_hash"] == committed["content_hash"]


def test_the_files_hold_what_the_manifest_says(committed):
    for name, entry in committed["tables"].items():
        table = parquet.read_table(DATA / f"{name}.parquet")
        assert manifest.content_hash(table) == entry["sha256"], name
        assert table.num_rows == entry["rows"]


def test_it_is_small():
    sizes = [file.stat().st_size for file in DATA.iterdir()]
    assert sum(sizes) < 30e6
    assert max(sizes) < 5e6

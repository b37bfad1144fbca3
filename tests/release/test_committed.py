"""The committed extracts are what their seeds give today, and their files what their manifests say."""

import json

import pandas as pd
import pyarrow.parquet as parquet
import pytest

from catalyst import paths
from catalyst.release import extract, manifest, projects
from catalyst.world.life import Spec, World

DATA = paths.root() / "data" / "synthetic"
PROJECTS = sorted(path.parent for path in (DATA.parent / "projects").glob("*/manifest.json"))
SAMPLED = [folder for folder in PROJECTS if projects.find(folder.name).event]


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


@pytest.mark.parametrize("folder", [DATA, *PROJECTS], ids=lambda folder: folder.name)
def test_the_files_hold_what_the_manifest_says(folder):
    for name, entry in paths.manifest(folder)["tables"].items():
        table = parquet.read_table(folder / f"{name}.parquet")
        assert manifest.content_hash(table) == entry["sha256"], name
        assert table.num_rows == entry["rows"]


def test_they_are_small():
    sizes = [file.stat().st_size for folder in (DATA, *PROJECTS) for file in folder.iterdir()]
    assert sum(sizes) < 30e6
    assert max(sizes) < 5e6


def world_of(folder) -> tuple[projects.Project, Spec]:
    asked = paths.manifest(folder)["arguments"]
    spec = Spec(seed=asked["seed"], children=asked["children"], authorities=asked["authorities"])
    return projects.find(asked["project"]), spec


@pytest.mark.parametrize("folder", SAMPLED, ids=lambda folder: folder.name)
def test_some_families_of_a_project_live_again_as_committed(folder):
    """Whoever is in the sample and of these families has the very rows that are committed, and no others."""
    project, spec = world_of(folder)
    world, sources = World(spec), extract.sources_of(project.tables)
    lives = world.live(world.blocks()[0][:3_000])
    records = extract.join(world, [extract.records_of(lives, sources)], sources)
    made = extract.assemble(records, world.places, spec.seed, project.tables)
    made = projects.cut(project, made, spec.seed)
    inside = projects.inside(project, made, made[project.sample])
    made = extract.frames(made)
    assert set(made[project.sample]["Event"]) == {0, 1}
    for name, table in made.items():
        column = next((c for c in inside if c in table), None)
        if column:
            kept = extract.frames({name: parquet.read_table(folder / f"{name}.parquet")})[name]
            kept = kept[kept[column].isin(inside[column].to_pylist())].reset_index(drop=True)
            pd.testing.assert_frame_equal(kept.astype(object), table.astype(object), obj=name)


@pytest.mark.slow
@pytest.mark.parametrize("folder", PROJECTS, ids=lambda folder: folder.name)
def test_the_whole_project_is_made_again(folder):
    project, spec = world_of(folder)
    made = projects.cut(project, extract.release_tables(spec, project.tables, flaws=project.flaws), spec.seed)
    there = paths.manifest(folder)
    again = manifest.build(made, there["arguments"])
    changed = [name for name, entry in again["tables"].items() if entry != there["tables"][name]]
    assert not changed, f"make it again: python3 course.py data --project {folder.name}"
    assert again["content_hash"] == there["content_hash"]

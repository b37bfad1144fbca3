"""Content hashes: equal for equal values however stored or made, different for any change of a value."""

import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from catalyst.release import extract, manifest

SMALL = pa.table(
    {
        "code": pa.array(["RC7", None, "RC8", "RC7"]).dictionary_encode(),
        "day": pa.array([16000, 16001, None, 16003], type=pa.int32()).cast(pa.date32()),
        "number": pa.array([1, 2, 3, 4], type=pa.int16()),
        "share": pa.array([0.1, 0.2, None, 0.4]),
    }
)
PROGRAMME = """
import sys
from catalyst.release import extract, manifest
from catalyst.world.life import Spec
tables = extract.release_tables(Spec(seed=int(sys.argv[1]), children=400, authorities=2))
print(manifest.build(tables, {})["content_hash"])
"""


def changed(column: str, values) -> pa.Table:
    place = SMALL.column_names.index(column)
    return SMALL.set_column(place, column, values)


def test_the_hash_is_that_of_the_values_and_not_of_how_they_are_stored():
    first = manifest.content_hash(SMALL)
    chunked = pa.concat_tables([SMALL.slice(0, 1), SMALL.slice(1)])
    plain = changed("code", SMALL["code"].cast(pa.string()))
    other_order = pa.DictionaryArray.from_arrays(
        pa.array([2, None, 0, 2], type=pa.int32()), pa.array(["RC8", "RC1", "RC7"])
    )
    wide = changed("number", SMALL["number"].cast(pa.int64()))
    dust = changed("share", pa.array([0.1 + 1e-12, 0.2, None, 0.4]))
    for same in (chunked, plain, changed("code", other_order), wide, dust):
        assert manifest.content_hash(same) == first


@pytest.mark.parametrize(
    "other",
    [
        changed("code", pa.array(["RC7", None, "RC8", "RC8"])),
        changed("code", pa.array(["RC7", "RC7", "RC8", "RC7"])),
        changed("code", pa.array(["RC1", None, "RC8", "RC1"])),
        changed("day", pa.array([16000, 16001, 0, 16003], type=pa.int32()).cast(pa.date32())),
        changed("day", pa.array([16000, 16002, None, 16003], type=pa.int32()).cast(pa.date32())),
        changed("day", pa.array([16000, 16001, None, 16003], type=pa.int32())),
        changed("number", pa.array([1, 2, 3, 5], type=pa.int16())),
        changed("share", pa.array([0.1, 0.2, None, 0.41])),
        SMALL.take([1, 0, 2, 3]),
        SMALL.slice(0, 3),
        SMALL.rename_columns(["reason", "day", "number", "share"]),
        SMALL.select(["day", "code", "number", "share"]),
    ],
    ids=[
        "code",
        "missing code",
        "all of a code",
        "missing date",
        "date",
        "kind",
        "number",
        "share",
        "order",
        "length",
        "name",
        "column order",
    ],
)
def test_any_change_turns_the_hash(other):
    assert manifest.content_hash(other) != manifest.content_hash(SMALL)


def test_a_type_without_a_hash_is_refused():
    with pytest.raises(TypeError, match="when"):
        manifest.content_hash(pa.table({"when": pa.array([0], type=pa.timestamp("s"))}))


def test_one_changed_code_in_one_return_turns_table_and_release(tables):
    before = manifest.build(tables, {})
    plans = tables["cin_child_protection_plans"]
    category = plans["InitialCategoryOfAbuse"].to_pylist()
    category[0] = "SAB" if category[0] != "SAB" else "NEG"
    place = plans.column_names.index("InitialCategoryOfAbuse")
    changed_plans = plans.set_column(place, "InitialCategoryOfAbuse", pa.array(category))
    after = manifest.build({**tables, "cin_child_protection_plans": changed_plans}, {})
    assert after["content_hash"] != before["content_hash"]
    turned = [n for n in tables if after["tables"][n]["sha256"] != before["tables"][n]["sha256"]]
    assert turned == ["cin_child_protection_plans"]


def test_blocks_of_any_size_in_any_order_make_the_same_release(small_world, tables):
    blocks = small_world.blocks(500)
    assert len(blocks) > 2
    parts = [extract.records_of(small_world.live(block)) for block in reversed(blocks)]
    joined = extract.join(small_world, parts)
    again = extract.assemble(joined, small_world.places, small_world.spec.seed)
    assert manifest.build(again, {})["tables"] == manifest.build(tables, {})["tables"]


def test_runs_agree_whatever_the_threads_and_the_hash_seed():
    def run(seed: int, threads: str) -> str:
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAMME, str(seed)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    first = run(1, "1")
    assert len(first) == 64
    assert run(1, "4") == first


def test_the_manifest_counts(tables):
    entries = manifest.build(tables, {"seed": 8})
    assert entries["arguments"] == {"seed": 8}
    for name, table in tables.items():
        assert entries["tables"][name]["rows"] == table.num_rows
        assert entries["tables"][name]["columns"] == table.num_columns
    assert np.all([len(e["sha256"]) == 64 for e in entries["tables"].values()])

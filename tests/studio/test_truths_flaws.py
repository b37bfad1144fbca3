"""The truth behind the flaws: what was declared came about, and ``truth`` tells rates and links."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from catalyst.errors import CourseError
from catalyst.marking import truth
from catalyst.release import extract, flaws_truth, make
from catalyst.studio import truths, truths_flaws
from catalyst.world.life import Spec, World

SPEC = Spec(seed=23, children=1_500, authorities=3)
PRESETS = ("none", "standard", "heavy")
BY_CHANCE = 1e-5  # of a flaw of chance alone to be outside its bounds; there are about a hundred flaws


def in_use(monkeypatch, folder, preset: str | None):
    """A release of which there is only the manifest."""
    arguments = {"seed": SPEC.seed, "children": SPEC.children, "authorities": SPEC.authorities}
    arguments |= {"flaws": preset} if preset else {}
    folder.mkdir(parents=True)
    made = {"arguments": arguments, "tables": {}, "content_hash": f"{preset}" * 16}
    (folder / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
    monkeypatch.setenv("CATALYST_DATA", str(folder))
    monkeypatch.setenv("CATALYST_KEYS", str(folder / "keys"))


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict[str, dict[str, pd.DataFrame]]:
    """The truth of each preset, of a world that is lived once."""
    out = {}
    with pytest.MonkeyPatch.context() as patch:
        world = World(SPEC)
        records = {tuple(block[:1]): extract.records_of(world.live(block)) for block in world.blocks()}
        patch.setattr(flaws_truth.World, "live", lambda self, block: records[tuple(block[:1])])
        patch.setattr(extract, "records_of", lambda lives: lives)
        for preset in PRESETS:
            folder = tmp_path_factory.mktemp(preset) / "data"
            in_use(patch, folder, None if preset == "none" else preset)
            out[preset] = truths_flaws.tables(truths.spec_of_release())
    return out


@pytest.mark.parametrize("preset", ["standard", "heavy"])
def test_what_was_declared_came_about(found, preset):
    table = found[preset]["flaws"]
    declared = table[table["declared"].notna() & (table["at_risk"] > 0)]
    shares = declared[declared["flaw"] != "no_return"]
    assert len(shares) > 60
    n, p = shares["at_risk"], shares["declared"].clip(0, 1)
    low, high = binom.ppf(BY_CHANCE / 2, n, p), binom.isf(BY_CHANCE / 2, n, p)
    outside = (shares["found"] < low) | (shares["found"] > high)
    assert not outside.any(), shares[outside]
    counted = declared[declared["flaw"] == "no_return"]
    assert (counted["realised"] == counted["declared"]).all()


def test_the_preset_is_the_one_that_the_manifest_names(found):
    rates = {preset: some["flaws"].set_index(["flaw", "who"])["realised"] for preset, some in found.items()}
    lost = [rates[preset]["reference_lost_cin", ""] for preset in PRESETS[1:]]
    assert 0 < lost[0] < lost[1]
    assert ("reference_lost_cin", "") not in rates["none"], "without flaws only what life brings is measured"
    assert ("absence_2020", "") in rates["none"]
    assert "links" not in found["none"]


def test_a_manifest_names_the_preset_of_its_release(tmp_path, monkeypatch):
    asked = {"children": 100, "seed": 1, "authorities": 1, "tables": ["cin_header"]}
    tables = extract.release_tables(Spec(1, 100, 1), ["cin_header"])
    monkeypatch.setattr(extract, "release_tables", lambda *_, **__: tables)
    for preset in PRESETS:
        out = tmp_path / preset
        make.make_release(out, **asked, flaws=preset)
        monkeypatch.setenv("CATALYST_DATA", str(out))
        named = json.loads((out / "manifest.json").read_text())["arguments"].get("flaws")
        # The release without flaws says no more than it did before there were any.
        assert named == (None if preset == "none" else preset)
        assert truths_flaws.preset_of_release() == preset


def test_the_manifest_of_the_truth_names_every_flaw_and_every_index(found):
    for preset, some in found.items():
        rows = truths_flaws.rows(some)
        assert rows["parameter"].is_unique
        assert set(truths.COLUMNS) == set(rows)
        assert (rows["parameter"].str.startswith("flaws.").sum()) == len(some["flaws"])
        assert rows["parameter"].str.startswith("links.").sum() == (0 if preset == "none" else 4)
    row = rows.set_index("parameter").loc["flaws.link_missed (minority ethnic, deprived)"]
    assert row["planted"] == pytest.approx(0.21)
    assert row["realised"] == pytest.approx(0.21, abs=0.08)
    assert row["chapter"] == "f2"


def test_what_is_built_is_told(found, tmp_path, monkeypatch):
    """The truth of the chapters is left out: other tests hold it."""
    counted = pd.DataFrame(
        [("t1.share", "probability", "a share", np.nan, 0.4, 0.41, "t1")], columns=truths.COLUMNS
    )
    monkeypatch.setattr(truths, "manifest", lambda *_: counted)
    monkeypatch.setattr(truths.truths_t1, "reasons", lambda *_: counted)
    for preset in PRESETS:
        in_use(monkeypatch, tmp_path / preset, preset)
        told = ({"t1": {"plans": None}}, found[preset], {"truth_school_engagement.parquet": counted})
        monkeypatch.setattr(truths, "found_side_by_side", lambda spec, told=told: told)
        truths.build()
        pd.testing.assert_frame_equal(truth("flaws"), found[preset]["flaws"], check_dtype=False)
        assert truth("flaws.absence_2020")["realised"] == 1
        assert truth("t1.share")["realised"] == 0.41
        if preset == "none":
            with pytest.raises(CourseError, match=r"released without flaws.*--flaws standard"):
                truth("links")
        else:
            pd.testing.assert_frame_equal(truth("links"), found[preset]["links"], check_dtype=False)
            assert (
                truth("links.linkage_school")["realised"]
                == (truth("links")["table"] == "linkage_school").sum()
            )

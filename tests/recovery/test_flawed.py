"""Every recovery holds on the release with flaws too, and flaws move no estimate of the same worlds far."""

import numpy as np
import pandas as pd
import pytest

from catalyst.errors import CourseError
from catalyst.release import write
from catalyst.studio import claims, paired, recovery, recovery_page

WORLDS = 12
# What is tried on samples of a few worlds is not tried on worlds with flaws beside those without.
CHAPTERS = tuple(chapter for chapter in claims.CHAPTERS if not claims.drawn(chapter))
GROUPS = claims.same_size(CHAPTERS)
CHEAPEST = ("t5", "t5b")


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return recovery.committed()


@pytest.fixture(scope="module")
def flawed() -> pd.DataFrame:
    return recovery.committed(recovery.FLAWED)


@pytest.fixture(scope="module")
def table(flawed, known, moves) -> pd.DataFrame:
    return paired.by_pairs(recovery.summary(flawed), known, moves)


@pytest.fixture(scope="module")
def known(clean) -> pd.DataFrame:
    return recovery.summary(clean)


@pytest.fixture(scope="module")
def moves(flawed, clean) -> pd.DataFrame:
    return paired.moves(flawed, clean)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_claim_holds_with_flaws(chapter, table, known):
    own = table[table["chapter"] == chapter]
    assert own["worlds"].min() >= WORLDS
    assert recovery.faults(own, clean=known) == []
    assert set(own["name"]) == set(known.loc[known["chapter"] == chapter, "name"])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_truth_that_moves_is_noticed_with_flaws(chapter, table, known):
    own = table[table["chapter"] == chapter].merge(
        known[["kind", "name", "empirical_se"]], on=["kind", "name"]
    )
    told = own["name"].map({name: one.bias for name, one in claims.declared().items()}).fillna(0.2)
    bound = (told + 0.1 + 2.6 / np.sqrt(own["worlds"])) * own["empirical_se_y"] + 2.6 * own["truth_se"]
    far = own.assign(bias=np.sign(own["bias"]) * (own["bias"].abs() + 2 * bound))
    far["bias"] = far["bias"].mask(far["kind"] == "trap", -far["sign"] * far["median_se"])
    broken = " ".join(recovery.faults(far, clean=known))
    for row in far.itertuples():
        assert (f"trap '{row.name}': bias" if row.kind == "trap" else f"{row.name}: bias") in broken


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_flaws_move_no_estimate_far(chapter, moves):
    assert paired.faults(moves[moves["chapter"] == chapter]) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_an_estimate_that_flaws_move_is_noticed(chapter, flawed, clean, moves):
    own = flawed[(flawed["chapter"] == chapter) & (flawed["kind"] == "proper")]
    bound = moves.set_index("name")
    far = (0.25 + 6 * bound["move_se"]) * bound["spread"]
    for way in (1, -1):
        broken = paired.faults(
            paired.moves(own.assign(estimate=own["estimate"] + way * own["name"].map(far)), clean)
        )
        assert len(broken) == own["name"].nunique()


def two_tables(move: float, chance: float = 0.1, worlds: int = 40) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(4)
    clean = pd.DataFrame(
        {
            "chapter": "t1", "kind": "proper", "name": "t1.figure", "seed": np.arange(100),
            "estimate": rng.normal(3, 2, 100), "se": 2.0,
        }
    )  # fmt: skip
    flawed = clean[:worlds].copy()
    flawed["estimate"] += 2 * (move + rng.normal(0, chance, worlds))
    flawed["se"] *= 1.1
    return flawed, clean


def test_what_flaws_do_is_told_from_what_lives_do():
    row = paired.moves(*two_tables(0.3)).iloc[0]
    assert row["worlds"] == 40
    assert abs(row["move"] - 0.3) < 0.06
    assert 0.01 < row["move_se"] < 0.03
    assert abs(row["wider"] - 1.1) < 1e-9
    assert len(paired.faults(paired.moves(*two_tables(0.3)))) == 1
    assert len(paired.faults(paired.moves(*two_tables(-0.3)))) == 1
    assert paired.faults(paired.moves(*two_tables(0.1))) == []
    # So much chance, in so few worlds, that 0.3 may be none.
    assert paired.faults(paired.moves(*two_tables(0.3, chance=1, worlds=9))) == []


def test_one_world_is_held_to_the_bound_itself():
    for move, found in ((0.1, 0), (0.3, 1)):
        assert len(paired.faults(paired.moves(*two_tables(move, chance=0, worlds=1)))) == found


def test_a_flawed_world_without_its_clean_one_is_no_pair():
    flawed, clean = two_tables(0)
    with pytest.raises(ValueError, match="'seed': 7"):
        paired.moves(flawed, clean[clean["seed"] != 7])


@pytest.fixture
def quick(monkeypatch):
    """Worlds that are made in no time, and of which those asked for are told."""
    made = []

    def one_world(seed, chapters, preset):
        made.append((seed, tuple(chapters), preset))
        if seed == claims.FIRST_SEED + 2 and len(made) < 10:
            raise KeyboardInterrupt
        rows = pd.DataFrame(
            {"chapter": list(chapters), "seed": seed, "kind": "proper", "name": list(chapters)}
        )
        more = {
            "parameter": rows["name"],
            "estimate": 1 / 3,
            "se": 0.5,
            "sign": 0,
            "events": 1,
            "clusters": 1,
        }
        return rows.assign(**more)

    monkeypatch.setattr(recovery, "one_world", one_world)
    return made


def test_a_run_that_is_stopped_keeps_every_world_that_was_done(quick, tmp_path):
    path = tmp_path / "rows.csv"
    with pytest.raises(KeyboardInterrupt):
        recovery.resume(4, ("t1", "t5"), path, workers=1, preset="standard")
    kept = pd.read_csv(path)
    assert kept[["seed", "chapter"]].drop_duplicates().to_numpy().tolist() == [
        [100_000, "t1"], [100_000, "t5"], [100_001, "t1"], [100_001, "t5"],
    ]  # fmt: skip
    assert kept["estimate"].eq(0.33333).all()
    quick.extend([None] * 10)
    rows = recovery.resume(4, ("t1", "t5"), path, workers=1, preset="standard")
    again = quick[15:]
    assert [world[0] for world in again] == [100_002, 100_002, 100_003, 100_003]
    assert {world[2] for world in again} == {"standard"}
    assert len(rows) == 8 and rows["seed"].dtype == np.int64
    assert len(recovery.resume(3, ("t5",), path, workers=1)) == 3


def test_two_runs_do_not_write_one_table(quick, tmp_path):
    path = tmp_path / "rows.csv"
    with write.locked(path), pytest.raises(CourseError, match="Another run"):
        recovery.resume(1, ("t1",), path, workers=1)
    with pytest.raises(CourseError, match="no set of flaws 'dirt'"):
        recovery.resume(1, ("t1",), path, workers=1, preset="dirt")
    assert not path.exists() and not quick


def made_again(group, flawed, seeds) -> None:
    fresh = recovery.many_worlds(seeds, group, workers=1, flaws=recovery.FLAWED)
    both = fresh.merge(flawed, on=["chapter", "kind", "name", "seed"], suffixes=("", "_kept"), validate="1:1")
    assert len(both) == len(fresh)
    for column in ("estimate", "se"):
        assert np.allclose(both[column], both[f"{column}_kept"], rtol=2e-3, atol=2e-4), group


def test_a_flawed_world_made_again_gives_the_committed_numbers(flawed):
    made_again(CHEAPEST, flawed, [claims.FIRST_SEED])


@pytest.mark.slow
@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_every_claim_holds_in_many_worlds_with_flaws(group, worlds_to_try, clean, known):
    rows = recovery.resume(max(worlds_to_try // 5, WORLDS), group, preset=recovery.FLAWED)
    moved = paired.moves(rows, clean)
    assert recovery.faults(paired.by_pairs(recovery.summary(rows), known, moved), clean=known) == []
    assert paired.faults(moved) == []


def test_the_page_shows_what_flaws_do(clean, flawed, moves):
    page = recovery_page.page(clean, flawed)
    section = page[page.index("## On a release with flaws") : page.index("## What each planted effect")]
    for row in moves.itertuples():
        what = claims.recovery(row.chapter).NAMES[row.name]
        assert f"| {what} | {row.clean:.3f} | {row.flawed:.3f} | {row.move:+.2f}\u00a0±" in section

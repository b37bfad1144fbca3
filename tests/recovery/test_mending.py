"""What analyses mend in a release with flaws, held to its truth; and what they leave alone in one without."""

import numpy as np
import pandas as pd
import pytest

from catalyst.release import extract, flaws, flaws_truth
from catalyst.studio import recovery_mending as mending
from catalyst.studio import recovery_t1, recovery_t7
from catalyst.world.life import Spec, World
from catalyst.world.luck import Luck

SPEC = Spec(seed=31, children=2_000, authorities=3)
TABLES = (*dict.fromkeys((*recovery_t7.TABLES, "cin_header", "ssda903_header")),)
PRESET = "heavy"  # so that a small world has enough of each flaw


@pytest.fixture(scope="module")
def world() -> World:
    return World(SPEC)


@pytest.fixture(scope="module")
def records(world):
    sources = extract.sources_of(TABLES) | {"npd", "hospital", "police"}
    parts = [extract.records_of(world.live(block), sources) for block in world.blocks()]
    return extract.join(world, parts, sources)


@pytest.fixture(scope="module")
def clean(world, records) -> dict[str, pd.DataFrame]:
    return extract.frames(extract.assemble(records, world.places, SPEC.seed, TABLES))


@pytest.fixture(scope="module")
def flawed(world, records) -> dict[str, pd.DataFrame]:
    names = [*TABLES, *recovery_t7.LINKS]
    return extract.frames(extract.assemble(records, world.places, SPEC.seed, names, PRESET))


@pytest.fixture(scope="module")
def person(world, records) -> dict[str, pd.Series]:
    """The true person behind each key of each index."""
    luck, rates = Luck(SPEC.seed), flaws.preset(PRESET)
    spoiled, _ = flaws.spoil(records, len(world.places), luck, rates)
    links = flaws_truth.links(spoiled, world.places.code, luck, rates)
    return {name: rows.set_index("key")["child"] for name, rows in links.groupby("table")}


def test_a_release_without_flaws_stays_as_it_is(clean):
    mended = mending.one_reference(mending.once(clean))
    for name, table in clean.items():
        pd.testing.assert_frame_equal(mended[name], table)
    assert mending.gaps(clean).empty
    offences = recovery_t7.mended(clean)["offences"]
    pd.testing.assert_frame_equal(offences, clean["offences"], check_like=True, check_dtype=False)


def test_the_last_submission_is_kept(clean, flawed):
    mended = mending.once(flawed)
    for name in ("cin_details", "cin_child_protection_plans", "ssda903_episodes"):
        assert len(mended[name]) < len(flawed[name])
    end = "DEC"
    for column in (end, "REC"):
        assert (
            mended["ssda903_episodes"][column].isna().sum() == clean["ssda903_episodes"][column].isna().sum()
        )
    assert flawed["ssda903_episodes"][end].isna().mean() > clean["ssda903_episodes"][end].isna().mean()


def test_an_authority_without_a_return_is_found(flawed):
    missing = mending.gaps(flawed)
    people = {"cin_child_identifiers": flawed["cin_child_identifiers"]}
    pd.testing.assert_frame_equal(mending.gaps(people), missing)
    assert missing["Year"].tolist() == [2021, 2022]
    assert len(set(missing["LEA"])) == 1
    assert missing["first"].tolist() == [pd.Timestamp("2020-04-01"), pd.Timestamp("2021-04-01")]
    days = pd.to_datetime(pd.Series(["2019-01-01", "2020-03-31", "2020-04-01", "2022-04-01"]))
    lea = pd.Series([missing["LEA"].iloc[0]] * 4)
    assert mending.unseen(missing, lea, days, days).tolist() == [False, False, True, False]
    assert mending.unseen(missing, lea, days, days + pd.Timedelta(days=1)).tolist() == [
        False,
        True,
        True,
        False,
    ]
    assert not mending.unseen(missing, lea + "0", days, days).any()


def test_plans_are_watched_while_their_authority_gives_returns(clean, flawed):
    before, after = recovery_t1.stitch(clean), recovery_t1.stitch(flawed)
    assert (before["until"][~before["ended"]] == recovery_t1.END).all()
    assert (before["entry"] == (recovery_t1.START - before["start"]).dt.days.clip(lower=0)).all()
    place = mending.gaps(flawed)["LEA"].iloc[0]
    here = after[after["LEA"] == place]
    lost = here[~here["ended"] & (here["until"] < recovery_t1.END)]
    assert len(lost) > 0
    assert (lost["start"] + pd.to_timedelta(lost["days"], unit="D") == pd.Timestamp("2020-03-31")).all()
    late = here[here["start"].between("2020-04-01", "2022-03-31")]
    assert (late["start"] + pd.to_timedelta(late["entry"], unit="D") == pd.Timestamp("2022-04-01")).all()
    elsewhere = [plans[plans["LEA"] != place].reset_index(drop=True) for plans in (before, after)]
    columns = ["start", "end", "days", "entry", "time", "cause"]
    pd.testing.assert_frame_equal(
        elsewhere[0][columns].sort_values(columns, ignore_index=True),
        elsewhere[1][columns].sort_values(columns, ignore_index=True),
    )


def test_children_with_two_references_become_one(flawed, person):
    mended = mending.one_reference(mending.once(flawed))
    old, new = (frame["school_census"][mending.REFERENCE].astype(str) for frame in (flawed, mended))
    child = old.map(person["linkage_school"])
    before, after = (refs.nunique() - child.nunique() for refs in (old, new))
    assert before > 20
    assert after < before / 4, "the others were in no hospital, in need or in the register"
    mixed = pd.DataFrame({"new": new, "child": child}).drop_duplicates().duplicated("new")
    assert mixed.mean() < 0.005, "what is put together is one child's"
    lost = [frame["cin_child_identifiers"][mending.REFERENCE].isna().sum() for frame in (flawed, mended)]
    assert lost[1] < lost[0]


def test_offences_are_linked_by_hand(flawed, person):
    offences = flawed["offences"]
    mended = recovery_t7.mended(flawed)["offences"]
    missing, still = offences[mending.REFERENCE].isna(), mended[mending.REFERENCE].isna()
    assert not (still & ~missing).any()
    by_hand = mending.by_hand(flawed["linkage_police"], flawed["linkage_school"])
    true = by_hand.index.to_series().map(person["linkage_police"])
    assert (by_hand.map(person["linkage_school"]) == true).mean() > 0.95
    # Some who offend have no reference at all; of the others, many with a missed link are found.
    who = offences["CaseRefAnonymous"].astype(str).map(person["linkage_police"])
    missed = missing & who.isin(person["linkage_school"])
    assert missed.sum() > 10
    assert still[missed].mean() < 0.65
    assert (offences["OffenceStartDate"] < offences["DateOfBirth"]).any()
    assert (mended["OffenceStartDate"] > mended["DateOfBirth"] + pd.DateOffset(years=8)).all()


def test_two_pupils_as_like_a_case_are_nobody():
    fields = {name: ["a"] for name in (*mending._HASHES, "Sex")}
    case = pd.DataFrame({"CaseRefAnonymous": ["c"], **fields})
    pupils = pd.DataFrame({mending.REFERENCE: ["p", "q"], **{name: ["a", "a"] for name in fields}})
    assert mending.by_hand(case, pupils).empty
    pupils.loc[1, "SurnameHash"] = "b"
    assert mending.by_hand(case, pupils).to_dict() == {"c": "p"}
    pupils.loc[0, ["ForenameHash", "SurnameHash"]] = "b"
    assert mending.by_hand(case, pupils).to_dict() == {"c": "q"}
    pupils.loc[1, "PostcodeSectorHash"] = np.nan
    assert mending.by_hand(case, pupils).empty

"""Pseudonymised keys: one child, one number inside an authority; a new one on a move or an adoption."""

import numpy as np
import pandas as pd
import pytest

from catalyst.records import case_files
from catalyst.release import keys
from catalyst.world.clock import day
from catalyst.world.luck import Luck

LUCK = Luck(8)


def stint(child: int, authority: int, on: int = 0, adopted: int = -1) -> np.ndarray:
    one = np.array([child], dtype=np.int64)
    return case_files.pack(one, np.array([authority]), np.array([on]), np.array([adopted]))


def local(*args) -> str:
    return keys.texts(keys.numbers(LUCK, "local child id", stint(*args)))[0]


def test_keys_are_unique_letters_and_digits_that_sort_like_their_numbers():
    number = keys.numbers(LUCK, "pupil reference", np.arange(100_000))
    text = keys.texts(number)
    assert len(set(text)) == 100_000
    assert (np.argsort(text) == np.argsort(number)).all()
    assert pd.Series(text).str.fullmatch(r"[B-DF-HJ-NP-TV-Z][0-9B-DF-HJ-NP-TV-Z]{10}").all()


def test_keys_do_not_depend_on_order_or_company():
    every = keys.numbers(LUCK, "local child id", np.arange(1_000))
    some = np.array([900, 3, 41])
    assert (keys.numbers(LUCK, "local child id", some) == every[some]).all()


def test_a_child_keeps_the_number_in_an_authority_and_gets_another_elsewhere_or_when_adopted():
    assert local(9, 1, 50) == local(9, 1, 900)
    assert local(9, 1) != local(9, 2)
    assert local(9, 1) != local(10, 1)
    assert local(9, 1, 50, 100) == local(9, 1, 50)
    assert local(9, 1, 100, 100) != local(9, 1, 50, 100)


def test_another_seed_gives_other_keys():
    units = np.arange(100)
    assert (keys.numbers(LUCK, "x", units) != keys.numbers(Luck(9), "x", units)).all()
    assert (keys.numbers(LUCK, "local child id", units) != keys.numbers(LUCK, "pupil reference", units)).all()


def test_a_stint_comes_apart_again():
    child, authority = np.array([1_530_000_000_006, 4]), np.array([152, 0])
    packed = case_files.pack(child, authority, np.array([10, 10]), np.array([10, -1]))
    apart = case_files.unpack(packed)
    assert apart.child.tolist() == child.tolist()
    assert apart.authority.tolist() == authority.tolist()
    assert apart.after_adoption.tolist() == [True, False]


def test_september_of_turns_on_31_august():
    births = np.array([day("2010-08-31"), day("2010-09-01")])
    assert keys.september_of(births, 5).tolist() == [2016, 2017], (
        "the return of 2015-16 for a child five in August"
    )


def test_a_pupil_reference_comes_with_school_and_stays_until_school_is_over():
    child = np.arange(20_000)
    birth = np.full(20_000, day("2010-08-31"))
    known = keys.known_years(LUCK, child, birth, np.full(20_000, -1))

    def share(year: int) -> float:
        return float(((known.first <= year) & (year <= known.last)).mean())

    by_age = [share(2011 + age) for age in range(18)]
    assert by_age[0] == by_age[1] == 0
    assert by_age == sorted(by_age[:16]) + by_age[16:]
    at_school = keys._parameters()["school.share_by_september_age"][-1]
    kept = keys._parameters()["school.kept_after_16"]
    assert by_age[5] == pytest.approx(at_school, abs=0.01)
    assert by_age[16] == pytest.approx(at_school * kept, abs=0.01)


@pytest.fixture(scope="module")
def known_children(small_records, frames):
    """Every row of the identifiers with the world's child beside its keys."""
    record = small_records["cin_child_identifiers"]
    apart = case_files.unpack(record["stint"])
    seed_luck = Luck(8)
    text = keys.texts(keys.numbers(seed_luck, "local child id", record["stint"]))
    truth = pd.DataFrame(
        {
            "child": apart.child,
            "LEA": (501 + apart.authority).astype(str),
            "LAchildID": text,
            "Year": record["Year"],
        }
    )
    released = frames["cin_child_identifiers"].astype({"LEA": str, "LAchildID": str})
    return released.merge(truth, on=["LEA", "LAchildID", "Year"], validate="one_to_one")


def test_the_truth_can_be_joined_to_the_release_by_its_keys(known_children, frames):
    assert len(known_children) == len(frames["cin_child_identifiers"])


def test_inside_an_authority_a_number_is_one_child_only(known_children):
    assert (known_children.groupby(["LEA", "LAchildID"])["child"].nunique().eq(1)).all()


def test_children_who_moved_have_one_number_an_authority_and_one_pupil_reference(known_children):
    per_child = known_children.groupby("child").agg(
        places=("LEA", "nunique"),
        numbers=("LAchildID", "nunique"),
        references=("PupilMatchingRefAnonymous", "nunique"),
    )
    moved = per_child[per_child["places"] > 1]
    assert len(moved) > 0
    assert (moved["numbers"] >= moved["places"]).all()
    assert (per_child["references"] <= 1).all()


def test_a_pupil_reference_is_one_child_only(known_children):
    assert (known_children.groupby("PupilMatchingRefAnonymous", observed=True)["child"].nunique().eq(1)).all()


def test_brothers_and_sisters_share_their_family_reference(known_children, small_lives):
    family = pd.Series(small_lives.children["family"], index=small_lives.children["child"])
    true = known_children["child"].map(family)
    both = pd.DataFrame(
        {"true": true, "said": known_children["FamilyRefAnonymous"].astype(str)}
    ).drop_duplicates()
    assert both["true"].is_unique
    assert both["said"].is_unique


def test_about_seven_in_ten_records_carry_a_pupil_reference_and_no_unborn_child_does(frames):
    who = frames["cin_child_identifiers"]
    assert who["PupilMatchingRefAnonymous"].notna().mean() == pytest.approx(0.7, abs=0.06)
    assert who[who["PersonBirthDate"].isna()]["PupilMatchingRefAnonymous"].isna().all()


def test_a_reason_stands_where_there_is_no_reference_and_only_there(frames):
    who = frames["cin_child_identifiers"]
    assert (who["PupilMatchingRefAnonymous"].isna() == who["UPNunknown"].notna()).all()
    header = frames["ssda903_header"]
    assert (header["PupilMatchingRefAnonymous"].isna() == header["UPN"].notna()).all()


def test_a_child_looked_after_has_the_same_number_in_both_returns(frames):
    cin = frames["cin_child_identifiers"]
    pairs = set(zip(cin["LEA"], cin["LAchildID"], strict=True))
    header = frames["ssda903_header"]
    shared = [pair in pairs for pair in zip(header["LEA"], header["CHILD"], strict=True)]
    assert np.mean(shared) > 0.9


def test_no_id_of_the_world_leaves(tables):
    inside = {"child", "stint", "birth", "arrival", "in_need", "family"}
    for table in tables.values():
        assert not inside & set(table.column_names)


def test_rows_are_in_the_order_of_their_keys_which_says_nothing_of_the_family(known_children):
    keyed = known_children[["LEA", "LAchildID", "Year"]]
    assert keyed.equals(keyed.sort_values(["LEA", "LAchildID", "Year"]))
    children = known_children.drop_duplicates(["LEA", "LAchildID"])
    rising = children.groupby("LEA")["child"].diff().dropna() > 0
    assert rising.mean() == pytest.approx(0.5, abs=0.1), "the world's ids rise from family to family"


def test_keys_of_a_world_of_millions_are_a_permutation():
    wide = keys.luck_of(8, 12_200_000)
    children = np.concatenate([np.arange(100_000) + place * 80_000_000 for place in (0, 75, 152)])
    number = keys.numbers(wide, "pupil reference", children)
    assert len(np.unique(number)) == len(children)
    text = keys.texts(number)
    assert (np.argsort(text) == np.argsort(number)).all()
    assert pd.Series(text).str.fullmatch(r"[B-DF-HJ-NP-TV-Z][0-9B-DF-HJ-NP-TV-Z]{12}").all()
    # Neighbours are far apart, and another seed gives another order: a key says nothing of its child.
    assert abs(np.corrcoef(children, number)[0, 1]) < 0.02
    assert (keys.numbers(keys.luck_of(9, 12_200_000), "pupil reference", children) != number).all()
    with pytest.raises(ValueError, match="pupil reference"):
        keys.numbers(wide, "pupil reference", np.array([2**62]))


def test_a_permutation_of_a_few_numbers_leaves_none_out(monkeypatch):
    monkeypatch.setattr(keys, "_HALF", 6)
    monkeypatch.setattr(keys, "_WIDE", 1 << 12)
    number = keys.numbers(keys.WideLuck(8), "pupil reference", np.arange(1 << 12))
    assert sorted(number - (1 << 12)) == list(range(1 << 12))


def test_keys_of_small_worlds_stay_as_they_were_and_can_be_read_back():
    assert not isinstance(keys.luck_of(8, keys.MOST_DRAWN), keys.WideLuck)
    for luck in (LUCK, keys.luck_of(8, 10**7)):
        number = keys.numbers(luck, "family reference", np.arange(1_000))
        assert (keys.values(keys.texts(number)) == number).all()

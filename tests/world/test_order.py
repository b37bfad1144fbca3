"""The order of dates in the event log: nothing happens before its cause or after its end."""

import numpy as np
import pytest

from catalyst.world import clock, codes
from catalyst.world.families import birthday


def weekday(day: np.ndarray) -> np.ndarray:
    return (day + 3) % 7


@pytest.fixture(scope="module")
def case_of(world):
    """Rows of the cases to which rows of another table belong."""
    key = world.cases["child"] * 1000 + world.cases["case"]

    def rows(table: dict[str, np.ndarray]) -> np.ndarray:
        found = np.searchsorted(key, table["child"] * 1000 + table["case"])
        np.testing.assert_array_equal(key[found], table["child"] * 1000 + table["case"])
        return found

    return rows


@pytest.fixture(scope="module")
def child_of(world):
    return lambda table: np.searchsorted(world.children["child"], table["child"])


def by_closure(world, rows, day):
    closure = world.cases["closure"][rows]
    return (closure == clock.NEVER) | (day <= closure)


def test_nothing_comes_after_the_window(world):
    for name, table in world.log.items():
        for column, values in table.items():
            if values.dtype == np.int32 and column not in ("urn", "school", "earnings"):
                assert values.max(initial=-1) <= clock.END, f"{name}.{column}"


def test_referral_assessment_and_closure_follow_one_another(world, case_of):
    table = world.assessments
    rows = case_of(table)
    assert (table["start"] >= world.cases["referral"][rows]).all()
    done = table["authorised"] != clock.NEVER
    assert (table["authorised"] >= table["start"])[done].all()
    assert by_closure(world, rows, table["authorised"])[done].all()
    closed = world.cases["closure"] != clock.NEVER
    assert (world.cases["closure"] >= world.cases["referral"])[closed].all()
    assert ((world.cases["reason"] >= 0) == closed).all()


def test_section_47_lies_in_its_case_and_before_its_conference(world, case_of):
    table = world.section47
    rows = case_of(table)
    assert (table["start"] >= world.cases["referral"][rows]).all()
    assert by_closure(world, rows, table["start"]).all()
    met = table["conference"] != clock.NEVER
    assert met.sum() > 1000
    assert (table["conference"] > table["start"])[met].all()
    assert (weekday(table["conference"][met]) < 5).all()
    assert not (met & table["not_required"]).any()


def test_plan_starts_on_the_day_of_its_conference_in_the_same_case(world, case_of):
    plans, enquiries = world.cp_plans, world.section47
    met = enquiries["conference"] != clock.NEVER
    days = set(
        zip(enquiries["child"][met], enquiries["case"][met], enquiries["conference"][met], strict=True)
    )
    moved = world.cases["transfer_conference"] != clock.NEVER
    cases = world.cases
    days |= set(
        zip(cases["child"][moved], cases["case"][moved], cases["transfer_conference"][moved], strict=True)
    )
    started = set(zip(plans["child"], plans["case"], plans["start"], strict=True))
    assert started <= days
    assert (weekday(plans["start"]) < 5).all()
    assert by_closure(world, case_of(plans), plans["end"]).all()


def test_plans_are_numbered_and_follow_one_another(world):
    plans = world.cp_plans
    np.testing.assert_array_equal(plans["previous"], plans["plan"] - 1)
    same = plans["child"][1:] == plans["child"][:-1]
    assert (plans["plan"][1:] == plans["plan"][:-1] + 1)[same].all()
    assert (plans["plan"][np.r_[True, ~same]] == 1).all()
    assert (plans["end"][:-1] != clock.NEVER)[same].all()
    assert (plans["start"][1:] > plans["end"][:-1])[same].all()
    ended = plans["end"] != clock.NEVER
    assert (plans["end"] > plans["start"])[ended].all()
    assert ((plans["end_reason"] > 0) == ended).all()


def test_support_and_protection_plans_may_touch_but_do_not_overlap(world):
    support, plans = world.cin_plans, world.cp_plans
    for k in range(len(plans["child"])):
        mine = slice(*np.searchsorted(support["child"], [plans["child"][k], plans["child"][k] + 1]))
        start = support["start"][mine]
        end = np.where(support["end"][mine] == clock.NEVER, 10**6, support["end"][mine])
        stop = 10**6 if plans["end"][k] == clock.NEVER else plans["end"][k]
        assert not ((start < stop) & (end > plans["start"][k])).any()


def test_one_case_is_open_at_a_time(world):
    cases = world.cases
    same = cases["child"][1:] == cases["child"][:-1]
    assert (cases["closure"][:-1] != clock.NEVER)[same].all()
    assert (cases["referral"][1:] >= cases["closure"][:-1])[same].all()
    assert (cases["case"][1:] == cases["case"][:-1] + 1)[same].all()


def test_closing_after_assessment_means_an_assessment_and_nothing_after_it(world):
    out = np.isin(world.cases["reason"], [codes.CLOSURE.index("RC8"), codes.CLOSURE.index("RC9")])
    keys = {
        name: t["child"] * 1000 + t["case"] for name, t in world.log.items() if "case" in t and "child" in t
    }
    closed = keys["cases"][out]
    assert np.isin(closed, keys["assessments"]).all()
    for name in ("section47", "cin_plans", "cp_plans", "reviews"):
        assert not np.isin(keys[name], closed).any()
    assert not np.isin(keys["assessments"], keys["cases"][world.cases["nfa"]]).any()


def test_reviews_lie_inside_their_plan_and_at_most_six_months_apart_unless_late(world):
    reviews, plans = world.reviews, world.cp_plans
    key = plans["child"] * 64 + plans["plan"]
    rows = np.searchsorted(key, reviews["child"] * 64 + reviews["plan"])
    end = np.where(plans["end"] == clock.NEVER, clock.END, plans["end"])[rows]
    assert (reviews["day"] > plans["start"][rows]).all()
    assert (reviews["day"] <= end).all()
    # A plan that ends with an entry into care may end, and be reviewed, on the day of the entry.
    cared = plans["end_reason"][rows] == codes.END_OF_PLAN.index("care")
    assert ((weekday(reviews["day"]) < 5) | (cared & (reviews["day"] == end))).all()
    same = rows[1:] == rows[:-1]
    gap = np.diff(reviews["day"])[same]
    assert gap.min() > 0
    assert (gap <= 184).mean() > 0.9
    # Late by three weeks at most; in the month in which a plan ends, the review waits for the end.
    assert gap.max() <= 184 + 22 + 31


def test_care_episodes_chain(world):
    care = world.care_episodes
    same = (care["child"][1:] == care["child"][:-1]) & (care["period"][1:] == care["period"][:-1])
    starts = np.r_[True, ~same]
    assert (care["rne"][starts] == codes.RNE.index("S")).all()
    assert (care["rne"][~starts] != codes.RNE.index("S")).all()
    goes_on = np.r_[same, False]
    assert (care["rec"][goes_on] == codes.REC.index("X1")).all()
    assert (care["dec"][:-1][same] == care["decom"][1:][same]).all()
    ended = care["dec"] != clock.NEVER
    assert (care["dec"] >= care["decom"])[ended].all()
    assert (care["rec"][ended & ~goes_on] > codes.REC.index("X1")).all()
    assert not (care["rec"][~ended] >= 0).any()
    changed_status = care["ls"][1:] != care["ls"][:-1]
    status_only = care["rne"][1:] == codes.RNE.index("L")
    assert changed_status[same & status_only].all()
    assert not changed_status[same & (care["rne"][1:] == codes.RNE.index("P"))].any()
    next_period = (care["child"][1:] == care["child"][:-1]) & ~same
    assert (care["period"][1:] == care["period"][:-1] + 1)[next_period].all()
    assert (care["decom"][1:] >= care["dec"][:-1])[next_period].all()


def test_need_code_is_constant_within_a_period_of_care(world):
    care = world.care_episodes
    same = (care["child"][1:] == care["child"][:-1]) & (care["period"][1:] == care["period"][:-1])
    assert (care["need"][1:] == care["need"][:-1])[same].all()


def test_nothing_begins_after_the_eighteenth_birthday_or_death(world, child_of):
    columns = {"cases": "referral", "assessments": "start", "section47": "start", "cin_plans": "start",
               "cp_plans": "start", "reviews": "day", "care_episodes": "decom"}  # fmt: skip
    people = world.children
    limit = birthday(people["birth"], 18)
    limit = np.where(people["death"] >= 0, np.minimum(limit, people["death"]), limit)
    for name, column in columns.items():
        table = world.log[name]
        assert (table[column] <= limit[child_of(table)]).all(), name
    plans, care = world.cp_plans, world.care_episodes
    assert (plans["end"] <= limit[child_of(plans)]).all()
    assert (care["dec"] <= limit[child_of(care)]).all()


def test_only_leaving_care_cases_are_open_after_eighteen(world, child_of):
    cases = world.cases
    rows = child_of(cases)
    limit = birthday(world.children["birth"], 18)[rows] + 60
    late = (np.where(cases["closure"] == clock.NEVER, clock.END, cases["closure"]) > limit) & (
        limit < clock.END
    )
    in_care = np.isin(cases["child"], world.care_episodes["child"])
    assert late.sum() > 20
    assert in_care[late].all()


def test_nobody_adopted_is_seen_again(world):
    adopted = world.children["adopted"] != clock.NEVER
    assert adopted.sum() > 20
    day = dict(zip(world.children["child"][adopted], world.children["adopted"][adopted], strict=True))
    for table, column in (
        (world.cases, "referral"),
        (world.care_episodes, "decom"),
        (world.cp_plans, "start"),
    ):
        theirs = np.isin(table["child"], list(day))
        after = [table[column][k] > day[table["child"][k]] for k in np.flatnonzero(theirs)]
        assert not any(after)


def test_a_family_that_moves_takes_its_case_along(world):
    moves, cases = world.log["moves"], world.cases
    assert (moves["authority_from"] != moves["authority_to"]).all()
    same = moves["family"][1:] == moves["family"][:-1]
    assert (moves["authority_from"][1:] == moves["authority_to"][:-1])[same].all()
    handed = cases["reason"] == codes.CLOSURE.index("RC5")
    assert handed.sum() > 20
    following = np.flatnonzero(handed[:-1]) + 1
    inside = cases["child"][following] == cases["child"][following - 1]
    assert inside.mean() > 0.95  # the last may have been handed over as the window closed
    assert (cases["authority"][following] != cases["authority"][following - 1])[inside].all()

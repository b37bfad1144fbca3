"""What is planted in the ends of child protection plans is what the event log holds."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from lived import whole

from catalyst.world import clock, life, parameters, protection
from catalyst.world.life import Spec

CATEGORIES = ("NEG", "PHY", "SAB", "EMO", "MUL")
PLANTED = 1  # end_reason of a planned end


def exposure(lives) -> dict[str, np.ndarray]:
    """Plans with all that the planted hazard depends on, and the days for which they were at risk.

    A month in which something else ends the plan, or the child enters care, holds no risk of a planned end.
    """
    plans, people = lives.cp_plans, lives.children
    rows = np.searchsorted(people["child"], plans["child"])
    order = np.argsort(lives.families["family"])
    family = order[np.searchsorted(lives.families["family"], plans["child"] // 8, sorter=order)]
    key = lives.cases["child"] * 1000 + lives.cases["case"]
    case = np.searchsorted(key, plans["child"] * 1000 + plans["case"])
    planned = plans["end_reason"] == PLANTED
    stop = np.where(plans["end"] == clock.NEVER, clock.END + 1, plans["end"])
    other = ~planned & (plans["end"] != clock.NEVER)
    stop[other] = clock.first_day(clock.month_of(stop[other]))
    care = lives.care_episodes
    entries = care["rne"] == 0
    for child, day in zip(care["child"][entries], care["decom"][entries], strict=True):
        mine = slice(*np.searchsorted(plans["child"], [child, child + 1]))
        inside = (plans["start"][mine] <= day) & (
            (plans["end"][mine] == clock.NEVER) | (plans["end"][mine] >= day)
        )
        begin = clock.first_day(clock.month_of(day))
        stop[mine] = np.where(inside, np.minimum(stop[mine], begin), stop[mine])
    length = np.maximum(stop - plans["start"], 0)
    return {
        "length": length,
        "planned": planned,
        "category": plans["category_initial"],
        "age": np.maximum(plans["start"] - people["birth"][rows], 0) / 365.25,
        "deprived": 5.0 - lives.families["decile"][family],
        "authority": lives.cases["authority"][case],
        "family": plans["child"] // 8,
    }


def observed_against_planted(lives, planted) -> dict[str, float]:
    """z-scores of planned ends against those expected from the planted numbers, by category and period.

    Residuals are summed by family first: brothers and sisters share the conference's luck.
    """
    plans = exposure(lives)
    effect, turn = planted.effect, int(planted["protection"]["planned_end.late_effects_from_day"])
    names = ("physical", "sexual", "emotional", "multiple")
    by_category = np.array([0.0, *(effect(f"{name}_abuse->planned_end") for name in names)])
    log = (
        by_category[plans["category"]]
        + effect("age->planned_end") * (plans["age"] - 5)
        + effect("deprivation->planned_end") * plans["deprived"]
        + lives.places.planned_end[plans["authority"]]
    )
    late = log + effect("emotional_abuse->planned_end_late") * (plans["category"] == 3)
    cumulative = protection.baseline(planted)
    first = np.exp(log) * cumulative[np.minimum(plans["length"], turn)]
    second = np.exp(late) * np.maximum(cumulative[plans["length"]] - cumulative[turn], 0)
    early = plans["planned"] & (plans["length"] <= turn)
    out = {}
    family = np.unique(plans["family"], return_inverse=True)[1]
    for k, name in enumerate(CATEGORIES):
        for period, observed, expected in (
            ("early", early, first),
            ("late", plans["planned"] & ~early, second),
        ):
            mine = plans["category"] == k
            residual = np.bincount(family, weights=(observed - expected) * mine)
            out[f"{name} {period}"] = residual.sum() / np.sqrt((residual**2).sum())
    return out


def test_ends_are_as_many_as_the_planted_hazards_expect(world):
    z = observed_against_planted(world, parameters.read())
    assert len(z) == 10
    assert max(map(abs, z.values())) < 3.3, z
    assert np.sqrt(np.mean(np.square(list(z.values())))) < 2, z


@pytest.mark.parametrize(
    ("arrow", "value", "cell"),
    [
        ("emotional_abuse->planned_end", 0.0, "EMO early"),
        ("emotional_abuse->planned_end_late", 0.0, "EMO late"),
        ("age->planned_end", 0.12, "NEG early"),
    ],
)
def test_a_changed_planted_number_is_noticed(monkeypatch, arrow, value, cell):
    """The comparison above has the power to see a wrong number: it is not a test that cannot fail."""
    planted = parameters.read()
    changed = parameters.read()
    old = changed.effects[arrow]
    changed.effects[arrow] = parameters.Effect(arrow, old.room, value, old.scale, old.source)
    monkeypatch.setattr(life, "read", lambda cuts, **moved: changed)
    z = observed_against_planted(whole(Spec(seed=11, children=30_000)), planted)
    assert abs(z[cell]) > 4, z


def test_cox_regression_recovers_the_planted_ratios(world):
    plans = exposure(world)
    turn = int(parameters.read()["protection"]["planned_end.late_effects_from_day"])
    names = ("physical_abuse", "sexual_abuse", "emotional_abuse", "multiple_abuse", "age", "deprivation")
    columns = {name: (plans["category"] == k).astype(float) for k, name in enumerate(names[:4], start=1)}
    columns |= {"age": plans["age"], "deprivation": plans["deprived"]}
    columns |= {"authority": plans["authority"], "family": plans["family"]}
    columns["time"] = np.minimum(plans["length"], turn)
    columns["event"] = plans["planned"] & (plans["length"] <= turn)
    table = pd.DataFrame(columns)[plans["length"] > 0]
    fitted = CoxPHFitter().fit(table, "time", "event", strata=["authority"], cluster_col="family")
    effect = parameters.read().effect
    planted = np.array([effect(f"{name}->planned_end") for name in names])
    estimate, error = (fitted.summary.loc[list(names), c].to_numpy() for c in ("coef", "se(coef)"))
    z = (estimate - planted) / error
    assert np.abs(z).max() < 3, dict(zip(names, z, strict=True))
    assert estimate[2] / error[2] > 4  # emotional abuse is told apart from nothing


def test_ends_heap_on_reviews(world):
    plans, reviews = world.cp_plans, world.reviews
    planned = plans["end_reason"] == PLANTED
    p = parameters.read()["protection"]
    age = (plans["end"] - plans["start"])[planned]
    lasted = np.where(plans["end"] == clock.NEVER, clock.END, plans["end"]) - plans["start"]

    def daily(first: float, last: float) -> float:
        return ((age >= first) & (age < last)).sum() / (last - first) / (lasted >= first).sum()

    for window in ("review.first", "review.second"):
        first, last = p[window]
        assert daily(first, last) > 4 * daily(last + 14, last + 60), window
    # A plan is ended at a review: on the day, or within the fortnight after one.
    rows = np.searchsorted(plans["child"] * 64 + plans["plan"], reviews["child"] * 64 + reviews["plan"])
    latest = plans["start"].copy()
    np.maximum.at(latest, rows, reviews["day"])
    gap = (plans["end"] - latest)[planned]
    assert gap.min() >= 0
    assert gap.max() <= 14
    assert (gap == 0).mean() > 0.8


def test_siblings_plans_end_alike_without_bending_the_hazard(world):
    plans = world.cp_plans
    ended = plans["end_reason"] == PLANTED
    key = np.stack([plans["child"] // 8, plans["start"]], axis=1)[ended]
    end = plans["end"][ended]
    order = np.lexsort([key[:, 1], key[:, 0]])
    pairs = (key[order][1:] == key[order][:-1]).all(axis=1)
    assert pairs.sum() > 150
    # About the square of the chance that a child shares the luck of brothers and sisters end in one month.
    apart = np.abs(np.diff(end[order]))
    assert 0.55 < (apart[pairs] <= 31).mean() < 0.85
    lasted = end - key[:, 1]
    strangers = np.abs(lasted - np.roll(lasted, len(lasted) // 2))
    assert (strangers <= 31).mean() < 0.3


def test_baseline_is_a_cumulative_hazard():
    cumulative = protection.baseline(parameters.read())
    assert cumulative[0] == 0
    assert (np.diff(cumulative) >= 0).all()
    assert cumulative[7] == 0

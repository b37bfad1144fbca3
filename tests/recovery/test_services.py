"""The tools of T6, T11 and T11b on numbers whose answer is known."""

import numpy as np
import pandas as pd

from catalyst.studio import recovery_panels, recovery_t6, recovery_t11, recovery_t11b


def panel(rng, places=120, years=10):
    authority, year = np.repeat(np.arange(places), years), np.tile(np.arange(years), places)
    level, instrument, demand = rng.normal(size=places)[authority], *rng.normal(size=(2, places * years))
    cause = level + instrument + demand + rng.normal(size=places * years)
    outcome = 3 * level + 0.5 * cause + demand + 0.1 * year
    return authority, year, cause, instrument, outcome


def test_instrument_finds_what_least_squares_misses():
    authority, year, cause, instrument, outcome = panel(np.random.default_rng(1))
    fixed = recovery_panels.dummies(authority, year)
    weight = np.ones(len(year))
    fit = recovery_panels.instrumented(outcome, cause[:, None], instrument[:, None], fixed, weight, authority)
    plain = recovery_panels.least_squares(outcome, cause[:, None], fixed, weight, authority)
    assert abs(fit.value[0] - 0.5) < 3 * fit.se[0]
    assert plain.value[0] > 0.7


def test_counts_find_a_rate_ratio():
    rng = np.random.default_rng(2)
    authority, year = np.repeat(np.arange(80), 8), np.tile(np.arange(8), 80)
    treated = (year >= authority % 8).astype(float)
    exposure = rng.uniform(50, 500, len(year))
    mean = exposure * np.exp(-1 + 0.2 * (authority % 5) - 0.3 * treated)
    fit = recovery_panels.counts(
        rng.poisson(mean).astype(float),
        exposure,
        treated[:, None],
        recovery_panels.dummies(authority, year),
        authority,
    )
    assert abs(fit.value[0] + 0.3) < 3 * fit.se[0] < 0.1


def test_strata_undo_an_offer_that_goes_to_those_at_risk():
    rng = np.random.default_rng(3)
    plan = rng.random(20_000) < 0.5
    offered = rng.random(20_000) < np.where(plan, 0.8, 0.2)
    care = rng.random(20_000) < 0.2 + 0.4 * plan - 0.1 * offered
    rows = pd.DataFrame(
        {
            "plan": plan,
            "offered": offered,
            "care": care.astype(float),
            "FamilyRefAnonymous": np.arange(20_000),
        }
    )
    value, se = recovery_t11.on_the_offered(rows, ["plan"])
    crude, _ = recovery_t11.on_the_offered(rows, [])
    assert abs(value + 0.1) < 3 * se
    assert crude > 0.05


def test_waves_are_held_against_those_not_yet_reached():
    years = np.arange(2015, 2026)
    wave = np.array([2018] * 30 + [2021] * 30 + [9999] * 30)
    exposure = np.clip(years[None, :] - wave[:, None] + 1, 0, None) * (wave[:, None] < 9999)
    children = np.full((90, 11), 1e5)
    referrals = children * np.exp(-3 - 0.1 * exposure + 0.05 * (years - 2015))
    effect, _, since = recovery_t11b.group_time(wave, referrals, children, np.ones((1, 90)), years)
    np.testing.assert_allclose(effect[0], -0.1 * (since + 1), atol=1e-9)


def header(lacking: tuple[str, tuple[int, ...]]) -> pd.DataFrame:
    """A census of two authorities in each year, but for what is lacking."""
    rows = [(lea, year) for lea in ("501", "502") for year in range(2015, 2026)]
    place, years = lacking
    return pd.DataFrame(
        [row for row in rows if row[0] != place or row[1] not in years], columns=["LEA", "Year"]
    )


def test_nobody_is_watched_where_the_authority_gave_no_census():
    case = {
        "LAchildID": "a",
        "Year": 2020,
        "CINdetailsID": 1,
        "CINreferralDate": "2019-11-04",
        "CINclosureDate": "2020-01-10",
    }
    details = pd.DataFrame([{**case, "LEA": lea, "ReasonForClosure": "RC1"} for lea in ("501", "502")])
    for column in ("CINreferralDate", "CINclosureDate"):
        details[column] = pd.to_datetime(details[column])
    staff = pd.DataFrame(
        [(lea, year) for lea in ("501", "502") for year in range(2015, 2025)], columns=["LEA", "Year"]
    )
    staff = staff.assign(
        CompetitorLEA=staff["LEA"].map({"501": "502", "502": "501"}), VacancyRate=1, AverageCaseload=1,
        TurnoverRate=1, AgencyRate=1,
    )  # fmt: skip
    tables = {
        "cin_details": details,
        "workforce_authority": staff,
        "cin_header": header(("501", (2021, 2022))),
    }
    days = recovery_t6.panel(tables).set_index(["LEA", "Year"])["time"] * 365.25
    assert days.round().to_dict() == {
        ("501", 2020): 81,  # to 31 March 2020
        ("502", 2020): 265,  # to 30 September 2020
        ("502", 2021): 100,
    }


def test_enquiries_are_not_known_where_the_authority_gave_no_census():
    day = pd.to_datetime(["2018-01-10", "2019-06-10", "2021-05-10", "2022-06-10", "2023-06-10"])
    entries = pd.DataFrame({"PreProceedingsStart": day, "LAchildID": list("abcde"), "ConferenceAvailable": 1})
    entries = entries.assign(ConferenceOffered=0, ChildrenTogether=1, FamilyRefAnonymous="f")
    tables = {
        "pre_proceedings": pd.concat([entries.assign(LEA=lea) for lea in ("501", "502")]),
        "ssda903_episodes": pd.DataFrame({"LEA": [], "CHILD": [], "DECOM": pd.to_datetime([]), "RNE": []}),
        "cin_section47": pd.DataFrame({"LEA": [], "LAchildID": [], "S47ActualStartDate": pd.to_datetime([])}),
        "cin_header": header(("502", (2021, 2022))),
    }
    known = recovery_t11.trial(tables).groupby("LEA")["enquiries_known"].agg(list)
    assert known["501"] == [True] * 5
    assert known["502"] == [True, False, False, False, True]

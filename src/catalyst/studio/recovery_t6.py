"""T6's analyses, proper and wrong: caseload, turnover and agency workers, and referrals soon after a closure.

The proper one follows each authority over the census years (1 October to 30 September) and moves caseload by
the vacancies of the competing authority a year before. Depends on the release's tables.
"""

import numpy as np
import pandas as pd

from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap
from catalyst.studio.recovery_panels import dummies, instrumented, least_squares

CHILDREN, AUTHORITIES = 60_000, 150  # a panel of authorities: the changes of few cannot be told from chance
TABLES = ("cin_details", "cin_header", "workforce_authority")
NAMES = {
    "t6.caseload": "five more cases per worker: more referrals per 100 child-years",
    "t6.turnover": "ten points more turnover: more referrals per 100 child-years",
    "t6.agency": "ten points more agency workers",
}
RECOVERS = {
    "caseload->referral_again": ("t6.caseload",),
    "turnover->referral_again": ("t6.turnover",),
}
YEARS = range(2015, 2025)
_CASE = ["LEA", "LAchildID", "CINreferralDate"]


def closures(details: pd.DataFrame) -> pd.DataFrame:
    """One row a closed case: authority, closure, and the child's next referral in the same authority."""
    rows = details.astype({"LEA": str, "LAchildID": str})
    cases = (
        rows.sort_values("Year").groupby(_CASE, as_index=False)[["CINclosureDate", "ReasonForClosure"]].last()
    )
    cases = cases.sort_values(_CASE)
    cases["next"] = cases.groupby(["LEA", "LAchildID"])["CINreferralDate"].shift(-1)
    return cases[cases["CINclosureDate"].notna() & (cases["ReasonForClosure"] != "RC5")]


def panel(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """One row an authority and census year: referrals soon after a closure, years at risk, the workforce."""
    tables = mending.once(tables)
    closed = closures(tables["cin_details"])
    limit = closed["CINclosureDate"] + pd.Timedelta(days=365)
    # Where the authority gave no census nobody can say who was referred again: seen until then.
    for gap in mending.gaps(tables).itertuples():
        here = (closed["LEA"] == gap.LEA) & (closed["CINclosureDate"] < gap.first)
        limit = limit.mask(here & (limit >= gap.first), gap.first - pd.Timedelta(days=1))
    stop = closed["next"].where(closed["next"] <= limit, limit)
    parts = []
    for year in YEARS:
        low, high = pd.Timestamp(year - 1, 10, 1), pd.Timestamp(year, 10, 1)
        time = (stop.clip(upper=high) - closed["CINclosureDate"].clip(lower=low)).dt.days.clip(
            lower=0
        ) / 365.25
        again = (closed["next"] <= limit) & (closed["next"] >= low) & (closed["next"] < high)
        cell = pd.DataFrame({"LEA": closed["LEA"], "events": again, "time": time})
        parts.append(cell.groupby("LEA", as_index=False).sum().assign(Year=year))
    cells = pd.concat(parts, ignore_index=True)
    staff = tables["workforce_authority"].astype({"LEA": str, "CompetitorLEA": str})
    rival = staff[["LEA", "Year", "VacancyRate"]].assign(Year=staff["Year"] + 1)
    rival.columns = ["CompetitorLEA", "Year", "rival"]
    staff = staff.merge(rival, on=["CompetitorLEA", "Year"])
    cells = cells.merge(staff, on=["LEA", "Year"])
    cells = cells[cells["time"] > 0].reset_index(drop=True)
    return cells.assign(
        rate=100 * cells["events"] / cells["time"],
        caseload=cells["AverageCaseload"] / 50,  # tenths of a case: five cases
        turnover=cells["TurnoverRate"] / 100,  # tenths of a per cent: ten points
        agency=cells["AgencyRate"] / 100,
    )


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Two-stage least squares within authorities and years, weighted by years at risk."""
    cells = panel(tables)
    causes = cells[["caseload", "turnover", "agency"]].to_numpy()
    instruments = cells[["rival", "turnover", "agency"]].to_numpy(dtype=float)
    fixed = dummies(cells["LEA"].to_numpy(), cells["Year"].to_numpy())
    fit = instrumented(
        cells["rate"].to_numpy(),
        causes,
        instruments,
        fixed,
        cells["time"].to_numpy(),
        cells["LEA"].to_numpy(),
    )
    events, clusters = int(cells["events"].sum()), cells["LEA"].nunique()
    return {
        f"t6.{name}": Estimate(float(v), float(s), events, clusters)
        for name, v, s in zip(("caseload", "turnover", "agency"), fit.value, fit.se, strict=True)
    }


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The slope between authorities, caseload that answers demand, and agency workers on their own."""
    cells = panel(tables)
    authority, year = cells["LEA"].to_numpy(), cells["Year"].to_numpy()
    weight, rate = cells["time"].to_numpy(), cells["rate"].to_numpy()
    sums = cells.groupby("LEA").apply(
        lambda d: pd.Series(
            {name: np.average(d[name], weights=d["time"]) for name in ("rate", "caseload")}
            | {"time": d["time"].sum()}
        ),
        include_groups=False,
    )
    between = least_squares(
        sums["rate"].to_numpy(), sums[["caseload"]].to_numpy(), np.ones((len(sums), 1)),
        sums["time"].to_numpy(), sums.index.to_numpy(),
    )  # fmt: skip
    causes = cells[["caseload", "turnover", "agency"]].to_numpy()
    within = least_squares(rate, causes, dummies(authority, year), weight, authority)
    alone = least_squares(rate, causes[:, 2:], dummies(year), weight, authority)
    return {
        "slope between authorities": Trap("t6.caseload", float(between.value[0]), float(between.se[0]), 1),
        "caseload that answers demand": Trap("t6.caseload", float(within.value[0]), float(within.se[0]), 1),
        "agency workers on their own": Trap("t6.agency", float(alone.value[0]), float(alone.se[0]), 1),
    }

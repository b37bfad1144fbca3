"""The numbers in the test before and after the course, counted from the data in use, whatever their seed.

A function to an idea: it takes the tables and the form, and gives the words and figures that the question's
``{names}`` stand for. The two forms count other years, so that nobody can remember an answer. Depends on
``load`` alone.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pandas as pd

from catalyst.errors import CourseError
from catalyst.marking import load

CHILD, PUPIL = ["LEA", "LAchildID"], "PupilMatchingRefAnonymous"
# By form: a year of a return, and the number of points by which a score is raised.
YEAR = {"before": 2019, "after": 2023}
DELTA = {"before": 3, "after": 5}
# Codes that begin with the return of 2022, as the census guide has them.
NEW_CODE = {
    "before": ("24A", "Child criminal exploitation"),
    "after": ("18C", "Physical abuse, adult on child"),
}
CARE_DAYS, PLAN_DAYS = 365, 60


class Tables:
    """Tables of the release in use, each read once; ``project`` names an extract of its own."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str | None], pd.DataFrame] = {}

    def __call__(self, name: str, project: str | None = None) -> pd.DataFrame:
        if (name, project) not in self._read:
            table = load(name, project) if project else load(name)
            keys = [key for key in ("LEA", "LAchildID", "CHILD", "FamilyRefAnonymous") if key in table]
            self._read[name, project] = table.astype(dict.fromkeys(keys, str)).rename(
                columns={"CHILD": "LAchildID"}
            )
        return self._read[name, project]

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """Episodes of need, stitched: ``LEA``, ``LAchildID``, ``start``, ``end`` and ``family``."""
        rows = self("cin_details").query("ReferralNFA == 0").sort_values("Year", kind="stable")
        rows = rows.groupby([*CHILD, "CINreferralDate"], as_index=False)["CINclosureDate"].last()
        people = self("cin_child_identifiers").drop_duplicates(CHILD)[[*CHILD, "FamilyRefAnonymous"]]
        rows = rows.merge(people, how="left", on=CHILD, validate="m:1")
        return rows.set_axis([*CHILD, "start", "end", "family"], axis=1)

    @cached_property
    def plans(self) -> pd.DataFrame:
        """Protection plans, stitched: ``start``, ``end``, ``category``."""
        rows = self("cin_child_protection_plans").sort_values("Year", kind="stable")
        rows = rows.groupby([*CHILD, "CPPstartDate"], as_index=False)
        rows = rows.agg(end=("CPPendDate", "last"), category=("InitialCategoryOfAbuse", "first"))
        return rows.rename(columns={"CPPstartDate": "start"})


def rows_and_children(tables: Tables, form: str) -> dict:
    """Rows of two yearly returns of plans, and the children in them."""
    year = YEAR[form]
    rows = tables("cin_child_protection_plans").query("Year in [@year - 1, @year]")
    children = len(rows.drop_duplicates(CHILD))
    return {"from": year - 1, "year": year, "rows": len(rows), "children": children}


def stock_and_flow(tables: Tables, form: str) -> dict:
    """Children in need at some time in a year, and on its last day."""
    year = YEAR[form]
    rows = tables("cin_details").query("Year == @year and ReferralNFA == 0")
    still = rows[rows["CINclosureDate"].isna()]
    return {
        "year": year,
        "flow": len(rows.drop_duplicates(CHILD)),
        "stock": len(still.drop_duplicates(CHILD)),
    }


def link_bounds(tables: Tables, form: str) -> dict:
    """The share with four attendances among those linked and its limits among all pupils."""
    pupils = tables("school_census", "linkage").drop_duplicates("PupilMatchingRefAnonymous", keep="last")
    half = {"before": "F", "after": "M"}[form]
    pupils = pupils[pupils["Gender"] == half]["PupilMatchingRefAnonymous"]
    link = tables("link_school_hospital", "linkage").drop_duplicates("PupilMatchingRefAnonymous")
    visits = tables("linkage_hospital", "linkage").set_index("PatientRefAnonymous")["EmergencyAttendances"]
    found = link[link["PupilMatchingRefAnonymous"].isin(pupils)]["PatientRefAnonymous"].map(visits)
    n, linked, often = len(pupils), len(found), int((found >= 4).sum())
    return {
        "who": {"before": "girls", "after": "boys"}[form],
        "pupils": n,
        "linked": linked,
        "often": often,
        "low": 100 * often / n,
        "among": 100 * often / linked,
        "high": 100 * (often + n - linked) / n,
    }


def new_code(tables: Tables, form: str) -> dict:
    """A code of the assessment factors in the first return that has it, and two returns later."""
    code, name = NEW_CODE[form]
    rows = tables("cin_assessments").dropna(subset="AssessmentFactors")
    there = rows["AssessmentFactors"].astype(str).str.contains(rf"\b{code}\b")
    counts = there.groupby(rows["Year"]).sum()
    year = int(counts.index[counts > 0].min())
    return {"name": name, "year": year, "first": int(counts[year]), "later": int(counts.get(year + 2, 0))}


def raised_scores(tables: Tables, form: str) -> dict:
    """The mean of scores received, and of all if those not received lie some points higher."""
    delta, year = DELTA[form], YEAR[form]
    asked = tables("ssda903_oc2").query("Year == @year").dropna(subset=["SDQ_SCORE", "SDQ_REASON"], how="all")
    mean, share = asked["SDQ_SCORE"].mean(), asked["SDQ_SCORE"].isna().mean()
    return {
        "year": year,
        "asked": len(asked),
        "received": int(asked["SDQ_SCORE"].notna().sum()),
        "mean": mean,
        "delta": delta,
        "all_raised": mean + delta,
        "right": mean + delta * share,
    }


def hidden_cell(tables: Tables, form: str) -> dict:
    """A row of a table in which the smallest number was hidden, and the row's total was not."""
    places = tables("authorities")[["LEA", "Region"]].astype(str)
    year = YEAR[form]
    began = tables.plans["start"].between(f"{year - 3}-04-01", f"{year}-03-31")
    counts = pd.crosstab(*tables.plans[began].merge(places)[["Region", "category"]].astype(str).to_numpy().T)
    counts = counts.loc[counts.sum(axis=1).idxmax()]
    hidden = counts.idxmin()
    names = {"NEG": "neglect", "EMO": "emotional", "PHY": "physical", "SAB": "sexual", "MUL": "multiple"}
    shown = [f"{names.get(code, code)} {count:,}" for code, count in counts.items() if code != hidden]
    return {
        "from": year - 3,
        "year": year,
        "row": ", ".join([*shown, f"{names.get(hidden, hidden)} c"]),
        "total": int(counts.sum()),
        "hidden": int(counts[hidden]),
        "most": max(9, int(counts[hidden]) + 2),
    }


def late_entry(tables: Tables, form: str) -> dict:
    """A plan that was open when a window begins: days before it, and days in it until the plan ended."""
    begin = pd.Timestamp(f"{YEAR[form]}-04-01")
    some = tables.plans[(tables.plans["start"] < begin) & (tables.plans["end"] > begin)]
    before = (begin - some["start"]).dt.days
    chosen = before.sort_values(kind="stable").index[len(some) // 2]
    inside = int((some.loc[chosen, "end"] - begin).days)
    return {
        "year": YEAR[form],
        "open": len(some),
        "before": int(before[chosen]),
        "inside": inside,
        "whole": int(before[chosen]) + inside,
    }


def open_plans(tables: Tables, form: str) -> dict:
    """Plans of a year, how many had ended two years after it began, and how long those took."""
    year = YEAR[form]
    last = pd.Timestamp(f"{year}-09-30")
    plans = tables.plans[tables.plans["start"].between(f"{year - 1}-04-01", f"{year}-03-31")]
    ended = plans[plans["end"] <= last]
    return {
        "year": year,
        "plans": len(plans),
        "ended": len(ended),
        "open": len(plans) - len(ended),
        "days": round((ended["end"] - ended["start"]).dt.days.mean()),
    }


def plan_or_not(tables: Tables, form: str) -> dict:
    """Entries to care within a year, of episodes with an early child in need plan and without one."""
    year = YEAR[form]
    some = tables.episodes[tables.episodes["start"].between(f"{year - 1}-04-01", f"{year}-03-31")]
    some = some.reset_index(names="case")
    rows = tables("cin_plan_dates").merge(some, on=CHILD)
    wait = (rows["CINPlanStartDate"] - rows["start"]).dt.days
    planned = some["case"].isin(rows.loc[wait.between(0, PLAN_DAYS), "case"])
    rows = tables("ssda903_episodes").query("RNE == 'S'").merge(some, on=CHILD)
    wait = (rows["DECOM"] - rows["start"]).dt.days
    care = some["case"].isin(rows.loc[wait.between(0, CARE_DAYS), "case"])
    return {
        "year": year,
        "with_plan": 100 * care[planned].mean(),
        "without": 100 * care[~planned].mean(),
    }


def areas(tables: Tables, form: str) -> dict:
    """Low income and referral in the most and the least deprived tenth of neighbourhoods."""
    year = YEAR[form]
    register = tables("child_low_income").query("Year == @year")
    starts = tables.episodes["start"].between(f"{year}-04-01", f"{year + 1}-03-31")
    referred = register["FamilyRefAnonymous"].isin(tables.episodes[starts]["family"])
    tenths = register.assign(referred=referred).groupby("IDACIDecile")[["RelativeLowIncome", "referred"]]
    low, high = 100 * tenths.mean().loc[10], 100 * tenths.mean().loc[1]
    return {
        "year": year,
        "poor_low": low["RelativeLowIncome"],
        "poor_high": high["RelativeLowIncome"],
        "referred_low": low["referred"],
        "referred_high": high["referred"],
    }


def before_the_fall(tables: Tables, form: str) -> dict:
    """Families with a new case in the half-year before a fall into low income, and in the one before that."""
    year = YEAR[form]
    spells = tables("household_income_spells")
    first = pd.Timestamp("2014-04-01")
    spells = spells[(spells["Kind"] == "low income") & (spells["SpellStart"] > first)]
    spells = spells[spells["SpellStart"].between(f"{year - 2}-04-01", f"{year + 1}-03-31")]
    spells = spells.rename(columns={"FamilyRefAnonymous": "family"}).reset_index(names="fall")
    rows = spells[["fall", "family", "SpellStart"]].merge(tables.episodes, on="family")
    days = (rows["SpellStart"] - rows["start"]).dt.days
    near, far = (rows.loc[days.between(*span), "fall"].nunique() for span in ((1, 182), (366, 547)))
    n = len(spells)
    return {"falls": n, "near": 1000 * near / n, "far": 1000 * far / n}


def contacts_and_time(tables: Tables, form: str) -> dict:
    """Mean contacts and days open of five years' referrals, with and without a parent's ill health noted."""
    year, key = YEAR[form], ["FamilyRefAnonymous", "PersonBirthDate", "ReferralDate"]
    rows = tables("mental_health_referrals")
    rows = rows[rows["ReferralDate"].between(f"{year - 5}-04-01", f"{year}-03-31")]
    number = tables("mental_health_contacts").groupby(key).size().rename("contacts")
    rows = rows.join(number, on=key).fillna({"contacts": 0})
    days = (rows["DischargeDate"].fillna(pd.Timestamp("2025-04-01")) - rows["ReferralDate"]).dt.days
    mean = rows.assign(days=days).groupby("ParentalMentalHealthNoted")[["contacts", "days"]].mean()
    pace = mean["contacts"] / mean["days"]
    return {
        "from": year - 5,
        "year": year,
        "noted": mean.loc[1, "contacts"],
        "noted_days": mean.loc[1, "days"],
        "other": mean.loc[0, "contacts"],
        "other_days": mean.loc[0, "days"],
        "ratio": pace[1] / pace[0],
    }


def ranking(tables: Tables, form: str) -> dict:
    """Support in Years 1 and 2 of the tenth of schools that ranks highest, and two years later."""
    census = tables("school_census").query("AgeAtStartOfAcademicYear in (5, 6) and SENprovision != 'E'")
    census = census.assign(supported=100 * (census["SENprovision"] == "K"))
    year = {"before": 2016, "after": 2022}[form]
    schools = census.pivot_table("supported", "URN", "AcademicYear", ["mean", "size"], observed=True)
    shares = schools["mean"][schools["size"][[year, year + 2]].min(axis=1) >= 10]
    top = shares[shares[year].rank(pct=True) > 0.9]
    return {
        "year": year,
        "schools": len(top),
        "top": top[year].mean(),
        "mean": shares[year].mean(),
        "later": top[year + 2].mean(),
    }


def off_the_roll(tables: Tables, form: str) -> dict:
    """Pupils who missed half of an autumn: how many of them did so again a year later, and who had left."""
    year = YEAR[form] + (form == "after")  # not across the pandemic
    leavers = tables("school_census").query("AcademicYear == @year")
    leavers = leavers.loc[leavers["NCyearActual"].astype(str) == "11", PUPIL]
    then, later = _autumn(tables, year), _autumn(tables, year + 1)
    severe = then[(then >= 50) & ~then.index.isin(leavers)]
    again = later.reindex(severe.index)
    n, gone, still = len(severe), int(again.isna().sum()), int((again >= 50).sum())
    return {
        "year": year,
        "pupils": n,
        "gone": gone,
        "still": still,
        "on_roll": 100 * still / (n - gone),
        "filled": 100 * still / n,
        "worst": 100 * (still + gone) / n,
    }


def same_path(tables: Tables, form: str) -> dict:
    """Absence in the term of a first case and a year later, and of pupils without one who missed as much."""
    cases = tables("cin_details").query("ReferralNFA == 0").dropna(subset=PUPIL)
    first = cases.groupby(PUPIL, observed=True)["CINreferralDate"].min().rename(index=str)
    begin, wait = [], []
    for year in {"before": (2016, 2017, 2018, 2019), "after": (2022, 2023, 2024)}[form]:
        last, now, later = (_autumn(tables, year + step) for step in (-1, 0, 1))
        paths = pd.concat([last, now, later], axis=1, keys=["last", "now", "later"]).dropna()
        case = pd.Series(paths.index.astype(str), paths.index).map(first)
        begin.append(paths[case.between(f"{year - 1}-09-01", f"{year - 1}-12-31")])
        wait.append(paths[~(case <= f"{year - 1}-12-31")])
    begin, wait = (_banded(pd.concat(some)) for some in (begin, wait))
    # Of those without a case yet, from each cell of the path as many as there are with one.
    alike = wait.groupby("cell")["later"].mean().reindex(begin["cell"]).to_numpy()
    begin = begin[~np.isnan(alike)]
    now, later, others = begin["now"].mean(), begin["later"].mean(), np.nanmean(alike)
    return {"now": now, "later": later, "alike": others, "change": later - now, "effect": later - others}


def league_table(tables: Tables, form: str) -> dict:
    """The authorities with the highest rates of entry to care in a year, and their places a year later."""
    year = YEAR[form]
    rows = tables("authority_years", "authority_panel").query("Year in [@year, @year + 1]")
    rate = rows.assign(rate=rows["CareStarted"] / rows["Children"]).pivot_table("rate", "LEA", "Year")
    place = rate.rank(ascending=False, method="first")
    first = place[place[year] <= 10]
    return {
        "year": year,
        "next": year + 1,
        "places": len(place),
        "typical": round(rows["CareStarted"].median()),
        "again": int((first[year + 1] <= 10).sum()),
        "middle": round(first[year + 1].mean()),
    }


def none_seen(tables: Tables, form: str) -> dict:
    """The authority and year with most children assessed and none named as exploited; the exact upper end."""
    first, last = {"before": (2015, 2019), "after": (2021, 2025)}[form]
    forms = tables("cin_assessments").dropna(subset=[PUPIL, "AssessmentFactors"])
    forms = forms[forms["Year"].between(first, last)]
    named = forms["AssessmentFactors"].astype(str).str.contains(r"\b(?:11A|12A|13A|24A)\b")
    places = forms.assign(named=named).groupby(["LEA", "Year"], observed=True)
    found = places.agg(children=(PUPIL, "nunique"), named=("named", "sum")).query("named == 0")["children"]
    n = int(found.max())
    return {"year": found.idxmax()[1], "children": n, "upper": 100 * (1 - 0.025 ** (1 / n))}


def after_a_peak(tables: Tables, form: str) -> dict:
    """Enquiries in the quarter of authorities with the highest rates of a year, then and a year later."""
    year = YEAR[form]
    panel = tables("authority_years", "authority_panel")
    panel = panel.assign(rate=1e4 * panel["Section47"] / panel["Children"])
    rates = panel.pivot_table("rate", "LEA", "Year")
    chosen = rates[year].nlargest(len(rates) // 4, keep="first").index
    (high, later), (usual, usual_later) = (
        some[[year, year + 1]].mean() for some in (rates.loc[chosen], rates)
    )
    fall = high - later
    return {
        "year": year,
        "places": len(chosen),
        "all_places": len(rates),
        "high": high,
        "later": later,
        "usual": usual,
        "usual_later": usual_later,
        "fall": fall,
        "beyond": fall - (usual - usual_later),
    }


def two_lists(tables: Tables, form: str) -> dict:
    """Families known to police and health services in some years, where the police give an extract."""
    years = {"before": (2017, 2018, 2019), "after": (2021, 2022, 2023)}[form]
    police, health = tables("domestic_abuse_incidents"), tables("health_domestic_abuse_flags")
    known = []
    for rows, day in ((police, "IncidentDate"), (health, "FlagMonth")):
        year = rows[day].dt.year + (rows[day].dt.month > 3)
        here = rows[year.isin(years) & rows["LEA"].isin(police["LEA"])].assign(year=year)
        known.append(pd.MultiIndex.from_frame(here[["FamilyRefAnonymous", "year"]]).unique())
    first, second, both = len(known[0]), len(known[1]), len(known[0].intersection(known[1]))
    return {
        "from": years[0],
        "year": years[-1],
        "police": first,
        "health": second,
        "both": both,
        "either": first + second - both,
        "all": round(first * second / both),
    }


def same_places(tables: Tables, form: str) -> dict:
    """Starts of need per 1,000 a year in a group, among White children, and among these in places alike."""
    first, letter, name = {"before": (2015, "A", "Asian"), "after": (2020, "B", "Black")}[form]
    family, birth = "FamilyRefAnonymous", "PersonBirthDate"
    children = tables("child_low_income").query("@first <= Year <= @first + 5")
    people = tables("cin_child_identifiers").sort_values("Year")
    people = people.assign(**{birth: people[birth].fillna(people["ExpectedPersonBirthDate"])})
    people = people.groupby(CHILD, as_index=False)[[family, birth]].last()
    starts = tables("cin_details").sort_values("Year", kind="stable")
    starts = starts.groupby([*CHILD, "CINreferralDate"], as_index=False).last()
    found = (starts["ReferralNFA"] == 0) & ~starts["ReasonForClosure"].isin(["RC8", "RC9"])
    starts = starts[found].drop(columns="Year").merge(people, on=CHILD)
    starts["Year"] = starts["CINreferralDate"].dt.year + (starts["CINreferralDate"].dt.month > 3)
    keys = pd.MultiIndex.from_frame(starts[[family, birth, "Year"]])
    began = 1000.0 * pd.MultiIndex.from_frame(children[[family, birth, "Year"]]).isin(keys)
    of, decile = children["Ethnicity"].astype(str).str[0], children["IDACIDecile"]
    mine, white = of == letter, of == "W"
    there = decile[mine].map(pd.Series(began[white], decile[white]).groupby(level=0).mean()).mean()
    return {
        "from": first, "year": first + 5, "name": name,
        "group": began[mine].mean(), "white": began[white].mean(), "there": there,
    }  # fmt: skip


def both_systems(tables: Tables, form: str) -> dict:
    """Children with a case, with a proven offence and with both, of two years of birth."""
    year = {"before": 2004, "after": 2006}[form]
    born = tables("child_low_income").dropna(subset=PUPIL)
    born = (
        born[born["PersonBirthDate"].between(f"{year - 2}-04-01", f"{year}-03-31")][PUPIL]
        .astype(str)
        .unique()
    )
    cases = tables("cin_details").query("ReferralNFA == 0")[PUPIL].dropna().astype(str)
    proven = tables("offences").query("AdjudicationCode == 'G'")[PUPIL].dropna().astype(str)
    need, offended = np.isin(born, cases), np.isin(born, proven)
    both = int((need & offended).sum())
    return {
        "year": year,
        "children": len(born),
        "need": int(need.sum()),
        "offended": int(offended.sum()),
        "both": both,
        "wrong": 100 * both / offended.sum(),
        "right": 100 * both / need.sum(),
        "overall": 100 * both / len(born),
    }


def begun_or_waiting(tables: Tables, form: str) -> dict:
    """Change in referrals where early support begins, where it never came, and where it had begun before."""
    first = {"before": 2022, "after": 2021}[form]
    cells = tables("authority_years", "authority_panel")
    rollout = tables("programme_rollout", "authority_panel").query("Programme == 'ES'")
    wave = cells["LEA"].map(rollout.set_index("LEA")["StartDate"].dt.year + 1)

    def change(places: pd.Series) -> float:
        rows = cells[places & cells["Year"].between(first - 3, first + 2)]
        sums = rows.groupby(rows["Year"] >= first)[["Referrals", "Children"]].sum()
        rate = sums["Referrals"] / sums["Children"]
        return rate[True] / rate[False]

    own, waiting, begun = (change(p) for p in (wave == first, wave.isna(), wave.isin([first - 4, first - 3])))
    return {
        "places": cells["LEA"][wave == first].nunique(),
        "began": first - 1,
        "own": 100 * (own - 1),
        "waiting": 100 * (waiting - 1),
        "begun": 100 * (begun - 1),
        "against_waiting": 100 * (own / waiting - 1),
        "against_begun": 100 * (own / begun - 1),
    }


def _autumn(tables: Tables, year: int) -> pd.Series:
    """Percent of the autumn term's sessions that each pupil on a roll missed."""
    rows = tables("absence").query("AcademicYear == @year").set_index(PUPIL)
    missed = rows["AuthorisedAbsence_Autumn"] + rows["UnauthorisedAbsence_Autumn"]
    return (100 * missed / rows["SessionsPossible_Autumn"]).dropna()


def _banded(paths: pd.DataFrame) -> pd.DataFrame:
    now, last = (np.digitize(paths[name], [2, 5, 10, 20, 35]) for name in ("now", "last"))
    return paths.assign(cell=10 * now + last)


def picked_after_looking(tables: Tables, form: str) -> dict:
    """How often one of many comparisons "finds" something where a lot made the groups."""
    rows = tables("cin_details")
    rows = rows[rows["Year"] == YEAR[form]].merge(
        tables("authorities")[["LEA", "Region"]].astype(str), on="LEA"
    )
    what, column = {"before": ("authorities", "LEA"), "after": ("regions", "Region")}[form]
    groups = rows[column].nunique()
    return {
        "year": YEAR[form],
        "what": what,
        "groups": groups,
        "children": len(rows[CHILD].drop_duplicates()),
        "chance": 100 * (1 - 0.95**groups),
    }


def promised_and_left(tables: Tables, form: str) -> dict:
    """Plans of one category since April 2014, and children of them with one in Years 7 to 10 and a result."""
    code, reason = {"before": ("PHY", "physical abuse"), "after": ("EMO", "emotional abuse")}[form]
    summers = {"before": [2019, 2022], "after": [2023, 2024]}[form]
    births = tables("cin_child_identifiers").sort_values("Year")
    births = births.groupby(CHILD, as_index=False)["PersonBirthDate"].last()
    rows = tables("cin_child_protection_plans").sort_values("Year")
    plans = (
        rows[rows["CPPstartDate"] >= "2014-04-01"].groupby([*CHILD, "CPPstartDate"], as_index=False).last()
    )
    plans = plans[plans["InitialCategoryOfAbuse"] == code].merge(births)
    summer = plans["PersonBirthDate"].dt.year + 16 + (plans["PersonBirthDate"].dt.month > 8)
    school_year = plans["CPPstartDate"].dt.year + (plans["CPPstartDate"].dt.month > 8)
    kept = plans[summer.isin(summers) & (summer - school_year).between(1, 4)]
    left = kept[kept[PUPIL].isin(tables("ks4")[PUPIL])][PUPIL].nunique()
    return {"reason": reason, "plans": len(plans), "first": summers[0], "second": summers[1], "left": left}


COUNTED: dict[str, Callable[[Tables, str], dict]] = {
    function.__name__: function
    for function in (
        rows_and_children, stock_and_flow, link_bounds, new_code, raised_scores, hidden_cell, late_entry,
        open_plans, plan_or_not, areas, before_the_fall, contacts_and_time, off_the_roll, same_path,
        league_table, two_lists, same_places, none_seen, after_a_peak, both_systems, ranking,
        begun_or_waiting, picked_after_looking, promised_and_left,
    )
}  # fmt: skip


def numbers(name: str, tables: Tables, form: str) -> dict:
    """The figures of one question in one form.

    Raises
    ------
    CourseError
        If the data in use lack a table, or are too few for a number.
    """
    try:
        found = COUNTED[name](tables, form)
    except (KeyError, IndexError, ValueError, ZeroDivisionError):
        raise CourseError(f"The data in use are too few to count '{name}' for the test.") from None
    if any(isinstance(value, (float, np.floating)) and not np.isfinite(value) for value in found.values()):
        raise CourseError(f"The data in use are too few to count '{name}' for the test.")
    return found

"""The children in need census: every table, one slice a year (1 April to 31 March), as handed in.

A slice knows nothing of the next year. What ended before 1 April is gone, what ends after 31 March is still
open, and an episode open in several years is handed in again each year. Depends on the world's logs,
columns, calendar and case_files.

What this module decides where the return's guidance leaves room, all of it in the data dictionary too:

- No UPN is written: a number that follows the rules could be some child's. Release fills ``UPNunknown``.
- A referral without further action is in the return of its year only, and has no need code and no closure.
- A section 47 enquiry that has no outcome yet is shown in the year in which it began only (rule 8740).
- The log does not date a change of category: the latest category is shown from the plan's second slice on,
  and in the slice in which it ends.
- All reviews of a plan up to the year's end are shown for as long as the plan is in the return.
- Slicing leaves an enquiry without its assessment (query 2991Q) and assessments or enquiries open for longer
  than 45 or 15 working days (queries 8670Q, 8675Q); authorities explain these queries and so they stay.
- The date of a conference on transfer is shown in the year in which it was held, like every conference
  (8715).

One thing is not in the dictionary, as a chapter finds it in the data: up to 30 January 2022 some children who
lived with domestic abuse are entered as "another person in the household" (3C); since 31 January 2022, when
they became victims in their own right, under 3A. The date is the law's. That workers changed codes on it is
ours: no source tells how the codes were used.
"""

from typing import NamedTuple

import numpy as np

from catalyst.records import case_files
from catalyst.records.calendar import first_day, first_of_month, last_day, year_of
from catalyst.records.columns import (
    Codes,
    Days,
    Table,
    never,
    nothing,
    rows_of,
    running_number,
    spread,
)
from catalyst.world import codes
from catalyst.world.clock import add_working_days, day, month_of
from catalyst.world.luck import Luck
from catalyst.world.parameters import read

FIRST_YEAR, LAST_YEAR = 2015, 2025
SEX_SINCE = 2025  # the return of 2024-25 asks for Sex where those before asked for GenderCurrent
NEW_FACTORS_SINCE = 2022  # 18A and 19A split by who did harm, and 24A asked for, from the return of 2021-22
_SPLIT = {"18B": "18A", "19B": "19A"}  # the old code stands before the two that took its place
FACTOR_CODES = tuple(code for f in codes.FACTOR for code in (_SPLIT.get(f), f) if code)

# Domestic Abuse Act 2021, section 3, in force on this day.
VICTIMS_SINCE = day("2022-01-31")
_FACTORS_HAD_OLD_CODE = {"18B": "18A", "18C": "18A", "19B": "19A", "19C": "19A"}
_CASES_PER_CHILD = 4096


class _Cases(NamedTuple):
    """Cases in the order of child and referral, and the years in which each is in the return."""

    table: dict[str, np.ndarray]
    key: np.ndarray
    person: np.ndarray
    stint: np.ndarray
    first: np.ndarray
    last: np.ndarray
    number: np.ndarray  # CINdetailsID, shape (cases, years); 0 where the case is not in that year's return


def census(lives, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> dict[str, Table]:
    """All tables of the census of all years.

    Parameters
    ----------
    lives : the world's logs (``catalyst.world.life.Lives``), whole families
    first_year, last_year : the years in which the first and last slices end

    Returns
    -------
    dict of tables by their official names but without the header; besides the official columns each row has
    ``Year`` (of the slice), ``child`` and ``stint``. ``Assessments`` and ``AssessmentFactorsList`` etc. keep
    the official counters.

    Raises
    ------
    KeyError
        If a log speaks of a child or case that does not exist.
    """
    cases = _cases(lives, first_year, last_year)
    row, year = spread(cases.first, cases.last)
    details = _details(cases, row, year, last_year)
    identifiers, characteristics, disabilities = _children(lives, cases, row, year)
    assessments, factors = _assessments(lives, cases, last_year)
    plans, reviews = _protection(lives, cases, last_year)
    return {
        "ChildIdentifiers": identifiers,
        "ChildCharacteristics": characteristics,
        "Disabilities": disabilities,
        "CINdetails": details,
        "Assessments": assessments,
        "AssessmentFactorsList": factors,
        "CINplanDates": _plan_dates(lives, cases, last_year),
        "Section47": _section47(lives, cases, last_year),
        "ChildProtectionPlans": plans,
        "Reviews": reviews,
    }


def shown(day: np.ndarray, year: np.ndarray) -> Days:
    """A date as the slice of ``year`` knows it: blank if it lies after 31 March."""
    return Days(np.where(day <= last_day(year), day, np.int32(-1)).astype(np.int32))


def _cases(lives, first_year: int, last_year: int) -> _Cases:
    log = lives.cases
    order = np.lexsort((log["case"], log["referral"], log["child"]))
    table = {name: column[order] for name, column in log.items()}
    person = rows_of(lives.children["child"], table["child"])
    adopted = lives.children["adopted"][person]
    stint = case_files.pack(table["child"], table["authority"], table["referral"], adopted)
    first = np.maximum(year_of(table["referral"]), first_year)
    ends = np.where(table["nfa"], table["referral"], table["closure"])
    last = np.where(ends >= 0, np.minimum(year_of(ends), last_year), last_year)
    # A referral before the first slice that was closed before it falls out here: last < first.
    row, year = spread(first, last)
    number = np.zeros((len(first), last_year - first_year + 1), dtype=np.int16)
    number[row, year - first_year] = running_number(stint[row], year)
    return _Cases(table, _case_key(person, table["case"]), person, stint, first, last, number)


def _case_key(person: np.ndarray, case: np.ndarray) -> np.ndarray:
    return person * _CASES_PER_CHILD + case


def _case_of(lives, cases: _Cases, log: dict[str, np.ndarray]) -> np.ndarray:
    """Row of the case to which each record of a log belongs."""
    return rows_of(cases.key, _case_key(rows_of(lives.children["child"], log["child"]), log["case"]))


def _visible(cases: _Cases, case: np.ndarray, start: np.ndarray, finish: np.ndarray, last_year: int):
    """Rows and years in which records, begun and not finished before 1 April, stand beside their case."""
    first = np.maximum(year_of(start), cases.first[case])
    last = np.minimum(np.where(finish >= 0, year_of(finish), last_year), cases.last[case])
    return spread(first, last)


def _base(cases: _Cases, case: np.ndarray, year: np.ndarray, last_year: int) -> Table:
    first_year = last_year + 1 - cases.number.shape[1]
    return {
        "child": cases.table["child"][case],
        "stint": cases.stint[case],
        "Year": year.astype(np.int16),
        "CINdetailsID": cases.number[case, year - first_year],
    }


def _details(cases: _Cases, row: np.ndarray, year: np.ndarray, last_year: int) -> Table:
    t = {name: column[row] for name, column in cases.table.items()}
    closure = Days(np.where(t["nfa"], -1, shown(t["closure"], year).days).astype(np.int32))
    conference = shown(t["transfer_conference"], year).days
    return _base(cases, row, year, last_year) | {
        "CINreferralDate": Days(t["referral"].astype(np.int32)),
        "ReferralSource": Codes(t["source"], codes.SOURCE),
        "PrimaryNeedCode": Codes(t["need"], codes.NEED).blank(t["nfa"]),
        "CINclosureDate": closure,
        "ReasonForClosure": Codes(t["reason"], codes.CLOSURE).blank(closure.days < 0),
        "DateOfInitialCPC": Days(np.where(conference >= first_day(year), conference, -1).astype(np.int32)),
        "ReferralNFA": t["nfa"].astype(np.int8),
    }


def _children(lives, cases: _Cases, row: np.ndarray, year: np.ndarray) -> tuple[Table, Table, Table]:
    """Identifiers, characteristics and disabilities: one child in one slice, whatever the number of cases."""
    order = np.lexsort((row, year, cases.stint[row]))
    row, year = row[order], year[order]
    stint = cases.stint[row]
    new = np.ones(len(row), dtype=bool)
    new[1:] = (stint[1:] != stint[:-1]) | (year[1:] != year[:-1])
    starts = np.flatnonzero(new)
    in_need = np.logical_or.reduceat(~cases.table["nfa"][row], starts) if len(starts) else np.zeros(0, bool)
    person, stint, year = cases.person[row[starts]], stint[starts], year[starts]
    c = {name: column[person] for name, column in lives.children.items()}
    end, n = last_day(year), len(year)
    born = c["birth"] <= end
    died = (c["death"] >= first_day(year)) & (c["death"] <= end)
    base = {"child": c["child"], "stint": stint, "Year": year.astype(np.int16)}
    gender = np.where(born, c["sex"], 0)
    sex = np.where(born, c["sex"] - 1, 2)
    identifiers = base | {
        "UPN": nothing(n),
        "FormerUPN": nothing(n),
        "UPNunknown": nothing(n),
        "PersonBirthDate": Days(np.where(born, first_of_month(c["birth"]), -1).astype(np.int32)),
        "ExpectedPersonBirthDate": Days(np.where(born, -1, first_of_month(c["birth"])).astype(np.int32)),
        "GenderCurrent": Codes(np.where(year < SEX_SINCE, gender, -1).astype(np.int8), ("0", "1", "2", "9")),
        "Sex": Codes(np.where(year < SEX_SINCE, -1, sex).astype(np.int8), ("M", "F", "U")),
        "PersonDeathDate": Days(np.where(died, c["death"], -1).astype(np.int32)),
        "IDACIDecile": lives.families["decile"][rows_of(lives.families["family"], c["family"])],
        # For release alone, which decides who has a pupil reference; it never leaves.
        "birth": c["birth"],
        "arrival": c["arrival"],
        "in_need": in_need,
    }
    not_yet_obtained = codes.ETHNICITY.index("NOBT")
    characteristics = base | {
        "Ethnicity": Codes(np.where(born, c["ethnicity"], not_yet_obtained).astype(np.int8), codes.ETHNICITY)
    }
    known = np.where(c["disability_from"] <= end, c["disabilities"], 0).astype(np.int64)
    has = (known[:, None] >> np.arange(len(codes.DISABILITY))) & 1
    has = np.column_stack([has.sum(axis=1) == 0, has]).astype(bool) & (born & in_need)[:, None]
    who, which = np.nonzero(has)
    disabilities = {name: column[who] for name, column in base.items()}
    disabilities["Disability"] = Codes(which.astype(np.int8), ("NONE", *codes.DISABILITY))
    return identifiers, characteristics, disabilities


def factors_in_year(factors: np.ndarray, year: np.ndarray) -> np.ndarray:
    """The factors of an assessment as the code set of the year can say them.

    Up to the return of 2020-21 physical and sexual abuse have one code each (18A, 19A) and child criminal
    exploitation has none: where it was all there was, "other" (20) is recorded. When 22A and 23A
    came in is not confirmed, so they are used in all years.

    Parameters
    ----------
    factors : uint64 bit mask over ``codes.FACTOR``, shape (n,)
    year : shape (n,)

    Returns
    -------
    bool array, shape (n, len(FACTOR_CODES))
    """
    true = ((factors[:, None] >> np.arange(len(codes.FACTOR), dtype=np.uint64)) & np.uint64(1)).astype(bool)
    old = (year < NEW_FACTORS_SINCE)[:, None]
    out = np.zeros((len(factors), len(FACTOR_CODES)), dtype=bool)
    for i, factor in enumerate(codes.FACTOR):
        before = _FACTORS_HAD_OLD_CODE.get(factor)
        if before or factor == "24A":
            out[:, FACTOR_CODES.index(factor)] = true[:, i] & ~old[:, 0]
            if before:
                out[:, FACTOR_CODES.index(before)] |= true[:, i] & old[:, 0]
        else:
            out[:, FACTOR_CODES.index(factor)] |= true[:, i]
    lost = true.any(axis=1) & ~out.any(axis=1)
    out[lost, FACTOR_CODES.index("20")] = True
    return out


def factors_on_day(factors: np.ndarray, authorised: np.ndarray, entered_as_other: np.ndarray) -> np.ndarray:
    """The factors of an assessment as workers wrote down the roles of domestic abuse on its last day.

    Before :data:`VICTIMS_SINCE` a child who is a subject of abuse (3A) may be entered as another person in
    the household (3C) instead, where nobody else is: codes trade places, and there are as many as before.

    Parameters
    ----------
    factors : uint64 bit mask over ``codes.FACTOR``, shape (n,)
    authorised : days since 1 January 1970 on which the assessment ended, shape (n,)
    entered_as_other : whether its worker does so while the older habit holds; bool, shape (n,)

    Returns
    -------
    uint64 bit mask, shape (n,)
    """
    child, other = (np.uint64(1) << np.uint64(codes.index(codes.FACTOR, code)) for code in ("3A", "3C"))
    moved = (authorised < VICTIMS_SINCE) & entered_as_other & (factors & child > 0) & (factors & other == 0)
    return np.where(moved, (factors ^ child) | other, factors)


def _assessments(lives, cases: _Cases, last_year: int) -> tuple[Table, Table]:
    log = _ordered(lives.assessments, "start")
    # Brothers and sisters are assessed by one worker, who writes the same of each.
    family = lives.children["family"][rows_of(lives.children["child"], log["child"])]
    share = read().rooms["front_door"]["factors.child_entered_as_other"]
    older = Luck(lives.spec.seed)("census.child_victim", family, month_of(log["start"])) < share
    log |= {"factors": factors_on_day(log["factors"], log["authorised"], older)}
    case = _case_of(lives, cases, log)
    row, year = _visible(cases, case, log["start"], log["authorised"], last_year)
    t = {name: column[row] for name, column in log.items()}
    authorised = shown(t["authorised"], year)
    done = authorised.days >= 0
    table = _base(cases, case[row], year, last_year) | {
        "AssessmentID": running_number(case[row], year),
        "AssessmentActualStartDate": Days(t["start"].astype(np.int32)),
        "AssessmentInternalReviewDate": never(len(row)),
        "AssessmentAuthorisationDate": authorised,
    }
    has = factors_in_year(np.where(done, t["factors"], 0).astype(np.uint64), year)
    which, which_code = np.nonzero(has)
    factors = {
        name: table[name][which] for name in ("child", "stint", "Year", "CINdetailsID", "AssessmentID")
    }
    factors["AssessmentFactor"] = Codes(which_code.astype(np.int8), FACTOR_CODES)
    return table | {"AssessmentFactors": _listed(has)}, factors


def _listed(has: np.ndarray) -> Codes:
    """The factors of each assessment as one text, "3B;4B"; a list met twice is written once."""
    weights = np.uint64(1) << np.arange(has.shape[1], dtype=np.uint64)
    mask = (has * weights).sum(axis=1, dtype=np.uint64)
    unique, index = np.unique(mask, return_inverse=True)
    texts = {m: ";".join(c for i, c in enumerate(FACTOR_CODES) if m >> i & 1) for m in map(int, unique)}
    names = tuple(sorted(t for t in texts.values() if t))
    place = {t: i for i, t in enumerate(names)} | {"": -1}
    lookup = np.array([place[texts[int(m)]] for m in unique], dtype=np.int32)
    return Codes(lookup[index] if len(index) else np.zeros(0, dtype=np.int32), names)


def _plan_dates(lives, cases: _Cases, last_year: int) -> Table:
    log = _ordered(lives.cin_plans, "start")
    case = _case_of(lives, cases, log)
    row, year = _visible(cases, case, log["start"], log["end"], last_year)
    return _base(cases, case[row], year, last_year) | {
        "CINPlanStartDate": Days(log["start"][row].astype(np.int32)),
        "CINPlanEndDate": shown(log["end"][row], year),
    }


def _section47(lives, cases: _Cases, last_year: int) -> Table:
    log = _ordered(lives.section47, "start")
    case = _case_of(lives, cases, log)
    finish = np.where(log["conference"] >= 0, log["conference"], log["start"])
    row, year = _visible(cases, case, log["start"], finish, last_year)
    start = log["start"][row]
    return _base(cases, case[row], year, last_year) | {
        "S47ActualStartDate": Days(start.astype(np.int32)),
        "InitialCPCtarget": Days(add_working_days(start, 15)),
        "DateOfInitialCPC": shown(log["conference"][row], year),
        "ICPCnotRequired": log["not_required"][row].astype(np.int8),
    }


def _protection(lives, cases: _Cases, last_year: int) -> tuple[Table, Table]:
    log = _ordered(lives.cp_plans, "start")
    case = _case_of(lives, cases, log)
    row, year = _visible(cases, case, log["start"], log["end"], last_year)
    t = {name: column[row] for name, column in log.items()}
    ends = shown(t["end"], year)
    first_slice = np.maximum(year_of(t["start"]), cases.first[case[row]]) == year
    latest = np.where(first_slice & (ends.days < 0), t["category_initial"], t["category_latest"])
    number = running_number(case[row], year)
    plans = _base(cases, case[row], year, last_year) | {
        "CPPID": number,
        "CPPstartDate": Days(t["start"].astype(np.int32)),
        "CPPendDate": ends,
        "InitialCategoryOfAbuse": Codes(t["category_initial"], codes.ABUSE),
        "LatestCategoryOfAbuse": Codes(latest.astype(np.int8), codes.ABUSE),
        "NumberOfPreviousCPP": t["previous"].astype(np.int16),
    }
    return plans, _reviews(lives, log, plans, row, year, last_year)


def _reviews(lives, plan_log, plans: Table, row: np.ndarray, year: np.ndarray, last_year: int) -> Table:
    log = _ordered(lives.reviews, "day")
    children = lives.children["child"]
    plan_key = _case_key(rows_of(children, plan_log["child"]), plan_log["plan"])
    plan = rows_of(plan_key, _case_key(rows_of(children, log["child"]), log["plan"]))
    # Where in the plans table each plan's slices stand: they are consecutive years.
    slices = np.bincount(row, minlength=len(plan_key))
    offset = np.cumsum(slices) - slices
    which, step = spread(np.zeros(len(plan), dtype=np.int64), slices[plan] - 1)
    at = offset[plan[which]] + step
    known = log["day"][which] <= last_day(year[at])
    which, at = which[known], at[known]
    base = {name: plans[name][at] for name in ("child", "stint", "Year", "CINdetailsID", "CPPID")}
    return base | {"CPPreviewDate": Days(log["day"][which].astype(np.int32))}


def _ordered(log: dict[str, np.ndarray], by: str) -> dict[str, np.ndarray]:
    order = np.lexsort((log[by], log["child"]))
    return {name: column[order] for name, column in log.items()}

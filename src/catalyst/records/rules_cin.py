"""Validation rules of the children in need census. Depends on rules.

Rule numbers are those of the census; several numbers joined by a slash are one demand that the return's
guidance splits by table.
"""

import pandas as pd

from catalyst.records.rules import (
    Frames,
    Rules,
    joined,
    more_than_one,
    outside_year,
    overlapping,
    pairs_in_order,
    without,
    year_end,
    year_start,
)

CIN = Rules()
CHILD = ["LEA", "LAchildID", "Year"]
CASE = [*CHILD, "CINdetailsID"]
_ASSESSMENT = [*CASE, "AssessmentID"]
_FRUITLESS = ("RC8", "RC9")


def _who(t: Frames) -> pd.DataFrame:
    return t["cin_child_identifiers"]


def _cases(t: Frames) -> pd.DataFrame:
    return t["cin_details"]


def _in_need(t: Frames) -> pd.DataFrame:
    """Children with at least one referral that led to further action, and when they were born."""
    active = _cases(t).query("ReferralNFA == 0")[CHILD].drop_duplicates()
    return _who(t).merge(active, on=CHILD)


def _fruitless(t: Frames) -> pd.DataFrame:
    """Episodes closed after assessment."""
    cases = _cases(t)
    return cases[cases["ReasonForClosure"].astype(object).isin(_FRUITLESS)]


def _dates(t: Frames) -> pd.DataFrame:
    """Every date of an episode's activity, with its kind."""
    kinds = {
        "cin_assessments": ("AssessmentActualStartDate", "AssessmentAuthorisationDate"),
        "cin_section47": ("S47ActualStartDate", "DateOfInitialCPC"),
        "cin_plan_dates": ("CINPlanStartDate", "CINPlanEndDate"),
        "cin_child_protection_plans": ("CPPstartDate", "CPPendDate"),
    }
    parts = [
        t[table][[*CASE, column]].rename(columns={column: "day"}).assign(kind=column)
        for table, columns in kinds.items()
        for column in columns
    ]
    return pd.concat(parts, ignore_index=True).dropna(subset="day")


@CIN("8510", "A child's number is unique within a return")
def _(t: Frames) -> pd.DataFrame:
    return more_than_one(_who(t), CHILD)


@CIN("8590", "Every child has an episode")
def _(t: Frames) -> pd.DataFrame:
    return without(_who(t), _cases(t), CHILD)


@CIN("8525Q", "Either a date of birth or an expected one, not both")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    return who[who["PersonBirthDate"].isna() == who["ExpectedPersonBirthDate"].isna()]


@CIN("8520", "Born by the end of the year")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    return who[who["PersonBirthDate"] > year_end(who)]


@CIN("8530Q", "Expected between 30 days before the year's end and nine months after")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    expected, end = who["ExpectedPersonBirthDate"], year_end(who)
    return who[(expected < end - pd.Timedelta(days=30)) | (expected > end + pd.DateOffset(months=9))]


@CIN("8545Q", "A death is reported in its own year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(_who(t), "PersonDeathDate")


@CIN("8775Q", "Nobody is over 25")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    return who[who["PersonBirthDate"] + pd.DateOffset(years=26) <= year_end(who)]


@CIN("4180/8750", "Sex as the year asks for it, and unknown for the unborn")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    new, unborn = who["Year"] >= 2025, who["PersonBirthDate"].isna()
    sex, gender = who["Sex"].astype(object), who["GenderCurrent"].astype(object)
    right = sex.where(new, gender)
    wrong_column = gender.where(new, sex).notna()
    return who[right.isna() | wrong_column | (unborn & ~right.isin(["U", "0"]))]


@CIN("8770Q", "A child in need of school age has a pupil number (here: reference) or a reason why not")
def _(t: Frames) -> pd.DataFrame:
    need = _in_need(t)
    august = pd.to_datetime((need["Year"].astype(int) - 6).astype(str) + "-08-31")
    # The month of birth tells on which side of 31 August a child was born.
    why = need["UPNunknown"].astype(object)
    nothing = need["PupilMatchingRefAnonymous"].isna() & (why.isna() | (why == "UN1"))
    return need[(need["PersonBirthDate"] <= august) & nothing]


@CIN("8772", "UN7 only where every referral ended without further action")
def _(t: Frames) -> pd.DataFrame:
    need = _in_need(t)
    return need[need["UPNunknown"].astype(object) == "UN7"]


@CIN("8540", "A born child in need has a row on disability")
def _(t: Frames) -> pd.DataFrame:
    return without(_in_need(t).dropna(subset="PersonBirthDate"), t["cin_disabilities"], CHILD)


@CIN("8790", "NONE stands alone")
def _(t: Frames) -> pd.DataFrame:
    rows = more_than_one(t["cin_disabilities"], CHILD)
    return rows[rows["Disability"].astype(object) == "NONE"]


@CIN("8600", "No referral after the year's end")
def _(t: Frames) -> pd.DataFrame:
    cases = _cases(t)
    return cases[cases["CINreferralDate"].isna() | (cases["CINreferralDate"] > year_end(cases))]


@CIN("8606", "No referral more than 280 days before birth")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_cases(t), _who(t), CHILD)
    # The date of birth is set to the first of its month here, hence the 31 days.
    return both[both["CINreferralDate"] < both["PersonBirthDate"] - pd.Timedelta(days=280 + 31)]


@CIN("8610", "A need code unless without further action")
def _(t: Frames) -> pd.DataFrame:
    cases = _cases(t)
    return cases[cases["PrimaryNeedCode"].isna() & (cases["ReferralNFA"] == 0)]


@CIN("8620", "A closure lies in the year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(_cases(t), "CINclosureDate")


@CIN("8630", "No closure before the referral")
def _(t: Frames) -> pd.DataFrame:
    cases = _cases(t)
    return cases[cases["CINclosureDate"] < cases["CINreferralDate"]]


@CIN("8805/8810", "A closure and its reason go together")
def _(t: Frames) -> pd.DataFrame:
    cases = _cases(t)
    return cases[cases["CINclosureDate"].isna() != cases["ReasonForClosure"].isna()]


@CIN("8815/8816", "One open episode a child, and it is the latest")
def _(t: Frames) -> pd.DataFrame:
    pairs = pairs_in_order(_cases(t).query("ReferralNFA == 0"), CHILD, "CINreferralDate")
    return pairs[pairs["CINclosureDate"].isna()]


@CIN("8820", "Episodes do not overlap, nor is anyone referred while a case is open")
def _(t: Frames) -> pd.DataFrame:
    cases = _cases(t)
    ends = cases["CINclosureDate"].where(cases["ReferralNFA"] == 0, cases["CINreferralDate"])
    return overlapping(cases.assign(ends=ends), CHILD, "CINreferralDate", "ends")


@CIN("8585Q", "RC2 needs a date of death")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_cases(t), _who(t), CHILD)
    return both[(both["ReasonForClosure"].astype(object) == "RC2") & both["PersonDeathDate"].isna()]


@CIN("8555Q/4008/8915", "Nothing begins after death")
def _(t: Frames) -> pd.DataFrame:
    dead = _who(t).dropna(subset="PersonDeathDate")
    begins = _dates(t).query("kind in ('CINPlanStartDate', 'CPPstartDate')")
    referrals = _cases(t)[[*CASE, "CINreferralDate"]].rename(columns={"CINreferralDate": "day"})
    both = joined(pd.concat([begins, referrals]), dead, CHILD)
    return both[both["day"] > both["PersonDeathDate"]]


@CIN("8825Q", "RC8 and RC9 need an assessment (the last return may hold it, if the referral is older)")
def _(t: Frames) -> pd.DataFrame:
    closed = _fruitless(t)
    return without(closed[closed["CINreferralDate"] >= year_start(closed)], t["cin_assessments"], CASE)


@CIN("2990", "RC8 and RC9 mean that nothing followed the assessment")
def _(t: Frames) -> pd.DataFrame:
    after = [t[n][CASE] for n in ("cin_section47", "cin_plan_dates", "cin_child_protection_plans")]
    return joined(_fruitless(t), pd.concat(after), CASE)


@CIN("8831/8832/4000", "Nothing follows a referral without further action")
def _(t: Frames) -> pd.DataFrame:
    return joined(_cases(t).query("ReferralNFA == 1"), _dates(t), CASE)


@CIN("8569Q", "A referral without further action is of the year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(_cases(t).query("ReferralNFA == 1"), "CINreferralDate")


@CIN("1103/1104/1105/2889/4015", "Nothing before the referral")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_dates(t), _cases(t), CASE)
    return both[both["day"] < both["CINreferralDate"]]


@CIN("8565", "Nothing after the closure")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_dates(t), _cases(t), CASE)
    return both[both["day"] > both["CINclosureDate"]]


@CIN("8608", "No assessment authorised before it began")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_assessments"]
    return rows[rows["AssessmentAuthorisationDate"] < rows["AssessmentActualStartDate"]]


@CIN("8696", "An assessment is authorised in the year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(t["cin_assessments"], "AssessmentAuthorisationDate")


@CIN("8736", "An assessment not yet authorised began in the year")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_assessments"]
    return outside_year(rows[rows["AssessmentAuthorisationDate"].isna()], "AssessmentActualStartDate")


@CIN("8867", "Every assessment of a closed episode is authorised")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_assessments"], _cases(t).dropna(subset="CINclosureDate"), CASE)
    return both[both["AssessmentAuthorisationDate"].isna()]


@CIN("8863Q/8896", "Assessments of an episode do not overlap")
def _(t: Frames) -> pd.DataFrame:
    start, end = "AssessmentActualStartDate", "AssessmentAuthorisationDate"
    return overlapping(t["cin_assessments"], CASE, start, end)


@CIN("8614/8897Q", "Factors where authorised, and only there")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_assessments"]
    done = rows.dropna(subset="AssessmentAuthorisationDate")
    listed = rows["AssessmentFactors"].isna() != rows["AssessmentAuthorisationDate"].isna()
    factors = t["cin_assessment_factors"]
    return pd.concat([rows[listed], without(done, factors, _ASSESSMENT), without(factors, done, _ASSESSMENT)])


@CIN("8869", "Factor 21 stands alone")
def _(t: Frames) -> pd.DataFrame:
    rows = more_than_one(t["cin_assessment_factors"], _ASSESSMENT)
    return rows[rows["AssessmentFactor"].astype(object) == "21"]


@CIN("8873Q", "Factor 21 as the only assessment means a closure after assessment")
def _(t: Frames) -> pd.DataFrame:
    factors = t["cin_assessment_factors"]
    none = factors[factors["AssessmentFactor"].astype(object) == "21"]
    only = t["cin_assessments"].drop_duplicates(CASE, keep=False)
    both = joined(
        joined(none, only[_ASSESSMENT], _ASSESSMENT), _cases(t).dropna(subset="CINclosureDate"), CASE
    )
    return both[~both["ReasonForClosure"].astype(object).isin(_FRUITLESS)]


@CIN("4013", "A CIN plan's end lies in the year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(t["cin_plan_dates"], "CINPlanEndDate")


@CIN("4011/4012Q", "A CIN plan ends after the day it began")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_plan_dates"]
    return rows[rows["CINPlanEndDate"] <= rows["CINPlanStartDate"]]


@CIN("4014/4004", "CIN plans of a child do not overlap, nor share a day")
def _(t: Frames) -> pd.DataFrame:
    return overlapping(t["cin_plan_dates"], CHILD, "CINPlanStartDate", "CINPlanEndDate", sharing=True)


@CIN("4001/4016/4017", "A CIN plan and a protection plan may touch but not overlap")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_plan_dates"], t["cin_child_protection_plans"], CHILD)
    far = pd.Timestamp("2100-01-01")
    before = both["CINPlanEndDate"].fillna(far) <= both["CPPstartDate"]
    after = both["CINPlanStartDate"] >= both["CPPendDate"].fillna(far)
    return both[~before & ~after]


@CIN("4003", "No review of a protection plan during a CIN plan")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_plan_dates"], t["cin_reviews"], CHILD)
    ends = both["CINPlanEndDate"].fillna(pd.Timestamp("2100-01-01"))
    return both[(both["CPPreviewDate"] > both["CINPlanStartDate"]) & (both["CPPreviewDate"] < ends)]


@CIN("8615", "No enquiry after its conference")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_section47"]
    return rows[rows["DateOfInitialCPC"] < rows["S47ActualStartDate"]]


@CIN("8715", "A conference lies in the year")
def _(t: Frames) -> pd.DataFrame:
    both = [outside_year(t[n], "DateOfInitialCPC")[CASE] for n in ("cin_section47", "cin_details")]
    return pd.concat(both)


@CIN("8740", "An enquiry without outcome began in the year")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_section47"]
    still_open = rows["DateOfInitialCPC"].isna() & (rows["ICPCnotRequired"] == 0)
    return outside_year(rows[still_open], "S47ActualStartDate")


@CIN("8868", "An enquiry of a closed episode had a conference or needed none")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_section47"], _cases(t).dropna(subset="CINclosureDate"), CASE)
    return both[both["DateOfInitialCPC"].notna() == (both["ICPCnotRequired"] == 1)]


@CIN("8839/8890", "Enquiries of an episode do not overlap")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_section47"]
    ends = rows["DateOfInitialCPC"].where(rows["ICPCnotRequired"] == 0, rows["S47ActualStartDate"])
    return overlapping(rows.assign(ends=ends), CASE, "S47ActualStartDate", "ends")


@CIN("8870Q/8875", "Conferences and their targets fall on weekdays")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_section47"]
    cases = _cases(t).dropna(subset="DateOfInitialCPC")
    weekend = (rows["DateOfInitialCPC"].dt.dayofweek >= 5) | (rows["InitialCPCtarget"].dt.dayofweek >= 5)
    return pd.concat([rows[weekend], cases[cases["DateOfInitialCPC"].dt.dayofweek >= 5]])


@CIN("2884", "A conference on transfer is no conference of an enquiry")
def _(t: Frames) -> pd.DataFrame:
    return joined(
        _cases(t).dropna(subset="DateOfInitialCPC"), t["cin_section47"], [*CHILD, "DateOfInitialCPC"]
    )


@CIN("2885", "A protection plan that starts in the year starts on the day of a conference of its episode")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_child_protection_plans"]
    rows = rows[rows["CPPstartDate"] >= year_start(rows)]
    columns = [*CASE, "DateOfInitialCPC"]
    held = pd.concat([t["cin_section47"][columns], _cases(t)[columns]]).rename(
        columns={"DateOfInitialCPC": "CPPstartDate"}
    )
    return without(rows, held, [*CASE, "CPPstartDate"])


@CIN("8930", "A protection plan's end lies in the year")
def _(t: Frames) -> pd.DataFrame:
    return outside_year(t["cin_child_protection_plans"], "CPPendDate")


@CIN("8925/8840", "A protection plan ends after the day it began")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_child_protection_plans"]
    return rows[rows["CPPendDate"] <= rows["CPPstartDate"]]


@CIN("8935/8940", "Protection plans of a child do not overlap")
def _(t: Frames) -> pd.DataFrame:
    return overlapping(t["cin_child_protection_plans"], CHILD, "CPPstartDate", "CPPendDate")


@CIN("8841", "Reviews come after the plan's start, and not after its end or the year's")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_reviews"], t["cin_child_protection_plans"], [*CASE, "CPPID"])
    day = both["CPPreviewDate"]
    late = (day > both["CPPendDate"]) | (day > year_end(both))
    lost = without(t["cin_reviews"], t["cin_child_protection_plans"], [*CASE, "CPPID"])
    return pd.concat([both[(day <= both["CPPstartDate"]) | late], lost])

"""Rules of the children in need census that only a whole return, with whole dates, can break.

They come on top of those in ``records.rules_cin``, and read an export by the names of the release's tables.
Depends on records.rules and rules_cin.
"""

import numpy as np
import pandas as pd

from catalyst.records.rules import Frames, Rules, joined, without, year_end, year_start
from catalyst.records.rules_cin import CASE, CHILD
from catalyst.records.rules_cin import CIN as OF_RECORDS
from catalyst.release.official import layout

CIN = Rules(OF_RECORDS)
_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
# number, table of the release, official table, column, and whether nothing may stand there
_SETS = (
    ("UN1-7", "cin_child_identifiers", "ChildIdentifiers", "UPNunknown", True),
    ("4220", "cin_child_characteristics", "ChildCharacteristics", "Ethnicity", False),
    ("8540 codes", "cin_disabilities", "Disabilities", "Disability", False),
    ("8640", "cin_details", "CINdetails", "ReasonForClosure", True),
    ("8650", "cin_details", "CINdetails", "PrimaryNeedCode", True),
    ("8945Q/8950Q", "cin_assessment_factors", "AssessmentFactorsList", "AssessmentFactor", False),
    ("8905", "cin_child_protection_plans", "ChildProtectionPlans", "InitialCategoryOfAbuse", False),
    ("8910", "cin_child_protection_plans", "ChildProtectionPlans", "LatestCategoryOfAbuse", False),
)


def _codes(number: str, table: str, official: str, column: str, blank: bool) -> None:
    @CIN(number, f"A code of the year in {official}.{column}")
    def _(t: Frames) -> pd.DataFrame:
        rows = t[table]
        pairs = zip(rows["Year"], rows[column], strict=True)
        right = [code in layout.codes("cin", official, column, year) for year, code in pairs]
        return rows[~(np.array(right, dtype=bool) | (blank & rows[column].isna()))]


for _row in _SETS:
    _codes(*_row)


def check_letter(upn: str) -> str:
    """The letter that a pupil number must begin with: its 12 other places, weighed 2 to 13, modulo 23."""
    return _LETTERS[sum(int(digit) * (i + 2) for i, digit in enumerate(upn[1:13])) % 23]


def _who(t: Frames) -> pd.DataFrame:
    return t["cin_child_identifiers"]


def _upn(t: Frames) -> pd.DataFrame:
    return _who(t).dropna(subset="UPN")


@CIN("100", "The reference date is 31 March of the year of the header")
def _(t: Frames) -> pd.DataFrame:
    header = t["cin_header"]
    return header[header["ReferenceDate"] != year_end(header)]


@CIN("8500/1570/1580", "A child's number of letters and digits, twenty at most")
def _(t: Frames) -> pd.DataFrame:
    number = _who(t)["LAchildID"].fillna("")
    return _who(t)[~number.str.fullmatch("[A-Za-z0-9]{1,20}")]


@CIN("1510", "The check letter of a UPN")
def _(t: Frames) -> pd.DataFrame:
    known = _upn(t)
    whole = known["UPN"].str.fullmatch(r"[A-Z][0-9]{12}")
    right = [ok and check_letter(upn) == upn[0] for upn, ok in zip(known["UPN"], whole, strict=True)]
    temporary = known["UPN"].str.fullmatch(r"[A-Z][0-9]{11}[A-Z]")
    return known[~(np.array(right, dtype=bool) | temporary)]


@CIN("1520", "A UPN of one child alone")
def _(t: Frames) -> pd.DataFrame:
    return _upn(t)[_upn(t).duplicated(["Year", "UPN"], keep=False)]


@CIN("1540", "Digits in places five to twelve of a UPN")
def _(t: Frames) -> pd.DataFrame:
    return _upn(t)[~_upn(t)["UPN"].str[4:12].str.fullmatch("[0-9]{8}")]


@CIN("1550Q", "A UPN or why there is none, not both")
def _(t: Frames) -> pd.DataFrame:
    return _who(t)[_who(t)["UPN"].notna() == _who(t)["UPNunknown"].notna()]


@CIN("1560Q", "A former UPN in form")
def _(t: Frames) -> pd.DataFrame:
    former = _who(t).dropna(subset="FormerUPN")
    return former[~former["FormerUPN"].str.fullmatch(r"[A-Z][0-9]{12}|[A-Z][0-9]{11}[A-Z]")]


@CIN("4180", "Sex M, F or U from 2024-25 on; GenderCurrent 0, 1, 2 or 9 before")
def _(t: Frames) -> pd.DataFrame:
    who = _who(t)
    new = who["Year"] >= 2025
    return who[(new & ~who["Sex"].isin(["M", "F", "U"])) | (~new & ~who["GenderCurrent"].isin(list("0129")))]


@CIN("2886Q", "Sex unknown of two in a hundred born children at most")
def _(t: Frames) -> pd.DataFrame:
    born = _who(t).dropna(subset="PersonBirthDate")
    unknown = born["Sex"].where(born["Year"] >= 2025, born["GenderCurrent"]).isin(["U", "0", "9"])
    share = unknown.groupby([born["LEA"], born["Year"]]).transform("mean")
    return born[unknown & (share > 0.02)]


@CIN("8794", "No disability twice")
def _(t: Frames) -> pd.DataFrame:
    kinds = t["cin_disabilities"]
    return kinds[kinds.duplicated([*CHILD, "Disability"], keep=False)]


@CIN("2888Q", "Some child of the authority has two disabilities or more")
def _(t: Frames) -> pd.DataFrame:
    number = t["cin_disabilities"].groupby(CHILD, as_index=False).size()
    most = number.groupby(["LEA", "Year"], as_index=False)["size"].max()
    return most[most["size"] < 2]


@CIN("2887Q", "Eight children of the authority or more have no disability")
def _(t: Frames) -> pd.DataFrame:
    kinds = t["cin_disabilities"]
    none = (
        (kinds["Disability"] == "NONE").groupby([kinds["LEA"], kinds["Year"]]).sum().reset_index(name="none")
    )
    return none[none["none"] < 8]


@CIN("8535Q/4009Q/8920", "Nothing ends after death, and nobody dies before birth")
def _(t: Frames) -> pd.DataFrame:
    dead = _who(t).dropna(subset="PersonDeathDate")
    parts = [dead[dead["PersonDeathDate"] < dead["PersonBirthDate"]]]
    for name, column in (("cin_plan_dates", "CINPlanEndDate"), ("cin_child_protection_plans", "CPPendDate")):
        both = joined(t[name], dead, CHILD)
        parts.append(both[both[column] > both["PersonDeathDate"]])
    return pd.concat(parts)


@CIN("8606 exact", "No referral more than 280 days before birth")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_details"], _who(t), CHILD)
    return both[both["CINreferralDate"] < both["PersonBirthDate"] - pd.Timedelta(days=280)]


@CIN("8568", "Further action, yes or no")
def _(t: Frames) -> pd.DataFrame:
    return t["cin_details"][~t["cin_details"]["ReferralNFA"].isin([0, 1])]


@CIN("8866", "A source of every referral since April 2013")
def _(t: Frames) -> pd.DataFrame:
    cases = t["cin_details"]
    recent = cases["CINreferralDate"] >= pd.Timestamp(2013, 4, 1)
    return cases[
        recent & ~cases["ReferralSource"].isin(layout.codes("cin", "CINdetails", "ReferralSource", 2025))
    ]


@CIN("8620 NFA", "A referral without further action has no closure")
def _(t: Frames) -> pd.DataFrame:
    cases = t["cin_details"]
    return cases[(cases["ReferralNFA"] == 1) & cases["CINclosureDate"].notna()]


@CIN("4010", "A start of every CIN plan")
def _(t: Frames) -> pd.DataFrame:
    return t["cin_plan_dates"][t["cin_plan_dates"]["CINPlanStartDate"].isna()]


@CIN("STARTS", "A start of every assessment and enquiry")
def _(t: Frames) -> pd.DataFrame:
    starts = {"cin_assessments": "AssessmentActualStartDate", "cin_section47": "S47ActualStartDate"}
    return pd.concat([t[name][t[name][column].isna()][CASE] for name, column in starts.items()])


@CIN("4003 ends", "No review of a protection plan on the first or last day of a CIN plan")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["cin_plan_dates"], t["cin_reviews"], CHILD)
    day = both["CPPreviewDate"]
    return both[(day == both["CINPlanStartDate"]) | (day == both["CINPlanEndDate"])]


@CIN("8720", "A start of every protection plan")
def _(t: Frames) -> pd.DataFrame:
    return t["cin_child_protection_plans"][t["cin_child_protection_plans"]["CPPstartDate"].isna()]


@CIN("8730", "A number of earlier protection plans")
def _(t: Frames) -> pd.DataFrame:
    plans = t["cin_child_protection_plans"]
    return plans[plans["NumberOfPreviousCPP"].isna() | (plans["NumberOfPreviousCPP"] < 0)]


@CIN("8898", "No factor twice")
def _(t: Frames) -> pd.DataFrame:
    factors = t["cin_assessment_factors"]
    return factors[factors.duplicated([*CASE, "AssessmentID", "AssessmentFactor"], keep=False)]


@CIN("2883", "No more protection plans begun in the year than conferences held in it")
def _(t: Frames) -> pd.DataFrame:
    plans = t["cin_child_protection_plans"]
    begun = plans[plans["CPPstartDate"] >= year_start(plans)].groupby(["LEA", "Year"]).size()
    held = [t[name].dropna(subset="DateOfInitialCPC") for name in ("cin_section47", "cin_details")]
    conferences = pd.concat([rows[["LEA", "Year"]] for rows in held]).groupby(["LEA", "Year"]).size()
    both = pd.DataFrame({"begun": begun, "held": conferences}).fillna(0)
    return both[both["begun"] > both["held"]].reset_index()


@CIN("INT", "Every row of every table belongs to an episode of a child of the file")
def _(t: Frames) -> pd.DataFrame:
    lost = [without(t[name], _who(t), CHILD)[CHILD] for name in ("cin_child_characteristics", "cin_details")]
    parts = (
        "cin_assessments", "cin_assessment_factors", "cin_plan_dates", "cin_section47",
        "cin_child_protection_plans", "cin_reviews",
    )  # fmt: skip
    return pd.concat(lost + [without(t[name], t["cin_details"], CASE)[CHILD] for name in parts])


# What slicing itself raises, and authorities explain: the three queries that an export cannot be without.
QUERIES = Rules()


def _working_days_since(day: pd.Series, end: pd.Series) -> pd.Series:
    """Monday to Friday from a day to the year's end; bank holidays are left out."""
    days = np.busday_count(day.to_numpy("datetime64[D]"), end.to_numpy("datetime64[D]"))
    return pd.Series(days, index=day.index)


@QUERIES("2991Q", "An enquiry has an assessment on its episode")
def _(t: Frames) -> pd.DataFrame:
    return without(t["cin_section47"], t["cin_assessments"], CASE)


@QUERIES("8670Q", "An open assessment is no older than 45 working days")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_assessments"]
    rows = rows[rows["AssessmentAuthorisationDate"].isna()]
    return rows[_working_days_since(rows["AssessmentActualStartDate"], year_end(rows)) > 45]


@QUERIES("8675Q", "An open enquiry is no older than 15 working days")
def _(t: Frames) -> pd.DataFrame:
    rows = t["cin_section47"]
    rows = rows[rows["DateOfInitialCPC"].isna() & (rows["ICPCnotRequired"] == 0)]
    return rows[_working_days_since(rows["S47ActualStartDate"], year_end(rows)) > 15]

"""A children in need census made by hand, in which no rule is broken: 1 April 2024 to 31 March 2025.

PLAN has a protection plan; SUPPORT a plan of support that ended; EARLY was closed after assessment; NFA is
without further action; UNBORN is expected in June; DIED in the year; Q1 to Q8 were referred in March and are
being assessed.
"""

import pandas as pd

from catalyst.release.official import layout, slices

_EIGHT = [f"Q{i}" for i in range(1, 9)]
_BORN = {"PLAN": "2012-05-10", "SUPPORT": "2015-01-20", "EARLY": "2018-03-03", "NFA": "2014-02-02"}
_BORN |= {"UNBORN": None, "DIED": "2011-09-09"} | dict.fromkeys(_EIGHT, "2016-06-06")
_CASES = [
    ("PLAN", "2024-05-01", "6", "N1", None, None, 0),
    ("SUPPORT", "2023-11-01", "2A", "N2", "2024-09-30", "RC7", 0),
    ("EARLY", "2024-07-01", "3A", "N4", "2024-07-30", "RC8", 0),
    ("NFA", "2024-10-01", "9", None, None, None, 1),
    ("UNBORN", "2025-02-03", "3F", "N1", None, None, 0),
    ("DIED", "2024-04-15", "1A", "N2", "2024-12-01", "RC2", 0),
    *((child, "2025-03-03", "5B", "N5", None, None, 0) for child in _EIGHT),
]
_SEEN = [
    ("PLAN", "2024-05-01", "2024-06-10", ["3B", "4B", "18C"]),
    ("EARLY", "2024-07-01", "2024-07-30", ["21"]),
    ("UNBORN", "2025-02-20", None, []),
    ("DIED", "2024-04-15", "2024-05-20", ["20"]),
    *((child, "2025-03-03", None, []) for child in _EIGHT),
]


def tables() -> slices.Return:
    """The flat tables by their official names."""
    who = list(_BORN)
    made = {
        "Header": slices.header("501", 2025),
        "ChildIdentifiers": {
            "LAchildID": who,
            "UPNunknown": [{"NFA": "UN7", "UNBORN": "UN1"}.get(child, "UN5") for child in who],
            "PersonBirthDate": list(_BORN.values()),
            "ExpectedPersonBirthDate": ["2025-06-01" if child == "UNBORN" else None for child in who],
            "Sex": ["U" if child == "UNBORN" else "F" for child in who],
            "PersonDeathDate": ["2024-12-01" if child == "DIED" else None for child in who],
        },
        "ChildCharacteristics": {"LAchildID": who, "Ethnicity": "WBRI"},
        "Disabilities": {
            "LAchildID": ["PLAN", "SUPPORT", "EARLY", "DIED", "DIED", *_EIGHT],
            "Disability": ["NONE", "AUT", "NONE", "MOB", "LD", *["NONE"] * 8],
        },
        "CINdetails": _columns(
            _CASES,
            "LAchildID CINreferralDate ReferralSource PrimaryNeedCode CINclosureDate ReasonForClosure "
            "ReferralNFA",
        ),
        "Assessments": _columns(
            [(*row[:3], ";".join(row[3]) or None) for row in _SEEN],
            "LAchildID AssessmentActualStartDate AssessmentAuthorisationDate AssessmentFactors",
        )
        | {"AssessmentID": 1},
        "AssessmentFactorsList": {
            "LAchildID": [row[0] for row in _SEEN for _ in row[3]],
            "AssessmentID": 1,
            "AssessmentFactor": [factor for row in _SEEN for factor in row[3]],
        },
        "CINplanDates": {
            "LAchildID": ["SUPPORT"],
            "CINPlanStartDate": ["2024-01-10"],
            "CINPlanEndDate": ["2024-09-30"],
        },
        "Section47": {
            "LAchildID": ["PLAN"],
            "S47ActualStartDate": ["2024-05-10"],
            "InitialCPCtarget": ["2024-05-31"],
            "DateOfInitialCPC": ["2024-05-24"],
            "ICPCnotRequired": 0,
        },
        "ChildProtectionPlans": {
            "LAchildID": ["PLAN"],
            "CPPID": 1,
            "CPPstartDate": ["2024-05-24"],
            "InitialCategoryOfAbuse": "NEG",
            "LatestCategoryOfAbuse": "EMO",
            "NumberOfPreviousCPP": 0,
        },
        "Reviews": {"LAchildID": ["PLAN", "PLAN"], "CPPID": 1, "CPPreviewDate": ["2024-08-20", "2025-02-18"]},
    }
    return {name: _typed(name, pd.DataFrame(made[name])) for name in layout.files("cin", 2025)}


def _columns(rows: list[tuple], names: str) -> dict[str, list]:
    return dict(zip(names.split(), map(list, zip(*rows, strict=True)), strict=True))


def _typed(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    from catalyst.release.official import read

    columns = layout.files("cin", 2025)[name]
    if "CINdetailsID" in columns:
        frame["CINdetailsID"] = 1
    frame = frame.reindex(columns=columns).astype(object)
    frame = frame.where(frame.notna(), None)
    for column in read.days("cin", name):
        if column != "DateTime":
            frame[column] = pd.to_datetime(frame[column])
    return frame

"""A return of SSDA903 made by hand, with the year before it, in which no rule is broken; ways to break it.

Year 2025 (1 April 2024 to 31 March 2025). Ten children: STAYS all year; MOVES placement and goes missing;
ADOPTED out of a placement with strangers; ALONE arrived unaccompanied; BABY under a placement order; SETTLED
with a special guardian; GROWN stays with carers at eighteen; AGAIN was with a guardian before; LEAVER left
care long ago; TINY began to be looked after at once after birth.
"""

import copy

import pandas as pd

from catalyst.release.official import layout, read, ssda903_csv
from catalyst.release.official.handed import Handed
from catalyst.release.official.rules_903_codes import FLAGS

_BIRTH = {
    "STAYS": "2012-05-10", "MOVES": "2010-03-02", "ADOPTED": "2021-01-15", "ALONE": "2008-02-03",
    "BABY": "2023-05-05", "SETTLED": "2016-04-04", "GROWN": "2006-07-07", "AGAIN": "2014-08-08",
    "LEAVER": "2004-11-11", "TINY": "2025-01-10",
}  # fmt: skip
_GIRLS = {"STAYS", "BABY", "AGAIN"}
_HEADER = """CHILD,ETHNIC,UPN,MOTHER
STAYS,WBRI,UN5,0
MOVES,WBRI,UN5,
ADOPTED,MWBC,UN1,
ALONE,OOTH,UN2,
BABY,WBRI,UN1,0
SETTLED,BCRB,UN5,
GROWN,WBRI,UN5,
AGAIN,APKN,UN5,0
LEAVER,WBRI,UN5,
TINY,WBRI,UN1,"""
_EPISODES = """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,URN
STAYS,2022-06-01,S,C2,N1,U4,PR1,,,,SC900001
MOVES,2023-09-04,S,V2,N5,U6,PR4,2024-08-05,X1,CREQB,SC900002
MOVES,2024-08-05,P,V2,N5,K2,PR4,,,,SC900003
ADOPTED,2023-12-04,P,E1,N1,A6,PR1,2024-11-20,E12,,SC900004
ALONE,2024-06-10,S,V2,N8,H5,PR4,,,,SC900005
BABY,2023-10-10,S,C1,N1,U4,PR1,2024-12-02,X1,,SC900006
BABY,2024-12-02,L,E1,N1,U4,PR1,,,,SC900006
SETTLED,2023-02-01,S,C2,N1,U6,PR1,2024-10-01,E46,,SC900007
GROWN,2020-03-03,S,V2,N5,U4,PR1,2024-07-07,E17,,SC900008
AGAIN,2024-09-02,S,V2,N1,U6,PR1,2025-01-15,E4A,,SC900009
TINY,2025-01-20,S,C1,N1,U4,PR1,,,,SC900010"""
_OTHERS = {
    "Reviews": """CHILD,REVIEW,REVIEW_CODE
STAYS,2024-06-03,PN1
STAYS,2024-11-28,PN2
BABY,2024-07-01,PN0
MOVES,2024-09-02,PN7""",
    "UASC": """CHILD,DUC
ALONE,""",
    "OC2": f"""CHILD,SDQ_SCORE,SDQ_REASON,{",".join(FLAGS)}
STAYS,12,,0,,1,1,1,0,,
MOVES,,SDQ5,1,,1,0,1,1,0,1
BABY,,,,1,1,1,1,0,,""",
    "OC3": """CHILD,IN_TOUCH,ACTIV,ACCOM
LEAVER,YES,F2,U1
GROWN,YES,F5,Z1""",
    "AD1": """CHILD,DATE_INT,DATE_MATCH,FOSTER_CARE,NB_ADOPTR,SEX_ADOPTR,LS_ADOPTR
ADOPTED,2023-06-01,2023-11-01,0,2,MF,L11""",
    "PlacedAdoption": """CHILD,DATE_PLACED,DATE_PLACED_CEASED,REASON_PLACED_CEASED
ADOPTED,2023-06-01,,
BABY,2024-11-15,,""",
    "PrevPerm": """CHILD,PREV_PERM,LA_PERM,DATE_PERM
ALONE,Z1,,
AGAIN,P2,501,2020-02-02
TINY,Z1,,""",
    "Missing": """CHILD,MISSING,MIS_START,MIS_END
MOVES,M,2024-10-01,2024-10-03
MOVES,A,2025-03-30,""",
    "SWEpisodes": """CHILD,SW_ID,SW_DECOM,SW_DEC,SW_REASON
STAYS,XX000001,2022-06-01,2024-08-01,
STAYS,XX000002,2024-08-01,,LEFTRL
MOVES,XX000001,2023-09-04,,FCONTA
ADOPTED,XX000003,2023-04-01,,FCONTA
ALONE,XX000004,2024-06-10,,FCONTA
BABY,XX000001,2023-10-10,,FCONTA
SETTLED,XX000002,2023-02-01,,
GROWN,XX000002,2020-03-03,,
AGAIN,XX000005,2024-09-02,,FCONTA
TINY,XX000005,2025-01-20,,FCONTA""",
}
_LAST_EPISODES = """CHILD,DECOM,RNE,LS,CIN,PLACE,PLACE_PROVIDER,DEC,REC,REASON_PLACE_CHANGE,URN
STAYS,2022-06-01,S,C2,N1,U4,PR1,,,,SC900001
MOVES,2023-09-04,S,V2,N5,U6,PR4,,,,SC900002
ADOPTED,2022-01-15,S,E1,N1,U4,PR1,2023-12-04,X1,CARPL,SC900011
ADOPTED,2023-12-04,P,E1,N1,A6,PR1,,,,SC900004
BABY,2023-10-10,S,C1,N1,U4,PR1,,,,SC900006
SETTLED,2023-02-01,S,C2,N1,U6,PR1,,,,SC900007
GROWN,2020-03-03,S,V2,N5,U4,PR1,,,,SC900008"""


def _rows(text: str) -> pd.DataFrame:
    head, *lines = text.split("\n")
    frame = pd.DataFrame([line.split(",") for line in lines], columns=head.split(","), dtype=object)
    return frame.replace({"": None})


def _table(name: str, text: str, year: int) -> pd.DataFrame:
    frame = _rows(text).assign(DOB=lambda f: f["CHILD"].map(_BIRTH))
    codes = ("F", "M") if year >= 2025 else ("2", "1")
    frame["SEX"] = [codes[0] if child in _GIRLS else codes[1] for child in frame["CHILD"]]
    frame = frame.reindex(columns=layout.files("ssda903", year)[name])
    for column in read.days("ssda903", name):
        frame[column] = pd.to_datetime(frame[column])
    return read.csv_file("ssda903", name, ssda903_csv.text(frame))


def hand_made() -> Handed:
    """The year's return with the year before it; a new copy each time."""
    now = {"Header": _table("Header", _HEADER, 2025), "Episodes": _table("Episodes", _EPISODES, 2025)}
    now |= {name: _table(name, text, 2025) for name, text in _OTHERS.items()}
    last = {name: frame.iloc[:0].copy() for name, frame in now.items()}
    header = _table("Header", _HEADER, 2024)
    last["Episodes"] = _table("Episodes", _LAST_EPISODES, 2024)
    last["Header"] = header[header["CHILD"].isin(last["Episodes"]["CHILD"])].reset_index(drop=True)
    decided = _table("PlacedAdoption", _OTHERS["PlacedAdoption"], 2024)
    last["PlacedAdoption"] = decided[decided["CHILD"] == "ADOPTED"].reset_index(drop=True)
    return Handed(2025, now, last)


class Copy(Handed):
    """A return to plant faults in: what is derived from its tables is derived anew after each fault."""

    def __init__(self, good: Handed):
        super().__init__(good.year, copy.deepcopy(good.now), copy.deepcopy(good.last))

    def _fresh(self) -> None:
        for name in list(vars(self)):
            if name not in ("year", "now", "last", "start", "end"):
                delattr(self, name)

    def put(self, table: str, child: str, last: bool = False, row: int = 0, **values) -> None:
        """Writes values into a row of a child (the first, if not told otherwise)."""
        frame = (self.last if last else self.now)[table]
        found = frame.index[frame["CHILD"] == child]
        for column, value in values.items():
            frame.loc[found[row], column] = _value(frame, column, value)
        self._fresh()

    def add(self, table: str, child: str, **values) -> None:
        """Adds a row of a child: her first row of the table (or anybody's) with other values."""
        frame = self.now[table]
        own = frame[frame["CHILD"] == child]
        extra = (own if len(own) else frame).head(1).copy()
        extra["CHILD"] = child
        if "DOB" in extra:
            extra["DOB"] = pd.Timestamp(_BIRTH.get(child, "2010-01-01"))
        for column, value in values.items():
            extra[column] = _value(frame, column, value)
        self.now[table] = pd.concat([frame, extra], ignore_index=True)
        self._fresh()

    def drop(self, table: str, child: str, last: bool = False) -> None:
        """Takes a child's rows out."""
        tables = self.last if last else self.now
        tables[table] = tables[table][tables[table]["CHILD"] != child].reset_index(drop=True)
        self._fresh()


def _value(frame: pd.DataFrame, column: str, value):
    if pd.api.types.is_datetime64_any_dtype(frame[column]):
        return pd.NaT if value is None else pd.Timestamp(value)
    if value is None and frame[column].dtype == "Float64":
        return pd.NA
    return value

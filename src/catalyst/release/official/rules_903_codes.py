"""SSDA903: what may stand in each column — codes of the year, days that are days, nothing left out.

The numbers are those of the Department for Education's list of validation checks. Depends on handed and on
the rules' register of ``records.rules``.
"""

import pandas as pd

from catalyst.records.rules import Rules
from catalyst.release.official import layout
from catalyst.release.official.handed import Handed

CODES = Rules()

FOSTER = ["U1", "U2", "U3", "U4", "U5", "U6"]
FOR_ADOPTION = ["A3", "A4", "A5", "A6"]
TEMPORARY = ["T0", "T1", "T2", "T3", "T4"]
RESPITE = ["V3", "V4"]
# number, table, column, and whether nothing may stand there
_SETS = (
    ("101", "Header", "SEX", False),
    ("103", "Header", "ETHNIC", False),
    ("165", "Header", "MOTHER", True),
    ("143", "Episodes", "RNE", False),
    ("144", "Episodes", "LS", False),
    ("145", "Episodes", "CIN", False),
    ("146", "Episodes", "PLACE", False),
    ("149", "Episodes", "REC", True),
    ("178", "Episodes", "PLACE_PROVIDER", True),
    ("1009", "Episodes", "REASON_PLACE_CHANGE", True),
    ("167", "Reviews", "REVIEW_CODE", False),
    ("196", "OC2", "SDQ_REASON", True),
    ("131", "OC3", "IN_TOUCH", False),
    ("132", "OC3", "ACTIV", False),
    ("133", "OC3", "ACCOM", False),
    ("114", "AD1", "FOSTER_CARE", False),
    ("175", "AD1", "NB_ADOPTR", False),
    ("176", "AD1", "SEX_ADOPTR", False),
    ("177", "AD1", "LS_ADOPTR", False),
    ("WHY CEASED", "PlacedAdoption", "REASON_PLACED_CEASED", True),
    ("631", "PrevPerm", "PREV_PERM", False),
    ("1006", "Missing", "MISSING", False),
    ("SW CODES", "SWEpisodes", "SW_REASON", True),
)
# number, table, column of days that may not be left out (a day in another form reads as left out)
_DAYS = (
    ("102", "Header", "DOB"),
    ("141", "Episodes", "DECOM"),
    ("166", "Reviews", "REVIEW"),
    ("112", "AD1", "DATE_INT"),
    ("113", "AD1", "DATE_MATCH"),
    ("115", "PlacedAdoption", "DATE_PLACED"),
    ("1004", "Missing", "MIS_START"),
    ("SW06STG2", "SWEpisodes", "SW_DECOM"),
)


def _codes(number: str, table: str, column: str, blank: bool) -> None:
    @CODES(number, f"A code of the year in {table}.{column}")
    def _(t: Handed) -> pd.DataFrame:
        if table not in t.now:
            return t["Header"].iloc[:0]
        right = t[table][column].isin(layout.codes("ssda903", table, column, t.year))
        return t[table][~right & ~(blank & t[table][column].isna())]


def _days(number: str, table: str, column: str) -> None:
    @CODES(number, f"A day in {table}.{column}")
    def _(t: Handed) -> pd.DataFrame:
        if table not in t.now:
            return t["Header"].iloc[:0]
        return t[table][t[table][column].isna()]


for _row in _SETS:
    _codes(*_row)
for _row in _DAYS:
    _days(*_row)


@CODES("FILES", "Every file of the year, with its columns in the official order")
def _(t: Handed) -> pd.DataFrame:
    wrong = [
        name for name, columns in layout.files("ssda903", t.year).items()
        if name not in t.now or tuple(t[name].columns) != columns
    ]  # fmt: skip
    return pd.DataFrame({"file": wrong})


@CODES("CHILD", "Letters and digits, twenty at most, and no two rows of one child in the header")
def _(t: Handed) -> pd.DataFrame:
    header = t["Header"]
    good = header["CHILD"].str.fullmatch("[A-Za-z0-9]{1,20}").fillna(False).astype(bool)
    return header[~good | header["CHILD"].duplicated(keep=False)]


@CODES("168", "A UPN in form, or one of UN1 to UN5")
def _(t: Handed) -> pd.DataFrame:
    upn = t["Header"]["UPN"].dropna()
    return t["Header"].loc[upn[~upn.str.fullmatch(r"UN[1-5]|[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]")].index]


@CODES("442", "Something in the UPN of every child looked after but for respite")
def _(t: Handed) -> pd.DataFrame:
    episodes = t["Episodes"]
    longer = t["Header"]["CHILD"].isin(episodes.loc[~episodes["LS"].isin(RESPITE), "CHILD"])
    return t["Header"][longer & t["Header"]["UPN"].isna()]


@CODES("443", "No UPN of children looked after for respite alone")
def _(t: Handed) -> pd.DataFrame:
    episodes = t["Episodes"]
    others = set(episodes.loc[~episodes["LS"].isin(RESPITE), "CHILD"])
    respite = t["Header"]["CHILD"].isin(episodes["CHILD"]) & ~t["Header"]["CHILD"].isin(others)
    return t["Header"][respite & t["Header"]["UPN"].notna()]


@CODES("444", "A UPN of one child alone")
def _(t: Handed) -> pd.DataFrame:
    known = t["Header"][t["Header"]["UPN"].notna() & ~t["Header"]["UPN"].fillna("").str.startswith("UN")]
    return known[known["UPN"].duplicated(keep=False)]


@CODES("209", "No UN1 from the September after the fourth birthday")
def _(t: Handed) -> pd.DataFrame:
    header = t["Header"]
    four = header["DOB"] <= pd.Timestamp(t.year - 1 - 4, 8, 31)
    return header[(header["UPN"] == "UN1") & four]


@CODES("210", "UN4 for children who started in the last week of the year alone")
def _(t: Handed) -> pd.DataFrame:
    late = t.episodes[(t.episodes["DECOM"] > t.end - pd.Timedelta(days=7)) & t.episodes["first"]]
    header = t["Header"]
    return header[(header["UPN"] == "UN4") & ~header["CHILD"].isin(late["CHILD"])]


@CODES("180", "A score of 0 to 40")
def _(t: Handed) -> pd.DataFrame:
    score = t["OC2"]["SDQ_SCORE"]
    return t["OC2"][score.notna() & ~score.between(0, 40).fillna(False).astype(bool)]


FLAGS = [
    "CONVICTED", "HEALTH_CHECK", "IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT", "SUBSTANCE_MISUSE",
    "INTERVENTION_RECEIVED", "INTERVENTION_OFFERED",
]  # fmt: skip


@CODES("181", "0, 1 or nothing in the flags of OC2")
def _(t: Handed) -> pd.DataFrame:
    wrong = ~t["OC2"][FLAGS].isin(["0", "1"]) & t["OC2"][FLAGS].notna()
    return t["OC2"][wrong.any(axis=1)]


@CODES("632", "A day in DATE_PERM, or one whose parts are not known (zz/zz/zzzz)")
def _(t: Handed) -> pd.DataFrame:
    before = t["PrevPerm"]
    return before[(before["PREV_PERM"] != "Z1") & before["DATE_PERM"].isna()]


@CODES("SW02STG1", "The number of a social worker begins with SW or XX")
def _(t: Handed) -> pd.DataFrame:
    if "SWEpisodes" not in t.now:
        return t["Header"].iloc[:0]
    workers = t["SWEpisodes"]
    return workers[~workers["SW_ID"].fillna("").str.match("(SW|XX).")]

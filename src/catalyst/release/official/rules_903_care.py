"""SSDA903: episodes — their order, their chain, ages, legal statuses, placements and ends.

Depends on handed, rules_903_codes and the register of ``records.rules``.
"""

import pandas as pd

from catalyst.records.rules import Rules
from catalyst.release.official.handed import Handed, turned
from catalyst.release.official.rules_903_codes import FOR_ADOPTION, FOSTER, RESPITE, TEMPORARY

CARE = Rules()
_DAY = pd.Timedelta(days=1)
_GUARDIANS = ["E43", "E44", "E45", "E46", "E47", "E48"]
_MOVES = ["P", "T", "B", "U"]


def _aged_under(rows: pd.DataFrame, day: str, years: int) -> pd.Series:
    return rows[day] < turned(rows["DOB"], years)


@CARE("142", "Only a child's latest episode is open")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[~t.episodes["final"] & t.episodes["DEC"].isna()]


@CARE("148", "An end and its reason go together")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DEC"].isna() != t.episodes["REC"].isna()]


@CARE("355", "An episode lasts a day at least")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DECOM"] == t.episodes["DEC"]]


@CARE("356", "No episode ends before it began")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DEC"] < t.episodes["DECOM"]]


@CARE("354/385", "No episode begins or ends after the year")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["DEC"] > t.end) | (t.episodes["DECOM"] > t.end)]


@CARE("OPEN", "No episode ended before the year")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DEC"] < t.start]


@CARE("501", "No episode begins before the last has ended")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DECOM"] < t.episodes["DEC_before"]]


@CARE("353", "No episode before 14 October 1991")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DECOM"] < pd.Timestamp(1991, 10, 14)]


@CARE("301", "Nobody is born after the year")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][t["Header"]["DOB"] > t.end]


@CARE("302", "Nobody is looked after before birth")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DECOM"] < t.episodes["DOB"]]


@CARE("351", "Nobody is over twenty-five")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][turned(t["Header"]["DOB"], 26) <= t.end]


@CARE("352", "Nobody starts to be looked after at eighteen")
def _(t: Handed) -> pd.DataFrame:
    starts = t.episodes[t.episodes["RNE"] == "S"]
    return starts[~_aged_under(starts, "DECOM", 18)]


@CARE("359", "Nobody is looked after beyond the eighteenth birthday, respite apart")
def _(t: Handed) -> pd.DataFrame:
    until = t.episodes["DEC"].fillna(t.end)
    late = (until > turned(t.episodes["DOB"], 18)) & ~t.episodes["LS"].isin(RESPITE)
    return t.episodes[late]


@CARE("357", "The first episode of a child new to the return is a start")
def _(t: Handed) -> pd.DataFrame:
    new = t.episodes[t.episodes["first"] & (t.episodes["DECOM"] >= t.start)]
    return new[(new["RNE"] != "S") & ~new["CHILD"].isin(t.last_episodes["CHILD"])]


@CARE("431", "S never follows on the day on which the last episode ended")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["RNE"] == "S") & (t.episodes["DEC_before"] == t.episodes["DECOM"])]


@CARE("432", "Only S follows an end of care, and never X1")
def _(t: Handed) -> pd.DataFrame:
    ended = t.episodes["REC_before"].notna()
    goes_on = t.episodes["REC_before"] == "X1"
    return t.episodes[ended & (goes_on == (t.episodes["RNE"] == "S"))]


@CARE("433", "An episode that goes on begins on the day on which the last ended")
def _(t: Handed) -> pd.DataFrame:
    going_on = (t.episodes["RNE"] != "S") & ~t.episodes["first"]
    return t.episodes[going_on & (t.episodes["DECOM"] != t.episodes["DEC_before"])]


def _changed(t: Handed, *columns: str) -> pd.Series:
    now, before = t.episodes, t.episodes
    return pd.concat([now[c].fillna("") != before[f"{c}_before"].fillna("") for c in columns], axis=1).any(
        axis=1
    )


_PLACEMENT = ("PLACE", "PLACE_PROVIDER", "URN")


@CARE("434", "L: another legal status, the same placement")
def _(t: Handed) -> pd.DataFrame:
    rows = (t.episodes["RNE"] == "L") & ~t.episodes["first"]
    return t.episodes[rows & (~_changed(t, "LS") | _changed(t, *_PLACEMENT))]


@CARE("435", "P or T: another placement, the same legal status")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes["RNE"].isin(["P", "T"]) & ~t.episodes["first"]
    return t.episodes[rows & (_changed(t, "LS") | ~_changed(t, *_PLACEMENT))]


@CARE("436", "B or U: another legal status and another placement")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes["RNE"].isin(["B", "U"]) & ~t.episodes["first"]
    return t.episodes[rows & (~_changed(t, "LS") | ~_changed(t, *_PLACEMENT))]


@CARE("437", "Nothing follows a death or an eighteenth birthday")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["REC"].isin(["E2", "E15"]) & ~t.episodes["final"]]


@CARE("504", "One need code through a period of care")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["REC_before"] == "X1") & (t.episodes["CIN"] != t.episodes["CIN_before"])]


@CARE("388", "X1 is followed by an episode")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["REC"] == "X1") & t.episodes["final"]]


@CARE("199", "Nothing follows an adoption")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["REC_before"].isin(["E11", "E12"])]


@CARE("225", "A reason where the placement changes next")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes
    round_temporary = rows["PLACE"].isin(TEMPORARY) | rows["PLACE_next"].isin(TEMPORARY)
    moves = (rows["REC"] == "X1") & rows["RNE_next"].isin(_MOVES) & ~round_temporary
    return rows[moves & rows["REASON_PLACE_CHANGE"].isna()]


@CARE("226", "No reason where the placement stays, or round a temporary one")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes
    round_temporary = rows["PLACE"].isin(TEMPORARY) | rows["PLACE_next"].isin(TEMPORARY)
    stays = ~rows["RNE_next"].isin(_MOVES) & rows["DEC"].notna()
    return rows[(stays | round_temporary) & rows["REASON_PLACE_CHANGE"].notna()]


@CARE("233", "No reason on an open episode")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["DEC"].isna() & t.episodes["REASON_PLACE_CHANGE"].notna()]


@CARE("234", "No custody arrangement under ten")
def _(t: Handed) -> pd.DataFrame:
    custody = t.episodes[t.episodes["REASON_PLACE_CHANGE"] == "CUSTOD"]
    return custody[_aged_under(custody, "DEC", 10)]


@CARE("358", "No criminal legal status under ten")
def _(t: Handed) -> pd.DataFrame:
    criminal = t.episodes[t.episodes["LS"].isin(["J1", "J2", "J3"])]
    return criminal[_aged_under(criminal, "DECOM", 10)]


# legal status, most days, number
_LONGEST = (("361", "L1", 3), ("362", "L2", 21), ("363", "L3", 7), ("364", "J2", 3))


def _longest(number: str, status: str, days: int) -> None:
    @CARE(number, f"{status} for {days} days at most, however many episodes")
    def _(t: Handed) -> pd.DataFrame:
        rows = t.episodes[t.episodes["LS"] == status]
        span = rows.assign(until=rows["DEC"].fillna(t.end)).groupby(["CHILD", "period"], as_index=False)
        whole = span.agg(since=("DECOM", "min"), until=("until", "max"))
        return whole[whole["until"] - whole["since"] > days * _DAY]


for _row in _LONGEST:
    _longest(*_row)


@CARE("365", "A single break of respite lasts seventeen days at most")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["LS"].isin(RESPITE)]
    return rows[rows["DEC"].fillna(t.end) - rows["DECOM"].clip(lower=t.start) > 17 * _DAY]


@CARE("366", "No change of placement within a break of respite")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["LS"] == "V3") & (t.episodes["RNE"] != "S")]


@CARE("367", "Seventy-five days of respite a year at most")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["LS"].isin(RESPITE)]
    nights = rows["DEC"].fillna(t.end) - rows["DECOM"].clip(lower=t.start)
    total = nights.groupby(rows["CHILD"]).transform("sum")
    return rows[total > 75 * _DAY] if len(rows) else rows


# number, places, least age
_YOUNGEST = (
    ("370", ["P2"], 15),
    ("371", ["H5"], 14),
    ("372", ["R5"], 10),
    ("373", ["S1"], 4),
    ("374", ["P3"], 14),
    ("K3", ["K3"], 16),
)


def _youngest(number: str, codes: list[str], years: int) -> None:
    @CARE(number, f"{codes[0]} from the age of {years}")
    def _(t: Handed) -> pd.DataFrame:
        rows = t.episodes[t.episodes["PLACE"].isin(codes)]
        return rows[_aged_under(rows, "DECOM", years)]


for _row in _YOUNGEST:
    _youngest(*_row)
_SHORT = (("375", "T1", 42), ("376", "T3", 21), ("379", "T4", 7))


def _short(number: str, place: str, days: int) -> None:
    @CARE(number, f"{place} for {days} days at most")
    def _(t: Handed) -> pd.DataFrame:
        rows = t.episodes[t.episodes["PLACE"] == place]
        return rows[rows["DEC"].fillna(t.end) - rows["DECOM"] > days * _DAY]


for _row in _SHORT:
    _short(*_row)


@CARE("377", "Two temporary placements with another carer (T3) a year at most")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["PLACE"] == "T3"]
    return rows[rows.groupby("CHILD")["CHILD"].transform("size") > 2]


@CARE("378", "Nobody is placed with parents under section 20")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["PLACE"] == "P1") & (t.episodes["LS"] == "V2")]


@CARE("381", "No period of care begins with a temporary placement")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["RNE"] == "S") & t.episodes["PLACE"].isin(TEMPORARY)]


@CARE("380/383", "A child in a temporary placement returns to the placement she came from")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["PLACE"].isin(TEMPORARY) & t.episodes["DEC"].notna()]
    same = rows["PLACE_before"].isna() | (rows["PLACE_next"] == rows["PLACE_before"])
    return rows[(rows["RNE_next"] != "P") | ~same]


@CARE("382", "No temporary placement in respite")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["LS"].isin(RESPITE) & t.episodes["PLACE"].isin(TEMPORARY)]


@CARE("384", "No long-term foster placement in respite")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["LS"].isin(RESPITE) & t.episodes["PLACE"].isin(["U1", "U4"])]


@CARE("386", "Adopted before eighteen")
def _(t: Handed) -> pd.DataFrame:
    return t.adopted[~_aged_under(t.adopted, "DEC", 18)]


@CARE("407", "A special guardian before eighteen")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["REC"].isin(_GUARDIANS)]
    return rows[~_aged_under(rows, "DEC", 18)]


@CARE("387", "Independent living from fourteen")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["REC"].isin(["E5", "E6"])]
    return rows[_aged_under(rows, "DEC", 14)]


@CARE("389", "Adult social care from sixteen")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["REC"] == "E7"]
    return rows[_aged_under(rows, "DEC", 16)]


@CARE("460", "E17 at eighteen")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["REC"] == "E17"]
    return rows[_aged_under(rows, "DEC", 18)]


@CARE("390", "Adopted out of a placement for adoption")
def _(t: Handed) -> pd.DataFrame:
    return t.adopted[~t.adopted["PLACE"].isin(FOR_ADOPTION)]


@CARE("408", "A5 and A6 under a placement order")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["PLACE"].isin(["A5", "A6"]) & (t.episodes["LS"] != "E1")]


@CARE("217", "A3 and A5 begin with S, T or U")
def _(t: Handed) -> pd.DataFrame:
    same = t.episodes[
        t.episodes["PLACE"].isin(["A3", "A5"]) & (t.episodes["DECOM"] >= pd.Timestamp(2015, 4, 1))
    ]
    began = same[(same["PLACE_before"] != same["PLACE"]) & (same["RNE"] != "L")]
    return began[~began["RNE"].isin(["S", "T", "U"])]


@CARE("336", "Placed for adoption with the foster carer: fostered just before")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[
        t.episodes["PLACE"].isin(["A3", "A5"]) & ~t.episodes["first"] & (t.episodes["RNE"] != "S")
    ]
    return rows[~rows["PLACE_before"].isin([*FOSTER, "A3", "A5"])]


@CARE("516", "A former foster carer as guardian had fostered")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["REC"].isin(["E43", "E45", "E46"])]
    return rows[~rows["PLACE"].isin(FOSTER)]


@CARE("451", "No freeing orders since December 2005")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["LS"] == "D1"]


@CARE("446", "No placement orders before December 2005")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["LS"] == "E1") & (t.episodes["DECOM"] < pd.Timestamp(2005, 12, 30))]


@CARE("526", "A provider for every placement but temporary and other ones")
def _(t: Handed) -> pd.DataFrame:
    none = t.episodes["PLACE"].isin([*TEMPORARY, "Z1", "Z11", "Z12", "Z13", "Z14"])
    return t.episodes[t.episodes["PLACE_PROVIDER"].isna() & ~none]


@CARE("213", "No provider for temporary and other placements")
def _(t: Handed) -> pd.DataFrame:
    none = t.episodes["PLACE"].isin([*TEMPORARY, "Z1", "Z11", "Z12", "Z13", "Z14"])
    return t.episodes[t.episodes["PLACE_PROVIDER"].notna() & none]


@CARE("550", "PR0 with P1 alone")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[(t.episodes["PLACE_PROVIDER"] == "PR0") & (t.episodes["PLACE"] != "P1")]


# number, provider, places where it cannot be
_NEVER = (
    ("527", "PR1", ["P1", "R2", "R5"]),
    ("528", "PR2", ["P1", "R2", "R5"]),
    ("529", "PR3", ["P1", "A3", "A4", "A5", "A6", "K1", "K2", *FOSTER]),
    ("530", "PR4", ["P1"]),
    ("531", "PR5", ["P1"]),
)


def _never(number: str, provider: str, codes: list[str]) -> None:
    @CARE(number, f"{provider} never with {', '.join(codes)}")
    def _(t: Handed) -> pd.DataFrame:
        return t.episodes[(t.episodes["PLACE_PROVIDER"] == provider) & t.episodes["PLACE"].isin(codes)]


for _row in _NEVER:
    _never(*_row)
_NOT_INSPECTED = ["P1", "P3", "R1", "R2", "R5", *TEMPORARY, "Z1", "Z11", "Z12", "Z13", "Z14"]


@CARE("218", "A URN where Ofsted inspects")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["URN"].isna() & ~t.episodes["PLACE"].isin([*_NOT_INSPECTED, "P2"])]


@CARE("222", "No URN where Ofsted does not inspect")
def _(t: Handed) -> pd.DataFrame:
    return t.episodes[t.episodes["URN"].notna() & t.episodes["PLACE"].isin(_NOT_INSPECTED)]


@CARE("URN", "SC and six digits, seven digits, or XXXXXXX")
def _(t: Handed) -> pd.DataFrame:
    urn = t.episodes["URN"].fillna("XXXXXXX")
    return t.episodes[~urn.str.fullmatch("SC[0-9]{6}|[0-9]{7}|XXXXXXX")]

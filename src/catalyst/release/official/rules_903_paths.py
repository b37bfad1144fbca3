"""SSDA903: adoption, earlier permanence, missing spells, social workers.

Depends on handed, rules_903_codes and the register of ``records.rules``.
"""

import pandas as pd

from catalyst.records.rules import Rules
from catalyst.release.official.handed import Handed
from catalyst.release.official.rules_903_codes import FOR_ADOPTION

PATHS = Rules()


def _adoption(t: Handed) -> pd.DataFrame:
    """Children adopted in the year: AD1 beside the episode that ended in adoption."""
    return t["AD1"].merge(t.adopted, on="CHILD", suffixes=("", "_episode"))


def _placed(t: Handed) -> pd.DataFrame:
    """The first day on which each child is placed for adoption in this file, beside AD1."""
    rows = t.episodes[t.episodes["PLACE"].isin(FOR_ADOPTION)]
    return t["AD1"].merge(rows.groupby("CHILD", as_index=False)["DECOM"].min(), on="CHILD")


def _decided(t: Handed) -> pd.DataFrame:
    return t["PlacedAdoption"]


@PATHS("601", "Adopters of every child adopted in the year")
def _(t: Handed) -> pd.DataFrame:
    return t.adopted[~t.adopted["CHILD"].isin(t["AD1"]["CHILD"])]


@PATHS("602", "Adopters of children adopted in the year alone")
def _(t: Handed) -> pd.DataFrame:
    return t.without("AD1", t.adopted["CHILD"])


@PATHS("151", "All about an adoption, or nothing")
def _(t: Handed) -> pd.DataFrame:
    return t["AD1"][t["AD1"].isna().any(axis=1)]


@PATHS("331", "Matched by the day of placement for adoption")
def _(t: Handed) -> pd.DataFrame:
    both = _placed(t)
    return both[both["DATE_MATCH"] > both["DECOM"]]


@PATHS("333", "Decided by the day of matching")
def _(t: Handed) -> pd.DataFrame:
    return t["AD1"][t["AD1"]["DATE_INT"] > t["AD1"]["DATE_MATCH"]]


@PATHS("334", "Decided when looked after already")
def _(t: Handed) -> pd.DataFrame:
    starts = t.episodes[t.episodes["RNE"] == "S"].groupby("CHILD", as_index=False)["DECOM"].max()
    both = t["AD1"].merge(starts, on="CHILD")
    return both[both["DATE_INT"] < both["DECOM"]]


@PATHS("582", "Matched before the adoption")
def _(t: Handed) -> pd.DataFrame:
    both = _adoption(t)
    return both[both["DATE_MATCH"] >= both["DEC"]]


@PATHS("335", "Adopted by the foster carer where placed with her or him")
def _(t: Handed) -> pd.DataFrame:
    both = _adoption(t)
    return both[(both["FOSTER_CARE"] == "1") != both["PLACE"].isin(["A3", "A5"])]


@PATHS("511", "One adopter is a man or a woman")
def _(t: Handed) -> pd.DataFrame:
    return t["AD1"][(t["AD1"]["NB_ADOPTR"] == "1") & ~t["AD1"]["SEX_ADOPTR"].isin(["M1", "F1"])]


@PATHS("TWO", "Two adopters are a couple")
def _(t: Handed) -> pd.DataFrame:
    return t["AD1"][(t["AD1"]["NB_ADOPTR"] == "2") & t["AD1"]["SEX_ADOPTR"].isin(["M1", "F1"])]


# number, legal status of adopters, the sexes that go with it
_STATUS = (
    ("514", "L0", ["M1", "F1"]),
    ("517", "L3", ["MF"]),
    ("518", "L4", ["MM", "FF"]),
    ("519", "L2", ["MM", "FF", "MF"]),
    ("520", "L11", ["MF"]),
    ("524", "L12", ["MM", "FF"]),
)


def _status(number: str, status: str, sexes: list[str]) -> None:
    @PATHS(number, f"{status} with {', '.join(sexes)}")
    def _(t: Handed) -> pd.DataFrame:
        return t["AD1"][(t["AD1"]["LS_ADOPTR"] == status) & ~t["AD1"]["SEX_ADOPTR"].isin(sexes)]


for _row in _STATUS:
    _status(*_row)


@PATHS("L2-MF", "No civil partnership of a man and a woman before December 2019")
def _(t: Handed) -> pd.DataFrame:
    both = _adoption(t)
    mixed = (both["LS_ADOPTR"] == "L2") & (both["SEX_ADOPTR"] == "MF")
    return both[mixed & (both["DEC"] < pd.Timestamp(2019, 12, 31))]


@PATHS("119", "A reason where the decision ceased, and only there")
def _(t: Handed) -> pd.DataFrame:
    plans = _decided(t)
    return plans[plans["DATE_PLACED_CEASED"].isna() != plans["REASON_PLACED_CEASED"].isna()]


@PATHS("117", "A decision is made, or ceases, by the year's end")
def _(t: Handed) -> pd.DataFrame:
    plans = _decided(t)
    return plans[(plans["DATE_PLACED"] > t.end) | (plans["DATE_PLACED_CEASED"] > t.end)]


@PATHS("118", "A decision ceases in the year")
def _(t: Handed) -> pd.DataFrame:
    return _decided(t)[_decided(t)["DATE_PLACED_CEASED"] < t.start]


@PATHS("184", "Decided after birth")
def _(t: Handed) -> pd.DataFrame:
    return _decided(t)[_decided(t)["DATE_PLACED"] < _decided(t)["DOB"]]


@PATHS("1003", "Decided when looked after already, as this file shows")
def _(t: Handed) -> pd.DataFrame:
    starts = t.episodes[(t.episodes["RNE"] == "S") & t.episodes["first"]]
    both = _decided(t).merge(starts[["CHILD", "DECOM"]], on="CHILD")
    return both[both["DATE_PLACED"] < both["DECOM"]]


@PATHS("522", "Decided before the decision ceased")
def _(t: Handed) -> pd.DataFrame:
    return _decided(t)[_decided(t)["DATE_PLACED_CEASED"] < _decided(t)["DATE_PLACED"]]


@PATHS("523", "One date of decision in both tables")
def _(t: Handed) -> pd.DataFrame:
    both = t["AD1"].merge(_decided(t), on="CHILD", how="left", suffixes=("", "_plan"))
    return both[both["DATE_INT"] != both["DATE_PLACED"]]


@PATHS("525/558", "No adoption where the decision ceased")
def _(t: Handed) -> pd.DataFrame:
    ceased = _decided(t)[_decided(t)["DATE_PLACED_CEASED"].notna()]
    return t.among("AD1", set(ceased["CHILD"]))


@PATHS("551", "A decision behind every placement for adoption")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["PLACE"].isin(FOR_ADOPTION)]
    return rows[~rows["CHILD"].isin(_decided(t)["CHILD"])]


@PATHS("552", "Decided by the day of placement for adoption")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["PLACE"].isin(FOR_ADOPTION)]
    both = rows.merge(_decided(t), on="CHILD", suffixes=("", "_plan"))
    return both[both["DATE_PLACED"] > both["DECOM"]]


@PATHS("553", "A decision behind every placement order")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["LS"] == "E1"]
    return rows[~rows["CHILD"].isin(_decided(t)["CHILD"])]


@PATHS("554", "Decided by the day of the placement order")
def _(t: Handed) -> pd.DataFrame:
    rows = t.episodes[t.episodes["LS"] == "E1"]
    both = rows.merge(_decided(t), on="CHILD", suffixes=("", "_plan"))
    return both[both["DATE_PLACED"] > both["DECOM"]]


@PATHS("557", "A decision ceases where the child left care unadopted after an order or placement for it")
def _(t: Handed) -> pd.DataFrame:
    left = t.episodes[t.episodes["final"] & t.episodes["DEC"].notna()]
    left = left[~left["REC"].isin(["E11", "E12", "X1"])]
    towards = t.episodes[t.episodes["PLACE"].isin(FOR_ADOPTION) | (t.episodes["LS"] == "E1")]
    plans = _decided(t)[_decided(t)["DATE_PLACED_CEASED"].isna()]
    return plans[plans["CHILD"].isin(left["CHILD"]) & plans["CHILD"].isin(towards["CHILD"])]


@PATHS("LEFT", "No decision stays open beyond the end of care")
def _(t: Handed) -> pd.DataFrame:
    left = t.episodes[t.episodes["final"] & t.episodes["DEC"].notna() & (t.episodes["REC"] != "X1")]
    plans = _decided(t)[_decided(t)["DATE_PLACED_CEASED"].isna()]
    return plans[plans["CHILD"].isin(left.loc[~left["REC"].isin(["E11", "E12"]), "CHILD"])]


@PATHS("560", "A decision of last year keeps its day")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("PlacedAdoption")
    goes_on = both["DATE_PLACED_CEASED_last"].isna()
    return both[goes_on & (both["DATE_PLACED"] != both["DATE_PLACED_last"])]


@PATHS("561", "A decision that ceased last year does not stand again")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("PlacedAdoption")
    return both[both["DATE_PLACED_CEASED_last"].notna() & (both["DATE_PLACED"] == both["DATE_PLACED_last"])]


@PATHS("563", "A decision that ceased had been made")
def _(t: Handed) -> pd.DataFrame:
    return _decided(t)[_decided(t)["DATE_PLACED"].isna()]


@PATHS("630", "Earlier permanence of every child who started to be looked after in the year")
def _(t: Handed) -> pd.DataFrame:
    starts = t.episodes[(t.episodes["RNE"] == "S") & (t.episodes["DECOM"] >= t.start)]
    return starts[~starts["CHILD"].isin(t["PrevPerm"]["CHILD"])]


@PATHS("634", "Earlier permanence of children with an episode that began in the year alone")
def _(t: Handed) -> pd.DataFrame:
    return t.without("PrevPerm", t.episodes.loc[t.episodes["DECOM"] >= t.start, "CHILD"])


@PATHS("635", "Day and authority of an earlier order alone")
def _(t: Handed) -> pd.DataFrame:
    before = t["PrevPerm"]
    return before[(before["PREV_PERM"] == "Z1") & (before["LA_PERM"].notna() | before["DATE_PERM"].notna())]


@PATHS("PERM", "An earlier order lies before the child was looked after again")
def _(t: Handed) -> pd.DataFrame:
    starts = t.episodes[t.episodes["RNE"] == "S"].groupby("CHILD", as_index=False)["DECOM"].max()
    both = t["PrevPerm"].merge(starts, on="CHILD")
    return both[both["DATE_PERM"] > both["DECOM"]]


@PATHS("564/565/566", "A missing spell has its kind and its start")
def _(t: Handed) -> pd.DataFrame:
    return t["Missing"][t["Missing"]["MISSING"].isna() | t["Missing"]["MIS_START"].isna()]


@PATHS("567", "A missing spell ends after it began")
def _(t: Handed) -> pd.DataFrame:
    return t["Missing"][t["Missing"]["MIS_END"] < t["Missing"]["MIS_START"]]


@PATHS("570", "A missing spell begins by the year's end")
def _(t: Handed) -> pd.DataFrame:
    return t["Missing"][t["Missing"]["MIS_START"] > t.end]


@PATHS("571", "A missing spell ends in the year")
def _(t: Handed) -> pd.DataFrame:
    return t["Missing"][t["Missing"]["MIS_END"].notna() & ~t.inside(t["Missing"]["MIS_END"])]


@PATHS("572", "A missing spell of an earlier year was open at its end")
def _(t: Handed) -> pd.DataFrame:
    old = t["Missing"][t["Missing"]["MIS_START"] < t.start]
    if t.last is None:
        return old.iloc[:0]
    still = t.last["Missing"][t.last["Missing"]["MIS_END"].isna()]
    both = old.merge(still[["CHILD", "MIS_START"]], on=["CHILD", "MIS_START"], how="left", indicator=True)
    return both[both["_merge"] == "left_only"]


@PATHS("574/579", "Missing spells follow one another")
def _(t: Handed) -> pd.DataFrame:
    rows = t["Missing"].sort_values(["CHILD", "MIS_START"], kind="stable")
    end = rows.groupby("CHILD", sort=False)["MIS_END"].shift()
    again = rows["CHILD"].eq(rows["CHILD"].shift())
    return rows[again & (end.isna() | (rows["MIS_START"] < end))]


@PATHS("575", "No missing spell stays open beyond its placement")
def _(t: Handed) -> pd.DataFrame:
    still = t["Missing"][t["Missing"]["MIS_END"].isna()]
    both = still.merge(t.episodes, on="CHILD", suffixes=("", "_episode"))
    left = (both["DECOM"] <= both["MIS_START"]) & (both["MIS_START"] < both["DEC"])
    return both[left & both["RNE_next"].isin(["P", "T", "B", "U"])]


@PATHS("576", "A missing spell open at last year's end goes on this year")
def _(t: Handed) -> pd.DataFrame:
    if t.last is None:
        return t["Missing"].iloc[:0]
    still = t.last["Missing"][t.last["Missing"]["MIS_END"].isna()]
    both = still.merge(
        t["Missing"][["CHILD", "MIS_START"]], on=["CHILD", "MIS_START"], how="left", indicator=True
    )
    return both[both["_merge"] == "left_only"]


@PATHS("577", "No missing spell stays open beyond the end of care")
def _(t: Handed) -> pd.DataFrame:
    gone = t.episodes[t.episodes["final"] & t.episodes["DEC"].notna()]
    return t["Missing"][t["Missing"]["MIS_END"].isna() & t["Missing"]["CHILD"].isin(gone["CHILD"])]


@PATHS("580", "Missing when care ended: for any other reason (E8)")
def _(t: Handed) -> pd.DataFrame:
    ended = t.episodes[t.episodes["DEC"].notna() & (t.episodes["REC"] != "X1")]
    both = t["Missing"].merge(ended, left_on=["CHILD", "MIS_END"], right_on=["CHILD", "DEC"])
    return both[both["REC"] != "E8"]


@PATHS("578/581", "Missing while looked after")
def _(t: Handed) -> pd.DataFrame:
    spells = t["Missing"].reset_index(names="row")
    both = spells.merge(t.episodes, on="CHILD", suffixes=("", "_episode"))
    begins = (both["DECOM"] <= both["MIS_START"]) & (both["DEC"].isna() | (both["MIS_START"] <= both["DEC"]))
    ends = (both["DECOM"] <= both["MIS_END"]) & (both["DEC"].isna() | (both["MIS_END"] <= both["DEC"]))
    begun = set(both.loc[begins, "row"])
    ended = set(both.loc[ends | both["MIS_END"].isna(), "row"])
    old = spells["MIS_START"] < t.start
    return spells[~(spells["row"].isin(begun) | old) | ~spells["row"].isin(ended)]


def _workers(t: Handed) -> pd.DataFrame:
    rows = t.now.get(
        "SWEpisodes", t["Reviews"].iloc[:0].assign(SW_DECOM=pd.NaT, SW_DEC=pd.NaT, SW_REASON=None)
    )
    return rows.sort_values(["CHILD", "SW_DECOM"], kind="stable", ignore_index=True)


@PATHS("SW13STG1", "Why a social worker took over, since April 2023")
def _(t: Handed) -> pd.DataFrame:
    rows = _workers(t)
    return rows[rows["SW_REASON"].isna() & (rows["SW_DECOM"] >= pd.Timestamp(2023, 4, 1))]


@PATHS("SW07STG2", "A social worker's time ends after it began, and in the year")
def _(t: Handed) -> pd.DataFrame:
    rows = _workers(t)
    outside = (rows["SW_DEC"] > t.end) | (rows["SW_DEC"] < t.start)
    return rows[outside | (rows["SW_DEC"] < rows["SW_DECOM"]) | (rows["SW_DECOM"] > t.end)]


@PATHS("SW17STG2", "The latest social worker of every child is still there, and no other")
def _(t: Handed) -> pd.DataFrame:
    rows = _workers(t)
    latest = ~rows["CHILD"].duplicated(keep="last")
    return rows[latest != rows["SW_DEC"].isna()]


@PATHS("SWS", "Social workers follow one another, and every child looked after has one")
def _(t: Handed) -> pd.DataFrame:
    rows = _workers(t)
    if "SWEpisodes" not in t.now:
        return rows
    end = rows.groupby("CHILD", sort=False)["SW_DEC"].shift()
    none = t.episodes[~t.episodes["CHILD"].isin(rows["CHILD"])]
    return pd.concat([rows[rows["SW_DECOM"] < end], none])

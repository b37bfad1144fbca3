"""SSDA903: what two years' returns say of one child, where the earlier set stands beside.

Depends on handed and the register of ``records.rules``.
"""

import pandas as pd

from catalyst.records.rules import Rules
from catalyst.release.official.handed import Handed

YEARS = Rules()


def _of_header(number: str, column: str, demand: str) -> None:
    @YEARS(number, demand)
    def _(t: Handed) -> pd.DataFrame:
        both = t.beside_last("Header")
        same = both[column] == both[f"{column}_last"]
        neither = both[column].isna() & both[f"{column}_last"].isna()
        return both[~same & ~neither]


def _in_both(t: Handed) -> pd.DataFrame:
    """The first episode of this year beside last year's open one, of children who were looked after on."""
    first = t.episodes[t.episodes["first"] & (t.episodes["DECOM"] < t.start)]
    still = t.last_episodes[t.last_episodes["final"] & t.last_episodes["DEC"].isna()]
    return first.merge(still, on="CHILD", suffixes=("", "_last"))


@YEARS("202", "The sex that last year's return gave, in the codes of each year")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("Header")
    code = {"1": "M", "2": "F"}
    return both[both["SEX"].replace(code) != both["SEX_last"].replace(code)]


_of_header("203", "DOB", "The date of birth that last year's return gave")
_of_header("204", "ETHNIC", "The ethnicity that last year's return gave")


@YEARS("205", "Unaccompanied this year if last year, unless the status ceased")
def _(t: Handed) -> pd.DataFrame:
    if t.last is None:
        return t["UASC"].iloc[:0]
    went_on = t.last["UASC"][t.last["UASC"]["DUC"].isna()]
    here = went_on[went_on["CHILD"].isin(t["Episodes"]["CHILD"])]
    return here[~here["CHILD"].isin(t["UASC"]["CHILD"])]


@YEARS("207", "A mother stays a mother")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("Header")
    return both[(both["MOTHER_last"] == "1") & (both["MOTHER"] == "0")]


@YEARS("208", "A UPN that is known stays the same")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("Header")
    known = both["UPN_last"].notna() & ~both["UPN_last"].fillna("").str.startswith("UN")
    return both[known & (both["UPN"] != both["UPN_last"])]


@YEARS("624", "A first child keeps the date of birth")
def _(t: Handed) -> pd.DataFrame:
    both = t.beside_last("Header")
    return both[both["MC_DOB_last"].notna() & (both["MC_DOB"] != both["MC_DOB_last"])]


@YEARS("502", "The first episode is last year's open one: it begins on the same day")
def _(t: Handed) -> pd.DataFrame:
    still = t.last_episodes[t.last_episodes["final"] & t.last_episodes["DEC"].isna()]
    first = t.episodes[t.episodes["first"]]
    both = still.merge(first, on="CHILD", suffixes=("_last", ""))
    return both[both["DECOM"] != both["DECOM_last"]]


@YEARS("562", "An episode begun before the year stood in last year's return")
def _(t: Handed) -> pd.DataFrame:
    before = t.episodes[t.episodes["DECOM"] < t.start]
    if t.last is None:
        return before.iloc[:0]
    both = before.merge(
        t.last["Episodes"][["CHILD", "DECOM"]], on=["CHILD", "DECOM"], how="left", indicator=True
    )
    return both[both["_merge"] == "left_only"]


def _unchanged(number: str, column: str) -> None:
    @YEARS(number, f"The first episode is last year's open one: {column} is the same")
    def _(t: Handed) -> pd.DataFrame:
        both = _in_both(t)
        return both[both[column].fillna("") != both[f"{column}_last"].fillna("")]


for _number, _column in (
    ("503A", "RNE"),
    ("503B", "LS"),
    ("503C", "CIN"),
    ("503D", "PLACE"),
    ("503F", "PLACE_PROVIDER"),
    ("503J", "URN"),
):
    _unchanged(_number, _column)

"""Validation rules of SSDA903: header and episodes here, the other tables in rules_903_tables.

Depends on rules.
"""

import pandas as pd

from catalyst.records.rules import (
    Frames,
    Rules,
    joined,
    more_than_one,
    pairs_in_order,
    without,
    year_end,
    year_start,
)
from catalyst.records.rules_903_tables import CHILD, TABLES

SSDA903 = Rules(TABLES)
_GUARDIANSHIP = ("E41", "E43", "E44", "E45", "E46", "E47", "E48")
_ADOPTION = ("E11", "E12")
_TEMPORARY = ("T0", "T1", "T2", "T3", "T4")
_NO_PROVIDER = (*_TEMPORARY, "Z1")


def _episodes(t: Frames) -> pd.DataFrame:
    codes = (
        "RNE",
        "LS",
        "CIN",
        "PLACE",
        "PLACE_PROVIDER",
        "REC",
        "REASON_PLACE_CHANGE",
        "URN",
        "PL_LOCATION",
    )
    episodes = t["ssda903_episodes"]
    return episodes.assign(**{code: episodes[code].astype(object) for code in codes})


def _pairs(t: Frames) -> pd.DataFrame:
    return pairs_in_order(_episodes(t), CHILD, "DECOM")


def _same(pairs: pd.DataFrame, *columns: str) -> pd.Series:
    """Whether all the columns are the same in the next episode (nothing recorded counts as a value)."""
    return pd.concat([pairs[c].fillna("") == pairs[f"{c}_next"].fillna("") for c in columns], axis=1).all(
        axis=1
    )


def _age_turned(both: pd.DataFrame, years: int) -> pd.Series:
    """The last day of the month of that birthday: no exact birthday is in the release."""
    return both["DOB"] + pd.DateOffset(years=years) + pd.offsets.MonthEnd(1)


@SSDA903("INT32", "One header row a child, and an episode or a care leaver's row for each")
def _(t: Frames) -> pd.DataFrame:
    header, episodes = t["ssda903_header"], t["ssda903_episodes"]
    idle = without(header, episodes, CHILD)[CHILD]
    lost = [without(idle, t["ssda903_oc3"], CHILD), without(episodes, header, CHILD)]
    return pd.concat([more_than_one(header, CHILD), *lost])


@SSDA903("301/302", "Born by the year's end and before care began")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["ssda903_episodes"], t["ssda903_header"], CHILD)
    return both[(both["DOB"] > both["DECOM"]) | (both["DOB"] > year_end(both))]


@SSDA903("399/607/628", "MOTHER is answered for girls looked after, blank for boys and for care leavers")
def _(t: Frames) -> pd.DataFrame:
    header = t["ssda903_header"]
    gone = without(header, t["ssda903_episodes"], CHILD)
    looked_after = header.merge(t["ssda903_episodes"][CHILD].drop_duplicates(), on=CHILD)
    girl = looked_after["SEX"].astype(object).isin(["F", "2"])
    return pd.concat([looked_after[girl == looked_after["MOTHER"].isna()], gone[gone["MOTHER"].notna()]])


@SSDA903("141/501", "Episodes do not overlap, and only the last is open")
def _(t: Frames) -> pd.DataFrame:
    pairs = _pairs(t)
    return pairs[pairs["DEC"].isna() | (pairs["DECOM_next"] < pairs["DEC"])]


@SSDA903("slice", "Every episode overlaps the year of its return")
def _(t: Frames) -> pd.DataFrame:
    episodes = t["ssda903_episodes"]
    return episodes[(episodes["DECOM"] > year_end(episodes)) | (episodes["DEC"] < year_start(episodes))]


@SSDA903("148", "An end and its reason go together")
def _(t: Frames) -> pd.DataFrame:
    episodes = t["ssda903_episodes"]
    return episodes[episodes["DEC"].isna() != episodes["REC"].isna()]


@SSDA903("355", "An episode lasts a day at least")
def _(t: Frames) -> pd.DataFrame:
    episodes = t["ssda903_episodes"]
    return episodes[episodes["DEC"] <= episodes["DECOM"]]


@SSDA903("385", "No end after the year's end")
def _(t: Frames) -> pd.DataFrame:
    episodes = t["ssda903_episodes"]
    return episodes[episodes["DEC"] > year_end(episodes)]


@SSDA903("388", "X1 is followed by another episode the same day (unless that is the next year's)")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    ended = episodes[(episodes["REC"] == "X1") & (episodes["DEC"] < year_end(episodes))]
    return without(ended.assign(DECOM=ended["DEC"]), episodes, [*CHILD, "DECOM"])


@SSDA903("431/432/433", "S begins a period of care, and nothing else does")
def _(t: Frames) -> pd.DataFrame:
    pairs = _pairs(t)
    goes_on = pairs["REC"] == "X1"
    wrong = ((pairs["RNE_next"] == "S") == goes_on) | (goes_on & (pairs["DECOM_next"] != pairs["DEC"]))
    return pairs[wrong]


@SSDA903("434/435/436", "The change that RNE states is to be seen")
def _(t: Frames) -> pd.DataFrame:
    pairs = _pairs(t)
    pairs = pairs[pairs["REC"] == "X1"]
    legal = ~_same(pairs, "LS")
    placement = ~_same(pairs, "PLACE", "PLACE_PROVIDER", "URN", "PL_LOCATION")
    rne = pairs["RNE_next"]
    # A move between two carers of one kind changes the postcode only, which the release leaves out.
    wrong = (rne.isin(["L", "B", "U"]) & ~legal) | (rne.isin(["P", "T"]) & legal) | ((rne == "L") & placement)
    return pairs[wrong]


@SSDA903("504", "One need code through a period of care")
def _(t: Frames) -> pd.DataFrame:
    pairs = _pairs(t)
    return pairs[(pairs["REC"] == "X1") & ~_same(pairs, "CIN")]


@SSDA903("225/226/233", "A reason on the episode whose placement changes next, and nowhere else")
def _(t: Frames) -> pd.DataFrame:
    episodes, pairs = _episodes(t), _pairs(t)
    still_open = episodes[episodes["DEC"].isna() & episodes["REASON_PLACE_CHANGE"].notna()]
    moves = (pairs["REC"] == "X1") & pairs["RNE_next"].isin(["P", "T", "B", "U"])
    temporary = pairs["PLACE"].isin(_TEMPORARY) | pairs["PLACE_next"].isin(_TEMPORARY)
    return pd.concat([still_open, pairs[(moves & ~temporary) != pairs["REASON_PLACE_CHANGE"].notna()]])


@SSDA903("234", "No custody reason under ten")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_episodes(t), t["ssda903_header"], CHILD)
    young = both["DEC"] < both["DOB"] + pd.DateOffset(years=10)
    return both[(both["REASON_PLACE_CHANGE"] == "CUSTOD") & young]


@SSDA903("383", "A temporary placement is followed by a return to the same placement")
def _(t: Frames) -> pd.DataFrame:
    episodes, pairs = _episodes(t), _pairs(t)
    first = episodes[(episodes["RNE"] == "S") & episodes["PLACE"].isin(_TEMPORARY)]
    left = episodes[episodes["PLACE"].isin(_TEMPORARY) & episodes["REC"].notna() & (episodes["REC"] != "X1")]
    back = pairs[pairs["PLACE"].isin(_TEMPORARY) & (pairs["RNE_next"] != "P")]
    return pd.concat([first, left, back])


@SSDA903("386/407", "Adoption, guardianship and arrangements orders before eighteen")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_episodes(t), t["ssda903_header"], CHILD)
    return both[both["REC"].isin(_ADOPTION + _GUARDIANSHIP) & (both["DEC"] > _age_turned(both, 18))]


@SSDA903("387/389", "Independence from fourteen, adult services from sixteen")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_episodes(t), t["ssda903_header"], CHILD)
    too_young = both["REC"].isin(["E5", "E6"]) & (both["DEC"] < both["DOB"] + pd.DateOffset(years=14))
    return both[too_young | ((both["REC"] == "E7") & (both["DEC"] < both["DOB"] + pd.DateOffset(years=16)))]


@SSDA903("460", "E17 at eighteen only")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_episodes(t), t["ssda903_header"], CHILD)
    return both[(both["REC"] == "E17") & (both["DEC"] < both["DOB"] + pd.DateOffset(years=18))]


@SSDA903("516", "A former foster carer as guardian had fostered")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    return episodes[episodes["REC"].isin(["E43", "E45", "E46"]) & ~episodes["PLACE"].str.startswith("U")]


@SSDA903("527/550", "PR0 with P1, and only there")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    return episodes[(episodes["PLACE"] == "P1") != (episodes["PLACE_PROVIDER"] == "PR0")]


@SSDA903("526", "A provider for every placement but temporary and other ones")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    return episodes[episodes["PLACE_PROVIDER"].isna() != episodes["PLACE"].isin(_NO_PROVIDER)]


@SSDA903("213", "No own or other authority's provision in hospital or custody, no public one in foster care")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    place, provider = episodes["PLACE"], episodes["PLACE_PROVIDER"]
    homes = place.isin(["K1", "K2"]) | place.str.startswith("U") | place.str.startswith("A")
    own = place.isin(["R2", "R5"]) & provider.isin(["PR1", "PR2"])
    return episodes[own | (homes & (provider == "PR3"))]


@SSDA903("1015", "Own provision outside fostering and adoption lies inside the authority")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    outside = (episodes["PLACE_PROVIDER"] == "PR1") & (episodes["PL_LOCATION"] == "OUT")
    return episodes[outside & ~episodes["PLACE"].str.startswith(("U", "A"))]


@SSDA903("218/222", "A URN where Ofsted inspects, and nowhere else")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    none = episodes["PLACE"].isin(["P1", "P3", "R1", "R2", "R5", *_NO_PROVIDER])
    return episodes[(episodes["URN"].notna() & none) | (episodes["URN"].isna() & ~none)]


@SSDA903("358", "No criminal legal status under ten")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_episodes(t), t["ssda903_header"], CHILD)
    return both[both["LS"].str.startswith("J") & (both["DECOM"] < both["DOB"] + pd.DateOffset(years=10))]


@SSDA903("502/503", "The first episode of a return is last year's open one, unchanged")
def _(t: Frames) -> pd.DataFrame:
    episodes = _episodes(t)
    before = episodes[episodes["DECOM"] < year_start(episodes)].assign(Last=lambda e: e["Year"] - 1)
    still_open = episodes[episodes["DEC"].isna()]
    last_year = [*CHILD[:2], "Last", "DECOM", "RNE", "LS", "CIN", "PLACE"]
    lost = without(before[before["Year"] > 2015], still_open.rename(columns={"Year": "Last"}), last_year)
    going_on = still_open[still_open["Year"] < episodes["Year"].max()].assign(Year=lambda e: e["Year"] + 1)
    return pd.concat([lost, without(going_on, episodes, [*CHILD, "DECOM"])])

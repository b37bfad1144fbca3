"""Validation rules of SSDA903 for the tables beside header and episodes. Depends on rules."""

import pandas as pd

from catalyst.records.rules import (
    Frames,
    Rules,
    joined,
    outside_year,
    overlapping,
    without,
    year_end,
    year_start,
)

TABLES = Rules()
CHILD = ["LEA", "CHILD", "Year"]
_WITH_EPISODE = ("reviews", "uasc", "missing", "oc2", "ad1", "placed_for_adoption", "previous_permanence")
_OF_CHILD = (*_WITH_EPISODE, "social_workers", "oc3")
_ADOPTION = ("E11", "E12")
_ADOPTIVE = ("A3", "A4", "A5", "A6")


def _plain(frame: pd.DataFrame) -> pd.DataFrame:
    """Codes as text, so that they can be compared and blank is not a value of its own."""
    coded = [c for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)]
    return frame.astype(dict.fromkeys(coded, object))


def _age(frame: pd.DataFrame) -> pd.Series:
    """Age on 31 March, which the month of birth gives exactly."""
    return frame["Year"].astype(int) - frame["DOB"].dt.year - (frame["DOB"].dt.month > 3)


def _inside_care(frame: pd.DataFrame, t: Frames, start: str, end: str) -> pd.DataFrame:
    """Rows whose days no period of care holds."""
    keyed = frame.reset_index(drop=True).rename_axis("row").reset_index()
    both = joined(keyed, t["ssda903_episodes"], CHILD)
    holds = (both["DECOM"] <= both[start]) & (both["DEC"].isna() | (both[start] <= both["DEC"]))
    ends = (both["DECOM"] <= both[end]) & (both["DEC"].isna() | (both[end] <= both["DEC"]))
    kept = set(both.loc[holds, "row"]) & set(both.loc[ends | both[end].isna(), "row"])
    return keyed[~keyed["row"].isin(kept)]


@TABLES("INT11-18", "One date of birth in all tables")
def _(t: Frames) -> pd.DataFrame:
    header = t["ssda903_header"][[*CHILD, "DOB"]]
    wrong = [joined(t[f"ssda903_{name}"], header, CHILD) for name in _OF_CHILD]
    return pd.concat([both[both["DOB"] != both["DOB_other"]] for both in wrong])


@TABLES(
    "EPI/1012", "A header for every child; an episode in the year for all tables but that of care leavers"
)
def _(t: Frames) -> pd.DataFrame:
    lost = [without(t[f"ssda903_{name}"], t["ssda903_episodes"], CHILD) for name in _WITH_EPISODE]
    return pd.concat([*lost, without(t["ssda903_oc3"], t["ssda903_header"], CHILD)])


@TABLES("166", "Reviews inside the year and inside care")
def _(t: Frames) -> pd.DataFrame:
    reviews = t["ssda903_reviews"]
    return pd.concat([outside_year(reviews, "REVIEW"), _inside_care(reviews, t, "REVIEW", "REVIEW")])


@TABLES("440/441", "PN0 under four, and nothing else under four")
def _(t: Frames) -> pd.DataFrame:
    reviews = _plain(t["ssda903_reviews"])
    turned = reviews["DOB"] + pd.DateOffset(years=4)
    young = reviews["REVIEW_CODE"] == "PN0"
    late = reviews["REVIEW"] > turned + pd.offsets.MonthEnd(1)
    return reviews[(young & late) | (~young & (reviews["REVIEW"] < turned))]


@TABLES("INT21", "The list of unaccompanied children agrees with the header")
def _(t: Frames) -> pd.DataFrame:
    header = _plain(t["ssda903_header"])
    named = header[header["UASC"] == "1"].merge(t["ssda903_episodes"][CHILD].drop_duplicates(), on=CHILD)
    both = joined(_plain(t["ssda903_uasc"]), header, CHILD)
    lost = [without(named, t["ssda903_uasc"], CHILD), without(t["ssda903_uasc"], named, CHILD)]
    return pd.concat([*lost, both[both["SEX"] != both["SEX_other"]]])


@TABLES("304", "No longer an unaccompanied child by the eighteenth birthday")
def _(t: Frames) -> pd.DataFrame:
    uasc = t["ssda903_uasc"]
    late = uasc["DUC"] > uasc["DOB"] + pd.DateOffset(years=18) + pd.offsets.MonthEnd(1)
    return pd.concat([uasc[late], outside_year(uasc, "DUC")])


@TABLES("406", "No home postcode of an unaccompanied child")
def _(t: Frames) -> pd.DataFrame:
    both = joined(t["ssda903_episodes"], t["ssda903_uasc"][CHILD], CHILD)
    return both[both["HOME_POST"].notna()]


@TABLES("185/190/191/198", "OC2 for all who were looked after all year, and for nobody else")
def _(t: Frames) -> pd.DataFrame:
    episodes = _plain(t["ssda903_episodes"])
    begun = year_start(episodes)
    marked = episodes.assign(
        From=episodes["DECOM"] <= begun,
        Again=(episodes["RNE"] == "S") & (episodes["DECOM"] > begun),
        Open=episodes["DEC"].isna(),
    )
    by = marked.groupby(CHILD, observed=True)[["From", "Again", "Open"]].any().reset_index()
    continuous = by[by["From"] & by["Open"] & ~by["Again"]]
    oc2 = t["ssda903_oc2"]
    return pd.concat([without(continuous, oc2, CHILD), without(oc2, continuous, CHILD)])


@TABLES("180/186/188/189/196/197a", "From four to sixteen a score of 0 to 40 or a reason; nothing otherwise")
def _(t: Frames) -> pd.DataFrame:
    oc2 = t["ssda903_oc2"]
    asked = _age(oc2).between(4, 16)
    answers = oc2["SDQ_SCORE"].notna().astype(int) + oc2["SDQ_REASON"].notna().astype(int)
    beyond = (oc2["SDQ_SCORE"] < 0) | (oc2["SDQ_SCORE"] > 40)
    return oc2[(answers != asked.astype(int)) | beyond.fillna(False).astype(bool)]


@TABLES("542/543/545/546", "Convictions from ten, health surveillance under five, only and always")
def _(t: Frames) -> pd.DataFrame:
    oc2 = t["ssda903_oc2"]
    age = _age(oc2)
    wrong = (oc2["CONVICTED"].notna() != (age >= 10)) | (oc2["HEALTH_CHECK"].notna() != (age < 5))
    return oc2[wrong]


@TABLES(
    "158/159/192/193", "Help with substances where there is a problem; an offer where it was not received"
)
def _(t: Frames) -> pd.DataFrame:
    oc2 = _plain(t["ssda903_oc2"])
    received = oc2["INTERVENTION_RECEIVED"]
    wrong = received.notna() != (oc2["SUBSTANCE_MISUSE"] == "1")
    return oc2[wrong | (oc2["INTERVENTION_OFFERED"].notna() != (received == "0"))]


@TABLES("601/602", "Adopters of every child adopted in the year, and of nobody else")
def _(t: Frames) -> pd.DataFrame:
    episodes = _plain(t["ssda903_episodes"])
    adopted = episodes[episodes["REC"].isin(_ADOPTION)]
    return pd.concat([without(adopted, t["ssda903_ad1"], CHILD), without(t["ssda903_ad1"], adopted, CHILD)])


@TABLES("331/333/523/582", "Decision, match, placement and adoption in this order, and one date of decision")
def _(t: Frames) -> pd.DataFrame:
    ad1, episodes = t["ssda903_ad1"], _plain(t["ssda903_episodes"])
    placed = joined(ad1, episodes[episodes["REC"].isin(_ADOPTION)], CHILD)
    late = (placed["DATE_MATCH"] > placed["DECOM"]) | (placed["DATE_MATCH"] >= placed["DEC"])
    decided = t["ssda903_placed_for_adoption"].rename(columns={"DATE_PLACED": "DATE_INT"})
    unequal = without(ad1, decided, [*CHILD, "DATE_INT"])
    return pd.concat([placed[late], ad1[ad1["DATE_INT"] > ad1["DATE_MATCH"]], unequal])


@TABLES("335", "Adopted by the foster carer where placed with her or him")
def _(t: Frames) -> pd.DataFrame:
    both = joined(_plain(t["ssda903_ad1"]), _plain(t["ssda903_episodes"]), CHILD)
    both = both[both["REC"].isin(_ADOPTION)]
    return both[(both["FOSTER_CARE"] == "1") != both["PLACE"].isin(["A3", "A5"])]


@TABLES("511/514/517-520/524", "Number, sexes and legal status of adopters agree")
def _(t: Frames) -> pd.DataFrame:
    ad1 = _plain(t["ssda903_ad1"])
    one, sexes, status = ad1["NB_ADOPTR"] == "1", ad1["SEX_ADOPTR"], ad1["LS_ADOPTR"]
    wrong = (one != sexes.isin(["M1", "F1"])) | (one != (status == "L0"))
    wrong |= status.isin(["L11", "L3"]) & (sexes != "MF")
    return ad1[wrong | (status.isin(["L12", "L4"]) & ~sexes.isin(["MM", "FF"]))]


@TABLES("551/553", "A decision behind every placement order and placement for adoption")
def _(t: Frames) -> pd.DataFrame:
    episodes = _plain(t["ssda903_episodes"])
    towards = episodes[episodes["PLACE"].isin(_ADOPTIVE) | (episodes["LS"] == "E1")]
    return without(towards, t["ssda903_placed_for_adoption"], CHILD)


@TABLES("119/120/558", "A decision withdrawn has a day and a reason, and no adoption follows")
def _(t: Frames) -> pd.DataFrame:
    plans = t["ssda903_placed_for_adoption"]
    half = plans["DATE_PLACED_CEASED"].isna() != plans["REASON_PLACED_CEASED"].isna()
    late = plans["DATE_PLACED_CEASED"] < plans["DATE_PLACED"]
    adopted = plans.merge(t["ssda903_ad1"][CHILD], on=CHILD)
    return pd.concat([plans[half | late], adopted[adopted["DATE_PLACED_CEASED"].notna()]])


@TABLES("630/634", "Earlier permanence of all who started to be looked after in the year, and of nobody else")
def _(t: Frames) -> pd.DataFrame:
    episodes, before = _plain(t["ssda903_episodes"]), t["ssda903_previous_permanence"]
    started = episodes[(episodes["RNE"] == "S") & (episodes["DECOM"] >= year_start(episodes))]
    return pd.concat([without(started, before, CHILD), without(before, started, CHILD)])


@TABLES("632/633/635", "Day and authority of an earlier arrangement, and only of one")
def _(t: Frames) -> pd.DataFrame:
    before = _plain(t["ssda903_previous_permanence"])
    some = before["PREV_PERM"] != "Z1"
    late = before["DATE_PERM"] > year_end(before)
    return before[(before["LA_PERM"].notna() != some) | (before["DATE_PERM"].notna() != some) | late]


@TABLES("571/574", "Missing spells end in the year and do not overlap")
def _(t: Frames) -> pd.DataFrame:
    spells = t["ssda903_missing"]
    late = (spells["MIS_END"] > year_end(spells)) | (spells["MIS_END"] < spells["MIS_START"])
    return pd.concat([spells[late], overlapping(spells, CHILD, "MIS_START", "MIS_END", sharing=True)])


@TABLES("578/581", "Missing from care, while in care")
def _(t: Frames) -> pd.DataFrame:
    spells = t["ssda903_missing"]
    return pd.concat([outside_year(spells, "MIS_START"), _inside_care(spells, t, "MIS_START", "MIS_END")])


@TABLES("SW02/SW17", "Social workers under an XX or SW number, one after another, from 2023-24 on")
def _(t: Frames) -> pd.DataFrame:
    workers = _plain(t["ssda903_social_workers"])
    odd = ~workers["SW_ID"].astype(str).str.match("(XX|SW)") | (workers["Year"] < 2024)
    return pd.concat([workers[odd], overlapping(workers, CHILD, "SW_DECOM", "SW_DEC")])


@TABLES("SW13", "Why a social worker took over, since April 2023")
def _(t: Frames) -> pd.DataFrame:
    workers = t["ssda903_social_workers"]
    return workers[workers["SW_REASON"].isna() != (workers["SW_DECOM"] < pd.Timestamp("2023-04-01"))]


@TABLES("344/345", "Activity and home of care leavers where the authority is in touch, and only there")
def _(t: Frames) -> pd.DataFrame:
    leavers = _plain(t["ssda903_oc3"])
    yes, lost = leavers["IN_TOUCH"] == "YES", leavers["IN_TOUCH"].isin(["DIED", "RHOM"])
    none = [leavers[column] == "0" for column in ("ACTIV", "ACCOM")]
    return leavers[(yes & (none[0] | none[1])) | (lost & ~(none[0] & none[1]))]


@TABLES("347/3001", "From seventeen to twenty-one; no foyer and no former foster carer at seventeen")
def _(t: Frames) -> pd.DataFrame:
    leavers = _plain(t["ssda903_oc3"])
    age = _age(leavers)
    young = (age == 17) & leavers["ACCOM"].str[0].isin(["Z", "T"])
    return leavers[~age.between(17, 21) | young]

"""SSDA903: who the children are, reviews, unaccompanied children, health after twelve months, care leavers.

Depends on handed, rules_903_codes and the register of ``records.rules``.
"""

import pandas as pd

from catalyst.records.rules import Rules
from catalyst.release.official.handed import Handed, turned
from catalyst.release.official.rules_903_codes import FLAGS, RESPITE

CHILDREN = Rules()
_WITH_BIRTH = [
    "UASC", "Reviews", "OC2", "OC3", "AD1", "PlacedAdoption", "PrevPerm", "Missing", "SWEpisodes",
]  # fmt: skip
_OF_EPISODES = ["UASC", "Reviews", "OC2", "AD1", "PlacedAdoption", "PrevPerm", "Missing"]
_REST = ["IMMUNISATIONS", "TEETH_CHECK", "HEALTH_ASSESSMENT", "SUBSTANCE_MISUSE"]
_GIRL = ["F", "2"]


def _aged(rows: pd.DataFrame, day: pd.Timestamp, years: int) -> pd.Series:
    """Whether each child has had that birthday by a day."""
    return turned(rows["DOB"], years) <= day


@CHILDREN("INT01-10", "Every child of every table stands in the header")
def _(t: Handed) -> pd.DataFrame:
    header = set(t["Header"]["CHILD"])
    lost = [
        frame[~frame["CHILD"].isin(header)][["CHILD"]] for name, frame in t.now.items() if name != "Header"
    ]
    return pd.concat(lost)


@CHILDREN("INT11-18", "One date of birth in all tables")
def _(t: Handed) -> pd.DataFrame:
    birth = t["Header"][["CHILD", "DOB"]]
    both = [
        t[name].merge(birth, on="CHILD", suffixes=("", "_header")) for name in _WITH_BIRTH if name in t.now
    ]
    return pd.concat([rows[rows["DOB"] != rows["DOB_header"]] for rows in both])


@CHILDREN("INT21", "One sex in header and list of unaccompanied children")
def _(t: Handed) -> pd.DataFrame:
    both = t["UASC"].merge(t["Header"], on="CHILD", suffixes=("", "_header"))
    return both[both["SEX"] != both["SEX_header"]]


@CHILDREN("INT31", "One row a child in the tables that ask once")
def _(t: Handed) -> pd.DataFrame:
    once = ["UASC", "OC2", "OC3", "AD1", "PrevPerm"]
    return pd.concat([t[name][t[name]["CHILD"].duplicated(keep=False)] for name in once])


@CHILDREN("EPI", "An episode or a care leaver's row for every child of the header")
def _(t: Handed) -> pd.DataFrame:
    return t.header[~t.header["looked_after"] & ~t.header["leaver"]]


@CHILDREN("1012", "Nothing but OC3 for children who had no episode in the year")
def _(t: Handed) -> pd.DataFrame:
    return pd.concat([t.without(name, t["Episodes"]["CHILD"]) for name in _OF_EPISODES])


@CHILDREN("1014", "No list of unaccompanied children for care leavers")
def _(t: Handed) -> pd.DataFrame:
    gone = t.header.loc[t.header["leaver"] & ~t.header["looked_after"], "CHILD"]
    return t.among("UASC", set(gone))


@CHILDREN("393/607", "MOTHER is answered for girls looked after, respite apart")
def _(t: Handed) -> pd.DataFrame:
    longer = t["Episodes"][~t["Episodes"]["LS"].isin(RESPITE)]
    girls = t.header["SEX"].isin(_GIRL) & t.header["CHILD"].isin(longer["CHILD"])
    return t.header[girls & t.header["MOTHER"].isna()]


@CHILDREN("628", "No MOTHER for care leavers without an episode in the year")
def _(t: Handed) -> pd.DataFrame:
    return t.header[~t.header["looked_after"] & (t.header["MOTHER"].notna() | t.header["MC_DOB"].notna())]


@CHILDREN("174", "No child of a boy's")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][
        ~t["Header"]["SEX"].isin(_GIRL) & (t["Header"]["MC_DOB"].notna() | (t["Header"]["MOTHER"] == "1"))
    ]


@CHILDREN("611", "A mother's first child has a date of birth")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][(t["Header"]["MOTHER"] == "1") & t["Header"]["MC_DOB"].isna()]


@CHILDREN("612", "A first child of mothers alone")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][(t["Header"]["MOTHER"] != "1") & t["Header"]["MC_DOB"].notna()]


@CHILDREN("620", "A mother is eleven at least")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][(t["Header"]["MOTHER"] == "1") & ~_aged(t["Header"], t.start, 11)]


@CHILDREN("621", "A mother is older than her child")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][t["Header"]["MC_DOB"] <= t["Header"]["DOB"]]


@CHILDREN("625", "A first child is born by the year's end")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][t["Header"]["MC_DOB"] > t.end]


@CHILDREN("399", "No reviews, and no MOTHER, of children looked after for respite alone")
def _(t: Handed) -> pd.DataFrame:
    kinds = t["Episodes"].assign(respite=t["Episodes"]["LS"].isin(RESPITE)).groupby("CHILD")["respite"].all()
    alone = set(kinds[kinds].index)
    mothers = t.among("Header", alone)
    return pd.concat([t.among("Reviews", alone), mothers[mothers["MOTHER"].notna()]])


@CHILDREN("REVIEW", "Reviews in the year and in a period of care")
def _(t: Handed) -> pd.DataFrame:
    reviews = t["Reviews"].reset_index(names="row")
    both = reviews.merge(t.episodes, on="CHILD", suffixes=("", "_episode"))
    inside = (both["DECOM"] <= both["REVIEW"]) & (both["DEC"].isna() | (both["REVIEW"] <= both["DEC"]))
    return reviews[~reviews["row"].isin(both.loc[inside, "row"]) | ~t.inside(reviews["REVIEW"])]


@CHILDREN("440", "PN0 before the fourth birthday alone")
def _(t: Handed) -> pd.DataFrame:
    young = t["Reviews"]["REVIEW"] < turned(t["Reviews"]["DOB"], 4)
    return t["Reviews"][(t["Reviews"]["REVIEW_CODE"] == "PN0") & ~young]


@CHILDREN("441", "Nothing but PN0 before the fourth birthday")
def _(t: Handed) -> pd.DataFrame:
    young = t["Reviews"]["REVIEW"] < turned(t["Reviews"]["DOB"], 4)
    return t["Reviews"][(t["Reviews"]["REVIEW_CODE"] != "PN0") & young]


@CHILDREN("406", "No home postcode of unaccompanied children")
def _(t: Handed) -> pd.DataFrame:
    rows = t.among("Episodes", t["UASC"]["CHILD"])
    return rows[rows["HOME_POST"].notna()]


@CHILDREN("303", "Status ceases after birth")
def _(t: Handed) -> pd.DataFrame:
    return t["UASC"][t["UASC"]["DUC"] < t["UASC"]["DOB"]]


@CHILDREN("304", "Status ceases by the eighteenth birthday")
def _(t: Handed) -> pd.DataFrame:
    return t["UASC"][t["UASC"]["DUC"] > turned(t["UASC"]["DOB"], 18)]


@CHILDREN("DUC", "Status ceases in the year, if it does")
def _(t: Handed) -> pd.DataFrame:
    return t["UASC"][t["UASC"]["DUC"].notna() & ~t.inside(t["UASC"]["DUC"])]


@CHILDREN("190/198", "OC2 of children looked after for twelve months alone")
def _(t: Handed) -> pd.DataFrame:
    return t.without("OC2", t.all_year)


@CHILDREN("191", "OC2 of every child looked after for twelve months")
def _(t: Handed) -> pd.DataFrame:
    return t["Header"][t["Header"]["CHILD"].isin(t.all_year - set(t["OC2"]["CHILD"]))]


@CHILDREN("182", "Immunisations, teeth, health and substances are all answered")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][t["OC2"][_REST].isna().any(axis=1)]


@CHILDREN("187", "No adoption and no leaving care in the year of a child of OC2")
def _(t: Handed) -> pd.DataFrame:
    return t.among("OC2", set(t["AD1"]["CHILD"]) | set(t["OC3"]["CHILD"]))


@CHILDREN("186/197b", "A score, or why there is none, from four at the year's start to sixteen at its end")
def _(t: Handed) -> pd.DataFrame:
    oc2 = t["OC2"]
    asked = _aged(oc2, t.start, 4) & ~_aged(oc2, t.end, 17)
    return oc2[asked & oc2["SDQ_SCORE"].isna() & oc2["SDQ_REASON"].isna()]


@CHILDREN("188", "No score and no reason under four at the year's end")
def _(t: Handed) -> pd.DataFrame:
    oc2 = t["OC2"]
    return oc2[~_aged(oc2, t.end, 4) & (oc2["SDQ_SCORE"].notna() | oc2["SDQ_REASON"].notna())]


@CHILDREN("189", "No score and no reason at seventeen by the year's start")
def _(t: Handed) -> pd.DataFrame:
    oc2 = t["OC2"]
    return oc2[_aged(oc2, t.start, 17) & (oc2["SDQ_SCORE"].notna() | oc2["SDQ_REASON"].notna())]


@CHILDREN("197a", "A score, or why there is none, not both")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][t["OC2"]["SDQ_SCORE"].notna() & t["OC2"]["SDQ_REASON"].notna()]


@CHILDREN("157", "SDQ1 under four at the year's start or over sixteen at its end alone")
def _(t: Handed) -> pd.DataFrame:
    oc2 = t["OC2"]
    asked = _aged(oc2, t.start, 4) & ~_aged(oc2, t.end, 17)
    return oc2[asked & (oc2["SDQ_REASON"] == "SDQ1")]


@CHILDREN("542", "No convictions under ten")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][~_aged(t["OC2"], t.end, 10) & t["OC2"]["CONVICTED"].notna()]


@CHILDREN("543", "Convictions, yes or no, from ten")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][_aged(t["OC2"], t.end, 10) & t["OC2"]["CONVICTED"].isna()]


@CHILDREN("545", "Health surveillance, yes or no, under five")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][~_aged(t["OC2"], t.end, 5) & t["OC2"]["HEALTH_CHECK"].isna()]


@CHILDREN("546", "No health surveillance from five")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][_aged(t["OC2"], t.end, 5) & t["OC2"]["HEALTH_CHECK"].notna()]


@CHILDREN("544/547", "Who has convictions or health surveillance answered has the rest answered")
def _(t: Handed) -> pd.DataFrame:
    some = t["OC2"]["CONVICTED"].notna() | t["OC2"]["HEALTH_CHECK"].notna()
    return t["OC2"][some & t["OC2"][_REST].isna().any(axis=1)]


@CHILDREN("192", "Help received, yes or no, where substances are a problem")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][(t["OC2"]["SUBSTANCE_MISUSE"] == "1") & t["OC2"]["INTERVENTION_RECEIVED"].isna()]


@CHILDREN("193", "No help offered or received where substances are no problem")
def _(t: Handed) -> pd.DataFrame:
    some = t["OC2"]["INTERVENTION_RECEIVED"].notna() | t["OC2"]["INTERVENTION_OFFERED"].notna()
    return t["OC2"][(t["OC2"]["SUBSTANCE_MISUSE"] != "1") & some]


@CHILDREN("158", "No offer where help was received")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][(t["OC2"]["INTERVENTION_RECEIVED"] == "1") & t["OC2"]["INTERVENTION_OFFERED"].notna()]


@CHILDREN("159", "An offer, yes or no, where help was not received")
def _(t: Handed) -> pd.DataFrame:
    return t["OC2"][(t["OC2"]["INTERVENTION_RECEIVED"] == "0") & t["OC2"]["INTERVENTION_OFFERED"].isna()]


@CHILDREN("OC3", "Care leavers are seventeen to twenty-one")
def _(t: Handed) -> pd.DataFrame:
    leavers = t["OC3"]
    return leavers[~_aged(leavers, t.end, 17) | _aged(leavers, t.start - pd.Timedelta(days=1), 22)]


@CHILDREN("153", "Contact, activity and home are all answered")
def _(t: Handed) -> pd.DataFrame:
    return t["OC3"][t["OC3"][["IN_TOUCH", "ACTIV", "ACCOM"]].isna().any(axis=1)]


@CHILDREN("344", "No activity and no home of who has died or returned home")
def _(t: Handed) -> pd.DataFrame:
    gone = t["OC3"]["IN_TOUCH"].isin(["DIED", "RHOM"])
    return t["OC3"][gone & ((t["OC3"]["ACTIV"] != "0") | (t["OC3"]["ACCOM"] != "0"))]


@CHILDREN("345", "Activity and home where the authority is in touch")
def _(t: Handed) -> pd.DataFrame:
    return t["OC3"][
        (t["OC3"]["IN_TOUCH"] == "YES") & ((t["OC3"]["ACTIV"] == "0") | (t["OC3"]["ACCOM"] == "0"))
    ]


@CHILDREN("347", "RHOM at seventeen alone")
def _(t: Handed) -> pd.DataFrame:
    return t["OC3"][(t["OC3"]["IN_TOUCH"] == "RHOM") & _aged(t["OC3"], t.end, 18)]


@CHILDREN("3001", "Nobody stays with a former foster carer, or in a foyer, at seventeen")
def _(t: Handed) -> pd.DataFrame:
    staying = t["OC3"]["ACCOM"].isin(["Z1", "Z2", "T1", "T2"])
    return t["OC3"][staying & ~_aged(t["OC3"], t.end, 18)]


@CHILDREN("1007", "No care leaver of seventeen or eighteen is still looked after")
def _(t: Handed) -> pd.DataFrame:
    still = t.episodes[t.episodes["DEC"].isna()]
    return t.among("OC3", set(still["CHILD"]))


@CHILDREN("1000", "No care leaver died in care")
def _(t: Handed) -> pd.DataFrame:
    died = pd.concat([t.episodes, t.last_episodes]).query("REC == 'E2'")
    return t.among("OC3", set(died["CHILD"]))


@CHILDREN("1010", "Who was looked after at last year's end has an episode this year")
def _(t: Handed) -> pd.DataFrame:
    still = t.last_episodes[t.last_episodes["final"] & t.last_episodes["DEC"].isna()]
    return still[~still["CHILD"].isin(t["Episodes"]["CHILD"])]


@CHILDREN("1011", "No care leaver whom another authority took over")
def _(t: Handed) -> pd.DataFrame:
    taken = t.episodes[t.episodes["final"] & (t.episodes["REC"] == "E3")]
    return t.among("OC3", set(taken["CHILD"]))


@CHILDREN("134", "No adoption of care leavers")
def _(t: Handed) -> pd.DataFrame:
    return t.among("OC3", set(t["AD1"]["CHILD"]))


@CHILDREN("215", "No OC2 of care leavers")
def _(t: Handed) -> pd.DataFrame:
    return t.among("OC3", set(t["OC2"].dropna(subset=FLAGS, how="all")["CHILD"]))

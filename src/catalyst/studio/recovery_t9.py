"""T9's analyses of ethnic groups, proper and wrong, run on a release as a researcher gets it.

Depends on the release's tables and group_rates; knows nothing of the truth.
"""

import numpy as np
import pandas as pd

from catalyst.studio import group_rates as rates
from catalyst.studio import recovery_mending as mending
from catalyst.studio.estimates import Estimate, Trap
from catalyst.world.codes import ETHNICITY

# The smallest group, Other, holds two children in a hundred: a world of 10,000 has too few of them in need.
CHILDREN, AUTHORITIES = 30_000, 24
TABLES = (
    "child_low_income",
    "cin_header",
    "cin_child_identifiers",
    "cin_details",
    "ssda903_header",
    "ssda903_episodes",
)
RECOVERS = {f"{name}->need": (f"t9.log_standardised_{name}", f"t9.log_crude_{name}") for name in rates.BROAD}
NAMES = {
    **{f"t9.log_crude_{n}": f"log rate ratio of need, {n} against White, crude" for n in rates.BROAD},
    **{
        f"t9.log_standardised_{n}": f"log rate ratio of need, {n} against White, standardised"
        for n in rates.BROAD
    },
    "t9.care_entry_rate_black": "entries to care per 10,000, Black groups, residents",
}
_CHILD = ["LEA", "LAchildID"]


def register(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Children under sixteen by year: ethnicity, decile, family, and whether need or care began in the year.

    Returns
    -------
    pandas.DataFrame
        family (number), Year, ethnicity (row of ETHNICITY), decile, began, cared, seen (whether the authority
        gave a census for the year, without which nobody can say whether need began).
    """
    tables = mending.once(tables)
    table = tables["child_low_income"]
    place = np.array([ETHNICITY.index(code) for code in table["Ethnicity"].cat.categories])
    out = pd.DataFrame(
        {
            "FamilyRefAnonymous": table["FamilyRefAnonymous"].astype(str),
            "birth": table["PersonBirthDate"],
            "Year": table["Year"].astype(np.int64),
            "ethnicity": place[table["Ethnicity"].cat.codes.to_numpy()],
            "decile": table["IDACIDecile"].to_numpy().astype(np.int64),
        }
    )
    people = tables["cin_child_identifiers"].sort_values("Year")
    people = people.astype(dict.fromkeys((*_CHILD, "FamilyRefAnonymous"), str))
    people["birth"] = people["PersonBirthDate"].fillna(people["ExpectedPersonBirthDate"])
    people = people.groupby(_CHILD)[["FamilyRefAnonymous", "birth"]].last()
    details = tables["cin_details"].sort_values("Year").astype(dict.fromkeys(_CHILD, str))
    details = details.groupby([*_CHILD, "CINreferralDate"], as_index=False).last()
    need = (details["ReferralNFA"] == 0) & ~details["ReasonForClosure"].astype(str).isin(["RC8", "RC9"])
    out["began"] = _in_year(out, details[need], people, "CINreferralDate")
    episodes = tables["ssda903_episodes"].astype({"LEA": str, "CHILD": str})
    starts = episodes[episodes["RNE"] == "S"].rename(columns={"CHILD": "LAchildID"})
    out["cared"] = _in_year(out, starts, people, "DECOM")
    out["family"] = pd.factorize(out["FamilyRefAnonymous"])[0]
    missing = pd.MultiIndex.from_frame(mending.gaps(tables)[["LEA", "Year"]])
    here = pd.MultiIndex.from_arrays([table["LEA"].astype(str), out["Year"]])
    return out.assign(seen=~here.isin(missing))


def _in_year(children: pd.DataFrame, events: pd.DataFrame, people: pd.DataFrame, day: str) -> np.ndarray:
    """Whether each child of the register has an event in her year: found by family and month of birth."""
    known = events.merge(people, left_on=_CHILD, right_index=True)
    year = known[day].dt.year + (known[day].dt.month > 3)
    keys = pd.MultiIndex.from_arrays([known["FamilyRefAnonymous"], known["birth"], year.astype(np.int64)])
    return pd.MultiIndex.from_frame(children[["FamilyRefAnonymous", "birth", "Year"]]).isin(keys)


def _influence(
    table: pd.DataFrame, members: np.ndarray, event: np.ndarray, weights
) -> tuple[float, np.ndarray]:
    """A group's rate, and how much each family moves its logarithm."""
    mine = members[table["ethnicity"].to_numpy()]
    decile, y = table["decile"].to_numpy()[mine] - 1, event[mine].astype(float)
    family = table["family"].to_numpy()[mine]
    people, events = np.bincount(decile, minlength=10), np.bincount(decile, y, 10)
    value = rates.rate(events, people, weights)
    if weights is None:
        move = (y - value) / people.sum()
    else:
        inside = np.divide(events, people, out=np.zeros(10), where=people > 0)
        move = (weights / np.maximum(people, 1))[decile] * (y - inside[decile])
    return value, np.bincount(family, move / value, int(table["family"].max()) + 1)


def _log_ratio(table: pd.DataFrame, members: np.ndarray, weights) -> Estimate:
    """Log rate ratio of a group against White children; families are the clusters."""
    table = table[table["seen"]]
    event = table["began"].to_numpy()
    mine, moves = _influence(table, members, event, weights)
    white, other = _influence(table, rates.GROUPS == rates.WHITE, event, weights)
    se = float(np.sqrt(((moves - other) ** 2).sum()))
    inside = members[table["ethnicity"].to_numpy()]
    return Estimate(
        float(np.log(mine / white)), se, int(event[inside].sum()), table["family"][inside].nunique()
    )


def _care_rate(table: pd.DataFrame) -> Estimate:
    members = rates.BROAD["black"] == rates.GROUPS
    value, moves = _influence(table, members, table["cared"].to_numpy(), None)
    inside = members[table["ethnicity"].to_numpy()]
    events = int(table["cared"][inside].sum())
    se = float(1e4 * value * np.sqrt((moves**2).sum()))
    return Estimate(1e4 * value, se, events, table["family"][inside].nunique())


def proper(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Estimate]:
    """Everything that the chapter recovers, by the name of the truth manifest."""
    table = register(tables)
    standard = np.bincount(table["decile"] - 1, minlength=10) / len(table)
    out = {}
    for kind, weights in (("crude", None), ("standardised", standard)):
        for name, group in rates.BROAD.items():
            out[f"t9.log_{kind}_{name}"] = _log_ratio(table, group == rates.GROUPS, weights)
    out["t9.care_entry_rate_black"] = _care_rate(table)
    return out


def traps(tables: dict[str, pd.DataFrame], rng: np.random.Generator) -> dict[str, Trap]:
    """The wrong analyses of the chapter, with what each is taken for."""
    table = register(tables)
    black = _log_ratio(table, rates.BROAD["black"] == rates.GROUPS, None)
    minority = _log_ratio(table, rates.GROUPS != rates.WHITE, None)
    rate, se = _with_unaccompanied(tables, table)
    return {
        "crude ratio read as net of deprivation": Trap("t9.log_standardised_black", black.value, black.se, 1),
        "all minority groups together read as one of them": Trap(
            "t9.log_crude_asian", minority.value, minority.se, 1
        ),
        "unaccompanied children inside the total": Trap("t9.care_entry_rate_black", rate, se, 1),
    }


def _with_unaccompanied(tables: dict[str, pd.DataFrame], table: pd.DataFrame) -> tuple[float, float]:
    """Entries to care of all children recorded as of the Black groups, over its residents."""
    header = tables["ssda903_header"].astype({"LEA": str, "CHILD": str}).drop_duplicates(["LEA", "CHILD"])
    names = [
        code for code, group in zip(ETHNICITY, rates.GROUPS, strict=False) if group == rates.BROAD["black"]
    ]
    mine = header.loc[header["ETHNIC"].isin(names), ["LEA", "CHILD"]]
    episodes = tables["ssda903_episodes"].astype({"LEA": str, "CHILD": str})
    starts = episodes.loc[episodes["RNE"] == "S", ["LEA", "CHILD", "DECOM"]].drop_duplicates()
    starts = starts[starts["DECOM"] >= "2014-04-01"]
    events = len(starts.merge(mine, on=["LEA", "CHILD"]))
    people = (rates.BROAD["black"] == rates.GROUPS)[table["ethnicity"].to_numpy()].sum()
    return 1e4 * events / people, 1e4 * np.sqrt(events) / people

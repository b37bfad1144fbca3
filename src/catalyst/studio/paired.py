"""What flaws do to an analysis: its estimates on releases with flaws and on clean ones of the same worlds.

The same seed gives the same lives, so the difference between the two has none of the chance that lives bring,
and a few worlds tell a small bias. Depends on pandas alone.
"""

import numpy as np
import pandas as pd

MOST = 0.2  # of a standard error: the bias that statistics allow an analysis
_CHANCE = 2.6  # standard errors of a figure by which chance may carry it over its bound


def moves(flawed: pd.DataFrame, clean: pd.DataFrame) -> pd.DataFrame:
    """How far flaws move each proper estimate, in the spread of that estimate over clean worlds.

    Parameters
    ----------
    flawed, clean : tables of estimates, one row a world and name, as of ``recovery.resume``

    Returns
    -------
    pandas.DataFrame
        chapter, name, worlds (seeds in both tables), clean and flawed (means over those worlds), spread (of
        the estimate over all clean worlds), move (mean difference by spread), move_se (its standard error, of
        the paired differences), wider (mean standard error with flaws, by that without).

    Raises
    ------
    ValueError
        If an estimate of a flawed release has no clean one of the same world.
    """
    keys = ["chapter", "name", "seed"]
    proper = [table.loc[table["kind"] == "proper", [*keys, "estimate", "se"]] for table in (flawed, clean)]
    both = proper[0].merge(
        proper[1], how="left", on=keys, suffixes=("", "_clean"), validate="1:1", indicator=True
    )
    if (both["_merge"] != "both").any():
        raise ValueError(f"no clean world for {both.loc[both['_merge'] != 'both', keys].iloc[0].to_dict()}")
    both["difference"] = both["estimate"] - both["estimate_clean"]
    table = both.groupby(["chapter", "name"], sort=False, as_index=False).agg(
        worlds=("seed", "nunique"),
        clean=("estimate_clean", "mean"),
        flawed=("estimate", "mean"),
        difference=("difference", "mean"),
        error=("difference", "std"),
        se=("se", "mean"),
        se_clean=("se_clean", "mean"),
    )
    table["spread"] = table["name"].map(proper[1].groupby("name")["estimate"].std())
    table["move"] = table["difference"] / table["spread"]
    table["move_se"] = table["error"] / np.sqrt(table["worlds"]) / table["spread"]
    table["wider"] = table["se"] / table["se_clean"]
    return table[["chapter", "name", "worlds", "clean", "flawed", "spread", "move", "move_se", "wider"]]


def by_pairs(flawed: pd.DataFrame, clean: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """A summary of few flawed worlds, its bias told by all clean worlds and the move, not by those few.

    Parameters
    ----------
    flawed, clean : from ``recovery.summary``
    moved : from :func:`moves`
    """
    known = clean[clean["kind"] == "proper"].set_index("name")["bias"]
    move = (moved["move"] * moved["spread"]).set_axis(moved["name"])
    told = flawed["name"].map(known + move)
    return flawed.assign(bias=flawed["bias"].mask(flawed["kind"] == "proper", told))


def faults(table: pd.DataFrame) -> list[str]:
    """The estimates that flaws move by more than a fifth of their spread, beyond what chance allows.

    Parameters
    ----------
    table : from :func:`moves`; of one world alone, the move itself must keep within the bound
    """
    beyond = table["move"].abs() > MOST + _CHANCE * table["move_se"].fillna(0)
    return [
        f"{row.name}: flaws move it by {row.move:+.2f} of its spread (± {row.move_se:.2f}, "
        f"{row.worlds} worlds)"
        for row in table[beyond].itertuples(index=False)
    ]

"""One return as it is judged: an authority's tables of a year, with those of the year before.

Depends on pandas alone.
"""

from functools import cached_property

import pandas as pd

Frames = dict[str, pd.DataFrame]
# What a rule compares between an episode and the one before or after it.
_BESIDE = ["DECOM", "DEC", "REC", "RNE", "LS", "CIN", "PLACE", "PLACE_PROVIDER", "URN"]


def turned(birth: pd.Series, years: int) -> pd.Series:
    """The birthday of that age (28 February for those born on the 29th, in years without one)."""
    return birth + pd.DateOffset(years=years)


class Handed:
    """Tables by their official names, as :mod:`read` gives them; ``last`` is None where no set stands beside.

    Parameters
    ----------
    year : in which the return ends
    now, last : tables of this year and of the year before
    """

    def __init__(self, year: int, now: Frames, last: Frames | None = None):
        self.year, self.now, self.last = year, now, last
        self.start, self.end = pd.Timestamp(year - 1, 4, 1), pd.Timestamp(year, 3, 31)

    def __getitem__(self, table: str) -> pd.DataFrame:
        return self.now[table]

    def inside(self, day: pd.Series) -> pd.Series:
        """Which days lie in the year."""
        return (day >= self.start) & (day <= self.end)

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """Episodes in the order of child and start, with sex and birth, and the episodes beside each.

        Columns of the next end in ``_next``, of the one before in ``_before``; ``first`` and ``final`` tell
        the first and last of a child; ``period`` numbers the periods of care in this file.
        """
        return _in_order(self.now)

    @cached_property
    def last_episodes(self) -> pd.DataFrame:
        """The same of the year before; no rows where there is no set."""
        if self.last is None:
            return self.episodes.iloc[:0]
        return _in_order(self.last)

    @cached_property
    def header(self) -> pd.DataFrame:
        """The header, with whether the child had an episode in the year, and is a care leaver of OC3."""
        header = self.now["Header"]
        return header.assign(
            looked_after=header["CHILD"].isin(self.now["Episodes"]["CHILD"]),
            leaver=header["CHILD"].isin(self.now["OC3"]["CHILD"]),
        )

    @cached_property
    def all_year(self) -> set[str]:
        """Children looked after without a break from 1 April (or before) to 31 March, respite apart."""
        episodes = self.episodes[~self.episodes["LS"].isin(["V3", "V4"])]
        still = episodes[episodes["final"] & episodes["DEC"].isna()]
        period = still.merge(episodes, on=["CHILD", "period"], suffixes=("_final", ""))
        return set(period.loc[period["DECOM"] <= self.start, "CHILD"])

    @cached_property
    def adopted(self) -> pd.DataFrame:
        """Episodes that ended in adoption in the year."""
        episodes = self.episodes
        return episodes[episodes["REC"].isin(["E11", "E12"])]

    def beside_last(self, table: str) -> pd.DataFrame:
        """Rows of children who stand in both years' tables; columns of last year's end in ``_last``."""
        if self.last is None:
            return self[table].iloc[:0].assign(**{f"{c}_last": None for c in self[table] if c != "CHILD"})
        return self[table].merge(self.last[table], on="CHILD", suffixes=("", "_last"))

    def without(self, table: str, children: pd.Series | set[str]) -> pd.DataFrame:
        """Rows of a table whose child is not among some."""
        return self[table][~self[table]["CHILD"].isin(set(children))]

    def among(self, table: str, children: pd.Series | set[str]) -> pd.DataFrame:
        """Rows of a table whose child is among some."""
        return self[table][self[table]["CHILD"].isin(set(children))]


def _in_order(frames: Frames) -> pd.DataFrame:
    who = frames["Header"][["CHILD", "SEX", "DOB"]].drop_duplicates("CHILD")
    rows = frames["Episodes"].merge(who, on="CHILD", how="left")
    rows = rows.sort_values(["CHILD", "DECOM"], kind="stable", ignore_index=True)
    by = rows.groupby("CHILD", sort=False)[_BESIDE]
    rows = pd.concat([rows, by.shift(-1).add_suffix("_next"), by.shift(1).add_suffix("_before")], axis=1)
    for column in ("DECOM", "DEC"):
        for beside in ("next", "before"):
            rows[f"{column}_{beside}"] = pd.to_datetime(rows[f"{column}_{beside}"])
    rows["first"] = ~rows["CHILD"].duplicated()
    rows["final"] = ~rows["CHILD"].duplicated(keep="last")
    begins = rows["first"] | (rows["RNE"] == "S")
    rows["period"] = begins.groupby(rows["CHILD"], sort=False).cumsum()
    return rows

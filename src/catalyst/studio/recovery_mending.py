"""What a researcher mends in a release before analysis: rows handed in twice, references, missing returns.

Each step does nothing where there is nothing to mend, so a release without flaws stays as it is. Depends on
the release's tables alone.
"""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

REFERENCE = "PupilMatchingRefAnonymous"
# Tables of which a first submission may stand before the second, and what names a record in them.
_RECORD = {
    "cin_child_identifiers": ["LEA", "LAchildID", "Year"],
    "cin_details": ["LEA", "LAchildID", "Year", "CINdetailsID"],
    "cin_child_protection_plans": ["LEA", "LAchildID", "Year", "CINdetailsID", "CPPID"],
    "ssda903_episodes": ["LEA", "CHILD", "Year", "DECOM"],
}
# Where several references of one child show: by the authority's number for her, or as one patient.
_SAME = {
    "cin_child_identifiers": ["LEA", "LAchildID"],
    "ssda903_header": ["LEA", "CHILD"],
    "link_school_hospital": ["PatientRefAnonymous"],
}
_HASHES = ["ForenameHash", "SurnameHash", "BirthDayHash", "BirthYearMonthHash", "PostcodeSectorHash"]
_FIELDS = [*_HASHES, "Sex"]
_ENOUGH = 4  # of the five hashed fields, for two records to be one person


def once(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Of records that were handed in twice in a year the last submission, which knows more ends."""
    return {
        name: table.drop_duplicates(_RECORD[name], keep="last") if name in _RECORD else table
        for name, table in tables.items()
    }


def last_day(year: pd.Series) -> pd.Series:
    """31 March of each year of the returns: what is open in its last return was seen until then."""
    return pd.to_datetime(year.astype(str) + "-03-31").astype("datetime64[ns]")


def gaps(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Authorities and years without a census.

    Parameters
    ----------
    tables : with ``cin_header``, which has a row for each census that was given; else with
        ``cin_child_identifiers``, in which nobody at all is of one that was not

    Returns
    -------
    pandas.DataFrame
        LEA (text), Year, first and last day; no row where every authority gave every return.
    """
    given = tables["cin_header" if "cin_header" in tables else "cin_child_identifiers"]
    there = pd.crosstab(given["LEA"].astype(str), given["Year"].astype(np.int64))
    lea, year = np.nonzero(there.to_numpy() == 0)
    out = pd.DataFrame({"LEA": there.index[lea], "Year": there.columns[year]})
    last = last_day(out["Year"])
    return out.assign(first=last - pd.DateOffset(years=1) + pd.Timedelta(days=1), last=last)


def unseen(missing: pd.DataFrame, lea: pd.Series, first: pd.Series, last: pd.Series) -> np.ndarray:
    """Whether a year without a census of the authority touches each stretch of days; bool, shape (n,).

    Parameters
    ----------
    missing : from :func:`gaps`
    lea, first, last : authority, first and last day of each stretch
    """
    out = np.zeros(len(lea), dtype=bool)
    lea = lea.astype(str)
    for gap in missing.itertuples():
        out |= ((lea == gap.LEA) & (first <= gap.last) & (last >= gap.first)).to_numpy()
    return out


def one_reference(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every table with one reference for a child who goes by several, also where a year between lacks it.

    References are of one child where an authority has one number for her, where a hospital has one patient,
    where the register of low income has one child of a family and month of birth under them in turn, or where
    the school census has pupils in turn who are alike by hashed fields, forename among them (twins differ).
    """
    out = {name: _filled(name, table) for name, table in tables.items()}
    pairs = [_pairs(out[name], keys) for name, keys in _SAME.items() if name in out]
    if "child_low_income" in out:
        pairs.append(_in_turn(out["child_low_income"]))
    if {"linkage_school", "school_census"} <= set(out):
        pairs.append(_alike(out["linkage_school"], out["school_census"]))
    pairs = pd.concat(pairs)
    if pairs.empty:
        return out
    names, codes = np.unique(pairs.to_numpy(dtype=str), return_inverse=True)
    one, other = codes.reshape(-1, 2).T
    edges = coo_array((np.ones(len(one)), (one, other)), shape=(len(names), len(names)))
    group = connected_components(edges, directed=False)[1]
    chosen = pd.Series(names[np.unique(group, return_index=True)[1]][group], index=names)
    for name, table in out.items():
        if REFERENCE in table:
            old = table[REFERENCE].astype(object)
            new = old.map(chosen).fillna(old)
            out[name] = table.assign(**{REFERENCE: new.astype("category")})
    return out


def _filled(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A return of children's services with references that a year lacks, but others before and after have."""
    child = next((c for c in ("LAchildID", "CHILD") if c in table), None)
    if child is None or not {REFERENCE, "Year"} <= set(table) or not table[REFERENCE].isna().any():
        return table
    rows = table[["LEA", child, REFERENCE]].astype(object)
    rows = rows.iloc[np.argsort(table["Year"].to_numpy(), kind="stable")]
    child_of = rows.groupby(["LEA", child], sort=False)[REFERENCE]
    before, after = child_of.ffill(), child_of.bfill()
    lost = rows[REFERENCE].isna() & before.notna() & after.notna()
    if not lost.any():
        return table
    return table.assign(
        **{REFERENCE: rows[REFERENCE].where(~lost, before).reindex(table.index).astype("category")}
    )


def _pairs(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """References that stand under the same key, each beside the key's first one."""
    rows = table[[*keys, REFERENCE]].dropna().astype(str).drop_duplicates()
    rows = rows[rows.duplicated(keys, keep=False)]
    return rows.assign(first=rows.groupby(keys)[REFERENCE].transform("first"))[["first", REFERENCE]]


def _in_turn(register: pd.DataFrame) -> pd.DataFrame:
    """References of one family and month of birth of which one ends before the next begins: not of twins."""
    keys = ["FamilyRefAnonymous", "PersonBirthDate"]
    rows = register[[*keys, REFERENCE, "Year"]]
    twins = rows.duplicated([*keys, "Year"])
    twins = pd.MultiIndex.from_frame(rows.loc[twins, keys].astype({keys[0]: str}).drop_duplicates())
    rows = rows.dropna().astype({keys[0]: str})
    return _pairs(rows[~pd.MultiIndex.from_frame(rows[keys]).isin(twins)], keys)


def _alike(pupils: pd.DataFrame, census: pd.DataFrame) -> pd.DataFrame:
    """References with like fields of which one leaves the school census as the other comes into it."""
    years = census.groupby(REFERENCE, observed=True)["AcademicYear"].agg(["min", "max"])
    pupils = pupils[[REFERENCE, *_FIELDS]]
    both = _agreeing(pupils, pupils, f"{REFERENCE}_other")
    both = both[both["ForenameHash"] == both["ForenameHash_other"]]
    last, next_ = both[REFERENCE].map(years["max"]), both[f"{REFERENCE}_other"].map(years["min"])
    both = both[(next_ > last) & (next_ <= last + 2)]
    return both[[REFERENCE, f"{REFERENCE}_other"]].set_axis(["first", REFERENCE], axis=1)


def _agreeing(one: pd.DataFrame, other: pd.DataFrame, key: str) -> pd.DataFrame:
    """Pairs of records of two index tables that agree on sex and on enough hashed fields, with how many."""
    one, other = one.astype(object), other.astype(object).rename(columns={REFERENCE: key})
    found = []
    # Two records that agree on four fields of five agree on both of one of these pairs.
    for block in (_HASHES[:2], _HASHES[2:4]):
        both = one.merge(
            other.assign(**{f"{name}_other": other[name] for name in _HASHES}).drop(
                columns=[name for name in _HASHES if name not in block]
            ),
            on=["Sex", *block],
        )
        same = sum((both[name] == both[f"{name}_other"]).astype(int) for name in _HASHES)
        found.append(both.assign(same=same)[same >= _ENOUGH])
    return pd.concat(found)


def by_hand(cases: pd.DataFrame, pupils: pd.DataFrame) -> pd.Series:
    """The pupil of each case, by hashed fields: the one who agrees on sex and on at least four of five.

    Parameters
    ----------
    cases, pupils : index tables of the linkage spine (``linkage_police`` and ``linkage_school``)

    Returns
    -------
    pandas.Series
        Reference by case; without the cases that nobody, or more than one, is as like as that.
    """
    found = _agreeing(cases[["CaseRefAnonymous", *_FIELDS]], pupils[[REFERENCE, *_FIELDS]], REFERENCE)
    found = found.drop_duplicates(["CaseRefAnonymous", REFERENCE])
    found = found[found["same"] == found.groupby("CaseRefAnonymous")["same"].transform("max")]
    found = found[~found.duplicated("CaseRefAnonymous", keep=False)]
    return found.set_index("CaseRefAnonymous")[REFERENCE]

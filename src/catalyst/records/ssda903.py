"""SSDA903, the return on children looked after: header and episodes, one slice a year (1 April to 31 March).

Every episode that overlaps the year is handed in; an end after 31 March, with its reasons, is blank. Its
other tables are made in ssda903_care and ssda903_outcomes. Depends on the world's logs, columns and calendar.

What this module decides, all of it in the data dictionary too:

- No postcode is written (a real one is somebody's home), so the return's rules 169, 179 and 392 would fire;
  ``PL_LOCATION`` comes straight from the world instead of from postcodes.
- ``URN`` is invented: SC9 and five digits.
- The world does not yet hold young mothers, so ``MOTHER`` is 0 for girls and ``MC_DOB`` is empty.
- Care leavers who had no episode in the year stand in the header for the sake of OC3, without ``MOTHER``.
- Codes follow the year: special guardianship is E43 or E44 to 2017-18, E45 to E48 after; supported
  accommodation is H5 in all years here (K3 starts in 2025-26); SEX is 1 or 2 to 2023-24, M or F after.
"""

import numpy as np

from catalyst.records import ssda903_care, ssda903_outcomes
from catalyst.records.calendar import first_of_month, last_day, year_of
from catalyst.records.cin_census import FIRST_YEAR, LAST_YEAR, SEX_SINCE
from catalyst.records.columns import Codes, Days, Table, never, nothing, spread
from catalyst.records.ssda903_periods import periods, told_apart
from catalyst.world import codes

SPLIT_GUARDIANSHIP_SINCE = 2019
REC_CODES = (*codes.REC, "E43", "E44")
NEED_CODES = codes.NEED[1:9]  # the return knows N1 to N8


def returns(lives, first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> dict[str, Table]:
    """All tables of all years.

    Parameters
    ----------
    lives : the world's logs (``catalyst.world.life.Lives``), whole families
    first_year, last_year : the years in which the first and last slices end

    Returns
    -------
    dict by the official name of the table; besides the official columns each row has ``Year`` (of the slice),
    ``child`` and ``stint``.

    Raises
    ------
    KeyError
        If a log speaks of a child who does not exist.
    """
    log = lives.care_episodes
    order = np.lexsort((log["decom"], log["child"]))
    log = told_apart({name: column[order] for name, column in log.items()})
    p = periods(lives, log)
    period = np.repeat(np.arange(len(p.start)), p.last - p.first + 1)
    first = np.maximum(year_of(log["decom"]), first_year)
    last = np.where(log["dec"] >= 0, np.minimum(year_of(np.maximum(log["dec"], 0)), last_year), last_year)
    row, year = spread(first, last)
    leavers, left, left_year = ssda903_outcomes.care_leavers(lives, p, first_year, last_year)
    header, in_care = _header(
        lives,
        np.concatenate([p.person[period[row]], p.person[left]]),
        np.concatenate([p.stint[period[row]], p.stint[left]]),
        np.concatenate([year, left_year]),
        np.arange(len(row) + len(left)) < len(row),
    )
    window = first_year, last_year
    return {
        "Header": header,
        "Episodes": _episodes(
            {name: column[row] for name, column in log.items()}, p.stint[period[row]], year
        ),
        "Reviews": ssda903_care.reviews(lives, p, *window),
        "UASC": ssda903_care.unaccompanied(lives, p, header, in_care),
        "OC2": ssda903_outcomes.after_twelve_months(lives, p, *window),
        "OC3": leavers,
        **ssda903_care.adoption(lives, p, log, window),
        "PrevPerm": ssda903_care.permanence(lives, p, *window),
        "Missing": ssda903_care.missing(lives, p, *window),
        "SWEpisodes": ssda903_care.social_workers(lives, p, last_year),
    }


def _header(
    lives, person: np.ndarray, stint: np.ndarray, year: np.ndarray, episode: np.ndarray
) -> tuple[Table, np.ndarray]:
    """One row a stint and year, and whether it rests on an episode (the others on a care leaver's row)."""
    order = np.lexsort((~episode, year, stint))
    stint, year, person, episode = stint[order], year[order], person[order], episode[order]
    new = np.ones(len(stint), dtype=bool)
    new[1:] = (stint[1:] != stint[:-1]) | (year[1:] != year[:-1])
    stint, year, person, episode = stint[new], year[new], person[new], episode[new]
    c = {name: column[person] for name, column in lives.children.items()}
    n = len(year)
    sex = c["sex"] - 1 + np.where(year < SEX_SINCE, 3, 0)
    table = {
        "child": c["child"],
        "stint": stint,
        "Year": year.astype(np.int16),
        "SEX": Codes(sex.astype(np.int8), ("M", "F", "U", "1", "2")),
        "DOB": Days(first_of_month(c["birth"]).astype(np.int32)),
        "ETHNIC": Codes(c["ethnicity"], codes.ETHNICITY),
        "UPN": nothing(n),
        "MOTHER": Codes(np.where((c["sex"] == 2) & episode, 0, -1).astype(np.int8), ("0", "1")),
        "MC_DOB": never(n),
        "UASC": Codes((c["arrival"] >= 0).astype(np.int8), ("0", "1")),
        # For release alone, which decides who has a pupil reference; it never leaves.
        "birth": c["birth"],
        "arrival": c["arrival"],
    }
    return table, episode


def leaving_code(rec: np.ndarray, year: np.ndarray) -> Codes:
    """REC as the code set of the year says it.

    Parameters
    ----------
    rec : index into the world's ``codes.REC``, −1 where none
    year : year in which the slice ends
    """
    rec = rec.astype(np.int64)
    former_carer = np.isin(rec, [codes.REC.index("E45"), codes.REC.index("E46")])
    other = np.isin(rec, [codes.REC.index("E47"), codes.REC.index("E48")])
    old = year < SPLIT_GUARDIANSHIP_SINCE
    rec = np.where(old & former_carer, REC_CODES.index("E43"), rec)
    return Codes(np.where(old & other, REC_CODES.index("E44"), rec).astype(np.int8), REC_CODES)


def _episodes(t: dict[str, np.ndarray], stint: np.ndarray, year: np.ndarray) -> Table:
    n = len(year)
    ended = (t["dec"] >= 0) & (t["dec"] <= last_day(year))
    place = np.where(t["place"] == codes.PLACE.index("K3"), codes.PLACE.index("H5"), t["place"])
    places = tuple(code for code in codes.PLACE if code != "K3")
    to = np.array([places.index(code) if code in places else -1 for code in codes.PLACE])
    homes, home = (
        np.unique(t["urn"] % 100_000, return_inverse=True) if n else (np.zeros(0, int), np.zeros(0, int))
    )
    leaving = leaving_code(np.where(ended, t["rec"], -1), year)
    need = t["need"].astype(np.int64) - 1
    return {
        "child": t["child"],
        "stint": stint,
        "Year": year.astype(np.int16),
        "DECOM": Days(t["decom"].astype(np.int32)),
        "RNE": Codes(t["rne"], codes.RNE),
        "LS": Codes(t["ls"], codes.LEGAL_STATUS),
        "CIN": Codes(np.where(need < len(NEED_CODES), need, -1).astype(np.int8), NEED_CODES),
        "PLACE": Codes(to[place].astype(np.int8), places),
        "PLACE_PROVIDER": Codes(t["provider"], codes.PROVIDER),
        "DEC": Days(np.where(ended, t["dec"], -1).astype(np.int32)),
        "REC": leaving,
        "REASON_PLACE_CHANGE": Codes(t["place_change"], codes.PLACE_CHANGE).blank(~ended),
        "HOME_POST": nothing(n),
        "PL_POST": nothing(n),
        "URN": Codes(np.where(t["urn"] >= 0, home, -1).astype(np.int32), tuple(f"SC9{u:05d}" for u in homes)),
        "PL_LA": nothing(n),
        "PL_LOCATION": Codes(t["outside"].astype(np.int8), ("IN", "OUT")),
        "PL_DISTANCE": nothing(n),
    }

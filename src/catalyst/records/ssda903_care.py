"""SSDA903 beside the episodes: reviews, unaccompanied children, missing spells, adoption, social workers.

One slice a year, as the episodes. Depends on the periods of care and on the world's logs.

What this module decides, all of it in the data dictionary too:

- A review stands in the return of the year in which it was held.
- ``DUC`` is the eighteenth birthday, where it falls in the year and the young person was still looked after.
- Children for whom adoption was decided stay in the table until they leave care or the decision is withdrawn.
- Earlier permanence is what this world's own records of the child say; none is known from elsewhere.
- Social workers are asked for from the return of 2023-24 on. ``SW_ID`` begins with XX, as for a worker
  without a registration number: no registered social worker's number can be meant.
"""

import numpy as np

from catalyst.records.calendar import first_day, first_of_month, last_day, year_of
from catalyst.records.columns import Codes, Days, Table, spread
from catalyst.records.ssda903_periods import Periods, numbers, table_of, within
from catalyst.world import codes
from catalyst.world.clock import weekday_at_or_after
from catalyst.world.families import birthday

SOCIAL_WORKERS_SINCE = 2024
_PARTNERS_SINCE = int(np.datetime64("2019-12-31", "D").astype(np.int64))
_REVIEWS = tuple(f"PN{k}" for k in range(8))
_SW_REASONS = ("MANAGE", "FCONTA", "LEFTRL", "ORGRST", "TSPROC", "ABSENC", "CHCHAN", "PCCHAN", "OTHERS")
_E1, _C1 = codes.LEGAL_STATUS.index("E1"), codes.LEGAL_STATUS.index("C1")
_ADOPTIVE = [codes.PLACE.index(code) for code in ("A3", "A4", "A5", "A6")]
_WITH_FOSTERER = [codes.PLACE.index(code) for code in ("A3", "A5")]
_ADOPTED = [codes.REC.index(code) for code in ("E11", "E12")]
_GUARDIANS = [codes.REC.index(code) for code in ("E45", "E46", "E47", "E48")]
_ARRANGEMENTS = codes.REC.index("E41")
_FIRST_CONTACT = _SW_REASONS.index("FCONTA")


def who(lives, p: Periods, row: np.ndarray, year: np.ndarray) -> Table:
    """The columns that every table of the return begins with."""
    return {
        "child": p.child[row],
        "stint": p.stint[row],
        "Year": np.asarray(year).astype(np.int16),
        "DOB": Days(first_of_month(lives.children["birth"][p.person[row]]).astype(np.int32)),
    }


def reviews(lives, p: Periods, first_year: int, last_year: int) -> Table:
    """Reviews held in the window: the first within four weeks, then within three months, then within six."""
    n = numbers()
    end = np.where(p.end >= 0, p.end, last_day(last_year) + 1)
    most = 2 + np.maximum(end - p.start, 0) // n["reviews.every"][0]
    row, k = spread(np.zeros(len(p.start), dtype=np.int64), most)
    gap = np.select(
        [k == 0, k == 1],
        [
            within(p.luck, "ssda903.review", p.child[row], n["reviews.first"], p.number[row], k),
            within(p.luck, "ssda903.review", p.child[row], n["reviews.second"], p.number[row], k),
        ],
        within(p.luck, "ssda903.review", p.child[row], n["reviews.every"], p.number[row], k),
    )
    total = np.cumsum(gap)
    before = np.concatenate([[0], total])[np.flatnonzero(k == 0)]
    day = weekday_at_or_after(p.start[row] + total - np.repeat(before, most + 1))
    keep = (day < end[row]) & (day >= first_day(first_year)) & (day <= last_day(last_year))
    row, k, day = row[keep], k[keep], day[keep]
    birth = lives.children["birth"][p.person[row]]
    age = (day - birth) / 365.25
    shares = np.asarray(n["reviews.taking_part"])[(age >= 10).astype(int)]
    code = 1 + p.luck.choose("ssda903.takes_part", p.child[row], shares, p.number[row], k)
    code = np.where(birthday(birth, 4) > day, 0, code).astype(np.int8)
    return who(lives, p, row, year_of(day)) | {
        "REVIEW": Days(day.astype(np.int32)),
        "REVIEW_CODE": Codes(code, _REVIEWS),
    }


def unaccompanied(lives, p: Periods, header: Table, in_care: np.ndarray) -> Table:
    """One row a year for every unaccompanied child who was looked after in it.

    Parameters
    ----------
    header : the return's header
    in_care : which rows of the header had an episode in the year
    """
    keep = np.flatnonzero((header["arrival"] >= 0) & in_care)
    turned = birthday(header["birth"][keep], 18)
    year = header["Year"][keep].astype(np.int64)
    now = (turned >= first_day(year)) & (turned <= last_day(year))
    out = {name: header[name][keep] for name in ("child", "stint", "Year")}
    return out | {
        "SEX": header["SEX"].take(keep),
        "DOB": header["DOB"].take(keep),
        "DUC": Days(np.where(now, turned, -1).astype(np.int32)),
    }


def missing(lives, p: Periods, first_year: int, last_year: int) -> Table:
    """Spells missing, or away without authorisation, that began in the window."""
    log = table_of(lives, "missing_spells")
    if not log:
        log = {name: np.zeros(0, dtype=np.int64) for name in ("child", "start", "end", "kind")}
    inside = (log["start"] >= first_day(first_year)) & (log["start"] <= last_day(last_year))
    log = {name: column[inside] for name, column in log.items()}
    year = year_of(log["start"])
    return who(lives, p, p.of(log["child"], log["start"]), year) | {
        "MISSING": Codes(log["kind"].astype(np.int8), ("M", "A")),
        "MIS_START": Days(log["start"].astype(np.int32)),
        "MIS_END": Days(np.where(log["end"] <= last_day(year), log["end"], -1).astype(np.int32)),
    }


def permanence(lives, p: Periods, first_year: int, last_year: int) -> Table:
    """For every child who started to be looked after in the year: earlier adoption, guardianship or order."""
    year = year_of(p.start)
    again = np.zeros(len(year), dtype=bool)  # only the last start of a year has a row
    again[:-1] = (p.stint[1:] == p.stint[:-1]) & (year[1:] == year[:-1])
    kind = np.full(len(year), 4, dtype=np.int8)
    day = np.full(len(year), -1, dtype=np.int32)
    place = np.full(len(year), -1, dtype=np.int64)
    before = np.full(len(year), -1, dtype=np.int8)
    before[:-1] = np.select(
        [np.isin(p.rec[:-1], _ADOPTED), np.isin(p.rec[:-1], _GUARDIANS), p.rec[:-1] == _ARRANGEMENTS],
        [0, 1, 2],
        -1,
    )
    for i in range(1, int(p.number.max(initial=1))):
        # An order of the i-th period before this one, if none of a later period stands already.
        same = np.zeros(len(year), dtype=bool)
        same[i:] = p.child[i:] == p.child[:-i]
        found = same & (kind == 4) & (np.roll(before, i) >= 0)
        kind[found] = np.roll(before, i)[found]
        day[found] = np.roll(p.end, i)[found]
        place[found] = np.roll(p.authority, i)[found]
    row = np.flatnonzero((year >= first_year) & (year <= last_year) & ~again)
    return who(lives, p, row, year[row]) | {
        "PREV_PERM": Codes(kind[row], ("P1", "P2", "P3", "P4", "Z1")),
        "LA_PERM": Codes(place[row], tuple(map(str, lives.places.code))),
        "DATE_PERM": Days(day[row]),
    }


def adoption(lives, p: Periods, log: dict[str, np.ndarray], years: tuple[int, int]) -> dict[str, Table]:
    """Decisions that a child should be placed for adoption, and the adoptions that followed.

    Parameters
    ----------
    log : ``care_episodes`` in the order of the periods
    years : in which the first and last slices end
    """
    n = numbers()
    period = np.repeat(np.arange(len(p.start)), p.last - p.first + 1)
    order, placed = (
        _first(period, log, log["ls"] == _E1),
        _first(period, log, np.isin(log["place"], _ADOPTIVE)),
    )
    lag = within(p.luck, "ssda903.decision", p.child, n["adoption.decision_days"], p.number)
    either = np.where((order >= 0) & (placed >= 0), np.minimum(order, placed), np.maximum(order, placed))
    decision = np.where(either >= 0, np.maximum(either - lag, p.start), -1)
    # Interim orders of young children that ended in another way, though adoption had been decided on.
    interim = log["ls"] == _C1
    over = np.full(len(p.start), -1, dtype=np.int64)
    over[period[interim]] = log["dec"][interim]
    young = over - lives.children["birth"][p.person] < 1826
    no_order = (either < 0) & (over >= 0) & young & (over > p.start + 60)
    no_order &= p.luck("ssda903.no_order", p.child, p.number) < n["adoption.no_order"]
    decision = np.where(no_order, np.maximum(over - lag, p.start + 30), decision)
    ceased = np.where(no_order, over, -1)

    has = np.flatnonzero(decision >= 0)
    stop = np.where(ceased >= 0, ceased, p.end)[has]
    last = np.where(stop >= 0, np.minimum(year_of(np.maximum(stop, 0)), years[1]), years[1])
    row, year = spread(np.maximum(year_of(decision[has]), years[0]), last)
    row = has[row]
    known = (ceased[row] >= 0) & (ceased[row] <= last_day(year))
    plans = who(lives, p, row, year) | {
        "DATE_PLACED": Days(decision[row].astype(np.int32)),
        "DATE_PLACED_CEASED": Days(np.where(known, ceased[row], -1).astype(np.int32)),
        "REASON_PLACED_CEASED": Codes(np.where(known, 1, -1).astype(np.int8), ("RD1", "RD2", "RD3", "RD4")),
    }

    done = np.flatnonzero(np.isin(p.rec, _ADOPTED) & (p.end >= first_day(years[0])) & (placed >= 0))
    share = n["adoption.matched"][0] + np.ptp(n["adoption.matched"]) * p.luck("ssda903.match", p.child[done])
    match = decision[done] + np.floor(share * (placed[done] - decision[done])).astype(np.int64)
    return {"PlacedAdoption": plans, "AD1": _adopters(lives, p, log, done, decision[done], match)}


def _first(period: np.ndarray, log: dict[str, np.ndarray], where: np.ndarray) -> np.ndarray:
    """Day on which the first such episode of each period began; −1 none."""
    out = np.full(int(period.max(initial=-1)) + 1, -1, dtype=np.int64)
    place = np.flatnonzero(where)[::-1]
    out[period[place]] = log["decom"][place]
    return out


def _adopters(lives, p: Periods, log, done: np.ndarray, decision: np.ndarray, match: np.ndarray) -> Table:
    n, child = numbers(), p.child[done]
    single = p.luck("ssda903.adopters", child) < n["adoption.single"]
    woman = p.luck("ssda903.adopter", child) < n["adoption.single_woman"]
    couple = p.luck.choose("ssda903.couple", child, np.asarray(n["adoption.couples"]))
    sexes = ("M1", "F1", "MF", "MM", "FF")
    sex = np.where(single, woman.astype(int), 2 + couple)
    apart = p.luck.choose("ssda903.status", child, np.asarray(n["adoption.different_gender"]))
    # No civil partnership of a man and a woman before 31 December 2019.
    apart = np.where((apart == 1) & (p.end[done] < _PARTNERS_SINCE), 0, apart)
    alike = p.luck.choose("ssda903.status", child, np.asarray(n["adoption.same_gender"]))
    statuses = ("L0", "L11", "L12", "L2", "L3", "L4")
    status = np.select([single, sex == 2], [0, np.array([1, 3, 4])[apart]], np.array([2, 3, 5])[alike])
    fosterer = np.isin(log["place"][p.last[done]], _WITH_FOSTERER)
    return who(lives, p, done, year_of(p.end[done])) | {
        "DATE_INT": Days(decision.astype(np.int32)),
        "DATE_MATCH": Days(match.astype(np.int32)),
        "FOSTER_CARE": Codes(fosterer.astype(np.int8), ("0", "1")),
        "NB_ADOPTR": Codes(np.where(single, 0, 1).astype(np.int8), ("1", "2")),
        "SEX_ADOPTR": Codes(sex.astype(np.int8), sexes),
        "LS_ADOPTR": Codes(status.astype(np.int8), statuses),
    }


def social_workers(lives, p: Periods, last_year: int) -> Table:
    """Who was the social worker of each child looked after, from when to when, from 2023-24 on."""
    n = numbers()
    first = first_day(SOCIAL_WORKERS_SINCE)
    row = np.flatnonzero((p.end < 0) | (p.end >= first))
    # Workers are followed from two years earlier, so that the first in sight has begun at a true day.
    start = np.maximum(p.start[row], first - 730).astype(np.int64)
    pool = np.maximum(8, np.asarray(lives.places.children) // n["social_workers.children_each"])[p.authority]
    found: list[tuple[np.ndarray, ...]] = []
    k = 0
    while len(row) or not found:  # once even where nobody was looked after, for columns without rows
        gap = 7 + np.floor(
            p.luck.exponential("ssda903.worker", p.child[row], p.number[row], k)
            * n["social_workers.days_between"]
        ).astype(np.int64)
        end = start + gap
        over = np.where(p.end[row] >= 0, p.end[row], last_day(last_year) + 1)
        here = np.floor(p.luck("ssda903.worker_number", p.child[row], p.number[row], k) * pool[row])
        reason = p.luck.choose(
            "ssda903.worker_reason", p.child[row], np.asarray(n["social_workers.reasons"]), p.number[row], k
        )
        begins = start == p.start[row]
        reason = np.where(begins, _FIRST_CONTACT, reason)
        stop = np.where(end < over, end, np.where(p.end[row] >= 0, p.end[row], -1))
        found.append((row, start, stop, p.authority[row] * 1000 + here.astype(np.int64), reason))
        on = end < over
        row, start, k = row[on], end[on], k + 1
    row, start, stop, worker, reason = (np.concatenate(parts) for parts in zip(*found, strict=True))
    seen = (stop < 0) | (stop >= first)
    row, start, stop, worker, reason = (column[seen] for column in (row, start, stop, worker, reason))
    last = np.where(stop >= 0, np.minimum(year_of(np.maximum(stop, 0)), last_year), last_year)
    again, year = spread(np.maximum(year_of(start), SOCIAL_WORKERS_SINCE), last)
    row, start, stop, worker, reason = (column[again] for column in (row, start, stop, worker, reason))
    ids, index = np.unique(worker, return_inverse=True)
    return who(lives, p, row, year) | {
        "SW_ID": Codes(index.astype(np.int32), tuple(f"XX{number:06d}" for number in ids)),
        "SW_DECOM": Days(start.astype(np.int32)),
        "SW_DEC": Days(np.where(stop <= last_day(year), stop, -1).astype(np.int32)),
        "SW_REASON": Codes(np.where(start >= first, reason, -1).astype(np.int8), _SW_REASONS),
    }

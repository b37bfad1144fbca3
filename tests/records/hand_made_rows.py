"""What happens in the hand-made lives: rows in the order of the columns of the log, with dates as text."""

from catalyst.world import codes

# Who is who among the hand-made children.
PLAN, UNBORN, NFA, BEFORE, MOVER, ADOPTED, OPEN, ALONE, DIED, LATE, ENQUIRY, FACTORS, CARE, GUARDIAN = range(
    1, 15
)


def mask(*factors: str) -> int:
    """Bit mask of some factors."""
    return sum(1 << codes.FACTOR.index(f) for f in factors)


BIRTHS = {
    PLAN: "2010-09-14",
    UNBORN: "2016-05-20",
    NFA: "2012-01-02",
    BEFORE: "2006-03-03",
    MOVER: "2015-11-30",
    ADOPTED: "2016-08-30",
    OPEN: "2020-02-29",
    ALONE: "2008-03-01",
    DIED: "2011-07-07",
    LATE: "2009-12-12",
    ENQUIRY: "2014-04-04",
    FACTORS: "2013-05-05",
    CARE: "2005-06-06",
    GUARDIAN: "2015-01-20",
}
ROWS = {
    "cases": [
        (PLAN, 1, 0, "2015-06-08", "6", False, "N1", "2017-06-01", "RC7", None),
        (UNBORN, 1, 0, "2016-02-15", "3D", False, "N1", "2016-12-01", "RC7", None),
        (NFA, 1, 0, "2018-01-10", "1A", True, "N0", "2018-01-10", None, None),
        (BEFORE, 1, 1, "2013-05-06", "2A", False, "N1", "2014-12-01", "RC7", None),
        (MOVER, 1, 0, "2019-01-07", "6", False, "N1", "2019-05-10", "RC5", None),
        (MOVER, 2, 1, "2019-05-13", "5C", False, "N1", "2020-06-01", "RC7", "2019-05-28"),
        (ADOPTED, 1, 1, "2016-09-05", "3A", False, "N1", "2018-07-02", "RC1", None),
        (ADOPTED, 2, 1, "2020-01-06", "2A", False, "N4", "2020-03-02", "RC8", None),
        (OPEN, 1, 0, "2024-11-04", "6", False, "N1", None, None, None),
        (ALONE, 1, 1, "2023-10-02", "7", False, "N8", None, None, None),
        (DIED, 1, 0, "2019-05-06", "3E", False, "N2", "2019-09-02", "RC2", None),
        (LATE, 1, 0, "2021-02-15", "2A", False, "N6", "2021-06-01", "RC8", None),
        (ENQUIRY, 1, 1, "2022-03-01", "6", False, "N1", "2023-01-10", "RC7", None),
        (FACTORS, 1, 1, "2019-10-07", "6", False, "N1", "2019-12-02", "RC8", None),
        (FACTORS, 2, 1, "2020-01-06", "6", False, "N6", "2020-02-20", "RC8", None),
        (FACTORS, 3, 1, "2022-05-09", "6", False, "N1", "2022-07-01", "RC8", None),
    ],
    "assessments": [
        (PLAN, 1, "2015-06-09", "2015-07-10", mask("16A")),
        (UNBORN, 1, "2016-02-16", "2016-03-24", mask("2B", "4B")),
        (BEFORE, 1, "2013-05-07", "2013-06-20", mask("16A")),
        (MOVER, 1, "2019-01-08", "2019-02-01", mask("3B")),
        (MOVER, 2, "2019-05-13", "2019-06-10", mask("3B")),
        (ADOPTED, 1, "2016-09-06", "2016-10-10", mask("16A", "2B")),
        (ADOPTED, 2, "2020-01-07", "2020-03-02", mask("21")),
        (OPEN, 1, "2024-11-05", "2024-12-20", mask("17A")),
        (ALONE, 1, "2023-10-03", "2023-11-20", mask("9A")),
        (DIED, 1, "2019-05-07", "2019-06-20", mask("6A")),
        (LATE, 1, "2021-02-16", "2021-04-09", mask("18B", "24A")),
        (ENQUIRY, 1, "2022-03-02", "2022-03-29", mask("18C")),
        (FACTORS, 1, "2019-10-08", "2019-12-02", mask("18B", "18C", "19B")),
        (FACTORS, 2, "2020-01-07", "2020-02-20", mask("24A")),
        (FACTORS, 3, "2022-05-10", "2022-07-01", mask("18B", "18C", "19B", "24A")),
    ],
    "section47": [
        (PLAN, 1, "2015-07-01", "2015-07-15", False),
        (BEFORE, 1, "2013-05-20", "2013-06-03", False),
        (MOVER, 1, "2019-01-21", "2019-02-04", False),
        (OPEN, 1, "2024-11-11", "2024-11-25", False),
        (OPEN, 1, "2025-03-24", None, False),
        (ENQUIRY, 1, "2022-03-22", "2022-04-06", False),
        (ENQUIRY, 1, "2022-12-05", None, True),
    ],
    "cp_plans": [
        (PLAN, 1, 1, "2015-07-15", "2017-02-10", "NEG", "EMO", 0, 1),
        (BEFORE, 1, 1, "2013-06-03", "2014-09-10", "PHY", "PHY", 0, 1),
        (MOVER, 1, 1, "2019-02-04", "2019-05-10", "EMO", "EMO", 0, 4),
        (MOVER, 2, 2, "2019-05-28", "2020-03-02", "EMO", "EMO", 1, 1),
        (OPEN, 1, 1, "2024-11-25", None, "EMO", "EMO", 0, 0),
        (ENQUIRY, 1, 1, "2022-04-06", "2022-11-30", "MUL", "MUL", 0, 1),
    ],
    "reviews": [
        *((PLAN, 1, 1, d) for d in ("2015-10-12", "2016-04-05", "2016-10-03", "2017-02-10")),
        *((BEFORE, 1, 1, d) for d in ("2013-08-30", "2014-02-20", "2014-08-20")),
        (MOVER, 1, 1, "2019-05-02"),
        (MOVER, 2, 2, "2019-08-20"),
        (OPEN, 1, 1, "2025-02-10"),
        (ENQUIRY, 1, 1, "2022-07-01"),
    ],
    "cin_plans": [
        (PLAN, 1, "2017-02-10", "2017-05-30"),
        (UNBORN, 1, "2016-03-29", "2016-11-30"),
        (DIED, 1, "2019-06-24", "2019-09-02"),
    ],
    "care_episodes": [
        (ADOPTED, 1, 1, "2016-10-03", "S", "E1", "N1", "A5", "PR1", "2018-07-02", "E11", None, 7, False),
        (OPEN, 1, 0, "2025-02-20", "S", "C1", "N1", "U6", "PR4", None, None, None, 8, True),
        (ALONE, 1, 1, "2023-10-02", "S", "V2", "N8", "U6", "PR4", "2024-05-01", "X1", "CARPL", 9, True),
        (ALONE, 1, 1, "2024-05-01", "P", "V2", "N8", "H5", "PR4", None, None, None, 10, True),
        (CARE, 1, 0, "2014-01-15", "S", "C2", "N1", "U4", "PR1", "2016-08-01", "X1", "CREQB", 11, False),
        (CARE, 1, 0, "2016-08-01", "P", "C2", "N1", "U6", "PR4", "2018-03-01", "E45", None, 12, True),
        (GUARDIAN, 1, 0, "2017-05-08", "S", "C1", "N1", "U6", "PR1", "2017-11-06", "X1", None, 13, False),
        (GUARDIAN, 1, 0, "2017-11-06", "L", "C2", "N1", "U6", "PR1", "2019-05-01", "E46", None, 13, False),
    ],
    # Days away: the second spell of CARE lies in the year after the first.
    "missing_spells": [
        (CARE, "2016-03-05", "2016-03-06", 0),
        (CARE, "2016-05-10", "2016-05-10", 1),
        (ALONE, "2024-06-01", "2024-06-03", 0),
    ],
}

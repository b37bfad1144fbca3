"""The commands ``assign`` and ``extend``: their options, and what they pass on to the classroom.

At import they need the standard library alone, like the command line that they are a part of.
"""

import argparse
import os
import re
from functools import partial
from pathlib import Path

from catalyst.arguments import Parser, whole_number
from catalyst.cli_data import AUTHORITIES, CHILDREN, SEEDS
from catalyst.errors import CourseError

MOST_POINTS = 1_000


def assign_options(sub: Parser) -> None:
    """Gives the command ``assign`` its options."""
    sub.add_argument("chapters", nargs="+", metavar="ID", help="chapters, for example t1 t2")
    sub.add_argument(
        "--students", required=True, metavar="FILE", help="the roster, a CSV file with a column id"
    )
    sub.add_argument("--out", required=True, metavar="DIR", help="the course folder to make")
    sub.add_argument(
        "--seed",
        type=whole_number("--seed", *SEEDS),
        metavar="S",
        help="the same seed makes the same assignment: keep it to yourself (a secret one is drawn)",
    )
    sub.add_argument("--per-student", action="store_true", help="give each student data of her own")
    sub.add_argument(
        "--due", type=due, metavar="DATE", help="when it is due, for example 2026-11-30 or '2026-11-30 17:00'"
    )
    sub.add_argument(
        "--points",
        type=partial(points, option="--points"),
        action="append",
        default=[],
        metavar="ID=N",
        help="points of an exercise, for example t1.3=5 (those of its metadata)",
    )
    sub.add_argument(
        "--written",
        type=partial(points, option="--written"),
        action="append",
        default=[],
        metavar="ID=N",
        help="ask for an exercise in words too, for example t1.3=4: you read it and give the points by hand",
    )
    sub.add_argument(
        "--children",
        type=whole_number("--children", *CHILDREN),
        metavar="N",
        help="children of its world (30,000; 60,000 with --per-student, who get half of the families each)",
    )
    sub.add_argument(
        "--authorities",
        type=whole_number("--authorities", *AUTHORITIES),
        metavar="K",
        help="how many fictional authorities it has (24; 6 with --per-student)",
    )


def extend_options(sub: Parser) -> None:
    """Gives the command ``extend`` its options."""
    sub.add_argument("folder", metavar="DIR", help="the course folder of the assignment")
    sub.add_argument("student", metavar="STUDENT", help="the student's id")
    sub.add_argument(
        "until", metavar="DATE", help="until when, for example 2026-12-07; 'none' for the date of all"
    )


def due(text: str) -> str:
    """A moment by which work is due, in UTC."""
    from catalyst.studio.classroom.dates import moment

    try:
        return moment(text, "--due")
    except CourseError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def points(text: str, option: str) -> tuple[str, int]:
    """ID=N, as a pair."""
    found = re.fullmatch(r"\s*([\w.]+)\s*=\s*([0-9]{1,5})\s*", text, re.ASCII)
    if not (found and 1 <= int(found[2]) <= MOST_POINTS):
        raise argparse.ArgumentTypeError(
            f"{option} takes an exercise and its points, from 1 to {MOST_POINTS:,}, such as t1.3=5, not "
            f"'{text[:40]}'."
        )
    return found[1], int(found[2])


def check(args: argparse.Namespace) -> None:
    """Refuses what cannot be told from one argument alone."""
    for option, pairs in (("--points", args.points), ("--written", args.written)):
        given = [name for name, _ in pairs]
        for name in given:
            if given.count(name) > 1:
                raise CourseError(f"{option} {name} is given more than once: give it once.")


def assign(args: argparse.Namespace) -> int:
    # One thread for each process: the answers must not move with the machine's number of cores.
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    os.environ["MPLBACKEND"] = "Agg"
    from catalyst.studio.classroom.assign import assign
    from catalyst.studio.classroom.dates import words

    told = assign(
        args.chapters,
        Path(args.out),
        Path(args.students),
        seed=args.seed,
        per_student=args.per_student,
        due=args.due,
        points=dict(args.points),
        written=dict(args.written),
        children=args.children,
        authorities=args.authorities,
        say=lambda line: print(line, flush=True),
    )
    out = Path(args.out).expanduser().absolute()
    for name in sorted({name for one in told["releases"] for name in one["same_as_published"]}):
        print(f"{name}: the published answer is right here too, in every world that was tried.")
    total = sum(told["points"].values()) + sum(told.get("written", {}).values())
    until = f"due on {words(told['due'])}" if told["due"] else "without a due date"
    chapters = f"{len(told['chapters'])} chapter{'s' * (len(told['chapters']) > 1)}"
    print(
        f"{chapters}, {len(told['points'])} exercises, {total} points, "
        f"{len(told['students'])} students, {until}: {out}"
    )
    place = "variants/<student>/<chapter>" if told["per_student"] else "release/<chapter>"
    print(f"Give out {place}; keep everything else, above all source/ and instructor/, to yourself.")
    return 0


def extend(args: argparse.Namespace) -> int:
    from catalyst.studio.classroom.course_folder import extend
    from catalyst.studio.classroom.dates import moment, words

    until = None if args.until.strip().lower() == "none" else moment(args.until, "The date")

    student = extend(Path(args.folder).expanduser().absolute(), args.student, until)
    told = f"until {words(until)}" if until else "no longer: the date of all holds"
    print(f"{student['id']} has more time {told}. Marks follow when the work is marked again.")
    return 0

"""The command ``capstone``: its options, what cannot be meant by them, and what it passes on to the studio.

At import it needs the standard library alone, like the command line that it is a part of.
"""

import argparse
from pathlib import Path

from catalyst.arguments import Parser, whole_number
from catalyst.cli_data import AUTHORITIES, CHILDREN, SEEDS
from catalyst.errors import CourseError

FOLDER = "my_work/capstone"
ACTIONS = ("seed", "register", "status", "pack", "marking_sheet", "totals")


def options(sub: Parser) -> None:
    """Gives the command its options."""
    sub.add_argument(
        "--seed",
        type=whole_number("--seed", *SEEDS),
        metavar="S",
        help="begin a study on the world of this seed of your own",
    )
    sub.add_argument("--register", action="store_true", help="register the protocol, or an amendment of it")
    sub.add_argument("--status", action="store_true", help="say what is done and what is missing")
    sub.add_argument("--pack", metavar="FILE.zip", help="make the file to hand in, without data")
    sub.add_argument(
        "--out", metavar="DIR", help=f"the folder of the study ({FOLDER}), or the sheet to write"
    )
    sub.add_argument(
        "--children",
        type=whole_number("--children", *CHILDREN),
        metavar="N",
        help="with --seed: children of the world (40,000)",
    )
    sub.add_argument(
        "--authorities",
        type=whole_number("--authorities", *AUTHORITIES),
        metavar="K",
        help="with --seed: how many fictional authorities it has (24)",
    )
    sub.add_argument(
        "--marking-sheet", metavar="ROSTER.csv", help="for instructors: make a sheet with a row a student"
    )
    sub.add_argument(
        "--handed-in", metavar="DIR", help="with --marking-sheet: the folder of the zips, to be verified"
    )
    sub.add_argument(
        "--totals", metavar="SHEET.csv", help="for instructors: check a filled sheet and write it with totals"
    )


def check(args: argparse.Namespace) -> None:
    """Refuses what does not go together."""
    given = [name for name in ACTIONS if getattr(args, name) not in (None, False)]
    if len(given) > 1:
        words = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise CourseError(f"Give one thing to do at a time, not {words}.")
    what = given[0] if given else None
    for name in ("children", "authorities"):
        if getattr(args, name) is not None and what != "seed":
            raise CourseError(f"--{name} belongs to --seed: it says how large the new world is.")
    if args.handed_in and what != "marking_sheet":
        raise CourseError("--handed-in belongs to --marking-sheet: it names the folder of the zips.")
    if args.pack is not None and Path(args.pack).suffix.lower() != ".zip":
        raise CourseError(f"--pack takes the name of a file that ends in .zip, not '{args.pack[:60]}'.")
    if what in ("marking_sheet", "totals") and Path(args.out or "").suffix.lower() != ".csv":
        raise CourseError("Say where the sheet is to go with --out FILE.csv.")


def capstone(args: argparse.Namespace) -> int:
    """Begins a study, registers its protocol, says how it stands, packs it, or makes a marking sheet."""
    if args.marking_sheet or args.totals:
        return _marking(args)
    from catalyst.studio import capstone, capstone_facts, capstone_pack

    folder = Path(args.out or FOLDER).expanduser().absolute()
    if args.seed is not None:
        note = capstone.begin(
            folder, args.seed, args.children, args.authorities, lambda line: print(line, flush=True)
        )
        print(
            f"Your study is in {folder} (content hash {note['data_content_hash'][:16]}). Begin with "
            "README.md,"
        )
        print("then fill protocol.md and give 'python3 course.py capstone --register' with the same --out.")
        small = capstone_facts.small_for(note["children"])
        if small:
            print(small)
    elif args.register:
        told = capstone.register(folder, lambda line: print(line, flush=True))
        print(f"Outcomes written {told['outcomes']['utc']}: {', '.join(told['outcomes']['tables'])}.")
    elif args.pack is not None:
        made = capstone_pack.pack(folder, Path(args.pack).expanduser().absolute())
        print(f"Packed without data: {made}. Hand in this file.")
    elif args.status:
        print(*capstone_pack.status(folder), sep="\n")
    else:
        print(
            "Begin with 'python3 course.py capstone --seed S', S being a number of your own. The questions:\n"
        )
        print(capstone_facts.questions_text())
    return 0


def _marking(args: argparse.Namespace) -> int:
    from catalyst.studio.classroom import capstones

    out = Path(args.out).expanduser().absolute()
    if args.totals:
        print(*capstones.totals(Path(args.totals).expanduser().absolute(), out), sep="\n")
        return 0
    handed_in = Path(args.handed_in).expanduser().absolute() if args.handed_in else None
    print(*capstones.sheet(Path(args.marking_sheet).expanduser().absolute(), handed_in, out), sep="\n")
    return 0

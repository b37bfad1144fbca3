"""The command ``data``: its options, what cannot be meant by them, and what it passes on to the release.

At import it needs the standard library alone, like the command line that it is a part of.
"""

import argparse
from pathlib import Path

from catalyst.arguments import Parser, address, one_of, setting, table_names, whole_number
from catalyst.errors import CourseError
from catalyst.paths import root

# The course's own release in data/synthetic is made with these.
TEACHING_EXTRACT = {"children": 30_000, "seed": 2026, "authorities": 24}
CHILDREN = (500, 15_000_000)
AUTHORITIES = (1, 153)
WINDOW = (2014, 2025)  # 1 April of the first to 31 March of the last
WORKERS = (1, 256)
FORMATS = ("parquet", "csv")
SEEDS = (0, 2**63 - 1)
OFFICIAL = ("cin", "ssda903")
OFFICIAL_YEARS = (2015, 2025)
# Options of data that decide what a release holds, and those that are passed on only where they are given.
CONTENT = ("start", "end", "flaws", "format")
MORE = (*CONTENT, "project", "workers", "scheduler")


def options(sub: Parser) -> None:
    """Gives the command its options."""
    sub.add_argument(
        "--children",
        type=whole_number("--children", *CHILDREN),
        metavar="N",
        help=f"children aged 0 to 17 on 31 March 2025 ({TEACHING_EXTRACT['children']:,})",
    )
    sub.add_argument(
        "--seed",
        type=whole_number("--seed", *SEEDS),
        metavar="S",
        help=f"the same seed makes the same world ({TEACHING_EXTRACT['seed']})",
    )
    sub.add_argument(
        "--authorities",
        type=whole_number("--authorities", *AUTHORITIES),
        metavar="K",
        help=f"how many fictional authorities ({TEACHING_EXTRACT['authorities']})",
    )
    sub.add_argument("--tables", type=table_names, metavar="A,B", help="only these tables (all)")
    sub.add_argument("--out", metavar="DIR", help="the folder to write (data/synthetic)")
    sub.add_argument(
        "--set",
        type=setting,
        action="append",
        default=[],
        metavar="NAME=on|off",
        help="make an event happen to all or none of those eligible",
    )
    sub.add_argument(
        "--cut",
        action="append",
        default=[],
        metavar="ARROW",
        help="let a cause happen and take away its effect",
    )
    sub.add_argument(
        "--official",
        type=official_return,
        metavar="|".join(OFFICIAL),
        help="write this return as the authorities hand it in, instead of the release",
    )
    sub.add_argument(
        "--year",
        type=whole_number("--year", *OFFICIAL_YEARS),
        metavar="YEAR",
        help=f"the year in which the official return ends ({OFFICIAL_YEARS[1]})",
    )
    sub.add_argument(
        "--start",
        type=year("--start", WINDOW[0], WINDOW[1] - 1),
        metavar="YEAR",
        help=f"the returns from 1 April of this year ({WINDOW[0]})",
    )
    sub.add_argument(
        "--end",
        type=year("--end", WINDOW[0] + 1, WINDOW[1]),
        metavar="YEAR",
        help=f"to 31 March of this year ({WINDOW[1]})",
    )
    sub.add_argument("--flaws", metavar="PRESET", help="which flaws the records have on purpose (none)")
    sub.add_argument(
        "--format", type=one_of("--format", FORMATS), metavar="|".join(FORMATS), help="of the files (parquet)"
    )
    sub.add_argument(
        "--project", metavar="NAME", help="a chapter's own extract from a larger world (data/projects/NAME)"
    )
    sub.add_argument(
        "--workers",
        type=whole_number("--workers", *WORKERS),
        metavar="W",
        help="processes on this machine (2); the content does not depend on them",
    )
    sub.add_argument(
        "--scheduler",
        type=address,
        metavar="ADDRESS",
        help="have a Dask cluster make it; --out must be in a folder that all its machines share",
    )


def year(name: str, low: int, high: int):
    """A parser of the years in which a window may start or end."""
    parse = whole_number(name, 0, 9999)

    def within(text: str) -> int:
        number = parse(text)
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(
                f"{name} must be a year from {low} to {high}, not {number}: the records run from 1 April "
                f"{WINDOW[0]} to 31 March {WINDOW[1]}."
            )
        return number

    return within


def official_return(text: str) -> str:
    """The name of a return that authorities hand in."""
    name = text.strip().lower()
    if name not in OFFICIAL:
        raise argparse.ArgumentTypeError(f"--official takes {' or '.join(OFFICIAL)}, not '{text[:40]}'.")
    return name


def check(args: argparse.Namespace) -> None:
    """Refuses what cannot be told from one argument alone, and finds the output folder."""
    check_official(args)
    given = [name for name in (*TEACHING_EXTRACT, *CONTENT) if getattr(args, name) is not None]
    given += [name for name in ("tables", "set", "cut") if getattr(args, name)]
    fixed = [name for name in given if name != "seed"]
    if args.project and fixed:
        raise CourseError(
            f"A project extract has its own world and tables: leave out --{fixed[0]}, or leave out --project."
        )
    if args.out is None and given:
        raise CourseError(
            "Say where this release is to go with --out FOLDER: without it only the course's own extract is "
            "made again, in data/synthetic."
        )
    if args.workers and args.scheduler:
        raise CourseError(
            "--workers is for this machine and --scheduler for a cluster, which has its own workers: give "
            "one."
        )
    place = Path("projects", args.project) if args.project else Path("synthetic")
    args.out = root() / "data" / place if args.out is None else Path(args.out).expanduser().resolve()
    names = [name for name, _ in args.set]
    for name in names:
        if names.count(name) > 1:
            raise CourseError(f"--set {name} is given more than once: give it once, on or off.")


def check_official(args: argparse.Namespace) -> None:
    """Refuses what does not go with --official, and --year without it."""
    if args.year is not None and not args.official:
        raise CourseError(
            "--year belongs to --official: name the return as well, for example --official cin."
        )
    if args.official and args.out is None:
        raise CourseError("Say where the official files are to go with --out FOLDER.")
    other = next((name for name in ("tables", *MORE) if getattr(args, name)), None)
    if args.official and other:
        raise CourseError(f"--official writes one whole return in its own layout: leave --{other} out.")


def data(args: argparse.Namespace) -> int:
    if args.official:
        return official(args)
    from catalyst.release.make import make_release

    world = TEACHING_EXTRACT
    if args.project:
        from catalyst.release import projects

        project = projects.find(args.project)
        world = {name: getattr(project, name) for name in TEACHING_EXTRACT}
    asked = {name: getattr(args, name) for name in TEACHING_EXTRACT}
    more = {name: getattr(args, name) for name in MORE}
    manifest = make_release(
        args.out,
        **{name: world[name] if value is None else value for name, value in asked.items()},
        tables=args.tables,
        settings=dict(args.set),
        cuts=tuple(args.cut),
        **{name: value for name, value in more.items() if value is not None},
    )
    rows = sum(table["rows"] for table in manifest["tables"].values())
    made = f"{len(manifest['tables'])} tables, {rows:,} rows, content hash {manifest['content_hash'][:16]}"
    print(f"{made}: {args.out}")
    return 0


def official(args: argparse.Namespace) -> int:
    """Writes one return as the authorities hand it in."""
    from catalyst.release.official.export import make_export

    asked = {name: getattr(args, name) for name in TEACHING_EXTRACT}
    manifest = make_export(
        args.out,
        official=args.official,
        year=OFFICIAL_YEARS[1] if args.year is None else args.year,
        **{name: TEACHING_EXTRACT[name] if value is None else value for name, value in asked.items()},
        settings=dict(args.set),
        cuts=tuple(args.cut),
    )
    fired = manifest["rules_broken"]
    rules = (
        f"rules that fire, with their reasons in README.md: {', '.join(fired)}"
        if fired
        else "no tested rule fires"
    )
    print(f"{len(manifest['files'])} files, {sum(manifest['rows'].values()):,} rows, {rules}: {args.out}")
    return 0

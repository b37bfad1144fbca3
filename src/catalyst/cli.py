"""The command line: parses, calls, prints. Only this module calls the studio.

At import it needs nothing but the standard library, so that ``course.py`` can refuse a mistyped command
before it makes the environment; what a command needs is imported when the command runs.
"""

import argparse
import difflib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

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
PORTS = (1, 65_535)
WORLDS = (1, 10_000)
# Every notebook is run, with this Python; only cells that say so are compared with their kept outputs.
NBVAL = ("--nbval-lax", "--nbval-current-env", "--nbval-cell-timeout=120")
# JupyterLab would otherwise ask other hosts for its news and for a newer version of itself.
LAB = (
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.default_url=/lab/tree/my_work",
)

AGAIN = ".venv/bin/python -m catalyst.studio.chapters {id}"

DESCRIPTION = """\
A course in research with linked records of children's social care, on synthetic data whose truth is known.
The first command makes .venv (once, some minutes); after that a command starts in a second or two."""


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusals are one sentence, raised as CourseError."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message: str):
        own = re.fullmatch(r"argument [^:]+: (.+\.)", message, re.DOTALL)
        if own:
            raise CourseError(own[1])
        raise CourseError(f"{message.removeprefix('argument ')}: see 'python3 {self.prog} --help'.")

    def refuse_unknown(self, argument: str) -> None:
        known = re.findall(r"--[a-z-]+", self.format_usage())
        near = difflib.get_close_matches(argument.split("=")[0], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"see 'python3 {self.prog} --help'."
        raise CourseError(f"'{self.prog}' does not know '{argument[:60]}': {hint}")


def whole_number(name: str, low: int, high: int, unit: str = ""):
    """A parser of whole numbers from low to high, whose refusals say what was wrong."""
    bounds = f"a whole number from {low:,} to {high:,}{unit}"

    def parse(text: str) -> int:
        plain = text.strip().replace(",", "").replace("_", "")
        # int() also reads other scripts' digits and would take minutes over a line of them.
        if not re.fullmatch(r"[+-]?[0-9]{1,400}", plain):
            raise argparse.ArgumentTypeError(f"{name} must be {bounds}, not '{text[:40]}'.")
        number = int(plain)
        if not low <= number <= high:
            shown = text.strip() if len(text) <= 40 else f"a number of {len(plain)} digits"
            size = "too small" if number < low else "too large"
            raise argparse.ArgumentTypeError(f"{name} must be {bounds}; {shown} is {size}.")
        return number

    return parse


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


def setting(text: str) -> tuple[str, str]:
    """NAME=on or NAME=off, as a pair."""
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip().lower() in ("on", "off")):
        raise argparse.ArgumentTypeError(f"--set takes NAME=on or NAME=off, not '{text[:60]}'.")
    return name.strip(), value.strip().lower()


def table_names(text: str) -> list[str]:
    """Table names separated by commas."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(
            "--tables takes table names with commas between them, for example 'cin_details,cin_reviews'."
        )
    return list(dict.fromkeys(names))


def book(args: argparse.Namespace) -> int:
    from catalyst.studio import book, exercises

    exercises.ensure_keys()
    return book.build(args.open, args.serve)


def test(args: argparse.Namespace) -> int:
    """Runs everything that must hold, as one pytest run; its closing line is the last thing printed."""
    from catalyst.studio import exercises

    if args.seeds is not None:
        os.environ["CATALYST_SEEDS"] = str(args.seeds)
    # One thread for each kernel: a checked number must not move with the machine's number of cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    chosen = tests_of(args.only) if args.only else ["tests", "notebooks", "exercises", "solutions"]
    if any((root() / word.split("::")[0]).exists() for word in args.pytest):
        chosen = []  # the caller names what to run
    exercises.ensure_keys()
    command = [sys.executable, "-m", "pytest", *NBVAL, *(["-m", "slow or not slow"] if args.slow else [])]
    if chosen and not args.only:  # a few tests start sooner in one process
        command += ["--numprocesses", str(min(2, os.cpu_count() or 1)), "--dist", "loadfile"]
    return subprocess.run([*command, *chosen, *args.pytest], cwd=root()).returncode


def tests_of(chapter: str) -> list[str]:
    """The notebooks of one chapter and the tests that carry its id, as paths from the root."""
    found = [
        path.relative_to(root()).as_posix()
        for pattern in (
            f"notebooks/{chapter}_*.ipynb",
            f"exercises/{chapter}/*.ipynb",
            f"solutions/{chapter}/*.ipynb",
            f"tests/**/test_{chapter}.py",
            f"tests/**/test_{chapter}_*.py",
        )
        for path in sorted(root().glob(pattern))
    ]
    if not found:
        chapters = sorted(path.name.split("_")[0] for path in (root() / "notebooks").glob("*_*.ipynb"))
        raise CourseError(f"There is no chapter '{chapter}': the chapters are {', '.join(chapters)}.")
    return found


def lab(args: argparse.Namespace) -> int:
    """Gives the learner her own copy of the exercises and opens JupyterLab on the course."""
    from catalyst.studio import exercises

    exercises.ensure_keys()
    mine = root() / "my_work"
    try:
        copied = copy_exercises(root() / "exercises", mine)
    except OSError as problem:
        raise CourseError(
            f"The exercises could not be copied to {mine}: {problem.strerror or problem}."
        ) from None
    kept = "; your own files there were left as they are" if copied["kept"] else ""
    print(f"Exercises are in {mine} ({copied['new']} new{kept}).", flush=True)
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.root_dir={root()}", *LAB]
    return subprocess.run([*command, *args.jupyter], cwd=root()).returncode


def copy_exercises(source: Path, mine: Path) -> dict[str, int]:
    """Copies each exercise that is not there yet; what a learner has is never written over."""
    count = {"new": 0, "kept": 0}
    mine.mkdir(exist_ok=True)
    for path in sorted(source.rglob("*")):
        if not path.is_file() or ".ipynb_checkpoints" in path.parts:
            continue
        target = mine / path.relative_to(source)
        if target.exists():
            count["kept"] += 1
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        # Copied beside and then renamed: a stop half-way must not leave half a notebook for good.
        partial = target.with_name(f".{target.name}.partial")
        shutil.copyfile(path, partial)
        partial.replace(target)
        count["new"] += 1
    return count


def one_of(name: str, choices: tuple[str, ...]):
    """A parser of words from a short list."""

    def parse(text: str) -> str:
        if text.strip().lower() not in choices:
            raise argparse.ArgumentTypeError(f"{name} is {' or '.join(choices)}, not '{text[:40]}'.")
        return text.strip().lower()

    return parse


def address(text: str) -> str:
    """The address of a Dask scheduler."""
    found = re.fullmatch(r"(?:(tcp|tls|ws|wss)://)?([\w.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", text.strip())
    if not (found and 0 < int(found[3]) < 65_536):
        raise argparse.ArgumentTypeError(
            f"--scheduler takes the address of a Dask scheduler, such as tcp://HOST:8786, not '{text[:60]}'."
        )
    return text.strip() if found[1] else f"tcp://{text.strip()}"


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


def report(args: argparse.Namespace) -> int:
    from catalyst.studio import report

    folder = Path(args.folder).expanduser().resolve()
    sound = True
    for line, fine in report.lines(folder, verify=not args.quick):
        print(line, flush=True)
        sound &= fine
    return 0 if sound else 1


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


def exercises(args: argparse.Namespace) -> int:
    from catalyst.studio import exercises, quizzes

    for chapter in quizzes.refresh():
        print(f"{chapter}: its quiz was set into the chapter anew")
    exercises.make()
    print(f"Exercises are in {root() / 'exercises'}.")
    return 0


def official_return(text: str) -> str:
    """The name of a return that authorities hand in."""
    name = text.strip().lower()
    if name not in OFFICIAL:
        raise argparse.ArgumentTypeError(f"--official takes {' or '.join(OFFICIAL)}, not '{text[:40]}'.")
    return name


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


def new_chapter(args: argparse.Namespace) -> int:
    """Makes a chapter's files from the template and says what is still to fill."""
    from catalyst.studio import new_chapter

    made, missing = new_chapter.make(args.name)
    print("Made from the template:", *(f"  {name}" for name in made), sep="\n")
    print("Still to fill:", *(f"  {fault}" for fault in missing), sep="\n")
    print(f"Look again with: {AGAIN.format(id=args.name.partition('_')[0])}")
    return 0


def check_data(args: argparse.Namespace) -> None:
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


def build_parser() -> tuple[Parser, dict[str, Parser]]:
    """The parser of the whole command line, and that of each command by its name."""
    parser = Parser(
        prog="course.py",
        usage="python3 course.py COMMAND [options]",
        description=DESCRIPTION,
        epilog="'python3 course.py COMMAND --help' tells a command's options.",
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, max_help_position=24, width=110
        ),
    )
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND [options]", dest="command", parser_class=Parser, prog="course.py"
    )

    def command(name: str, run, line: str) -> Parser:
        sub = commands.add_parser(name, help=line, description=line[0].upper() + line[1:] + ".")
        sub.set_defaults(run=run)
        return sub

    sub = command("book", book, "build the book and say where its first page is (--open, --serve PORT)")
    sub.add_argument("--open", action="store_true", help="open the first page in the browser")
    sub.add_argument(
        "--serve",
        type=whole_number("--serve", *PORTS),
        metavar="PORT",
        help="serve the book on this machine at this port until Ctrl-C",
    )

    sub = command("test", test, "run every test: package, notebooks, exercises, solutions and the built book")
    sub.add_argument("--slow", action="store_true", help="add the long proofs")
    sub.add_argument("--only", metavar="ID", help="one chapter's notebooks and tests, for example t1")
    sub.add_argument(
        "--seeds",
        type=whole_number("--seeds", *WORLDS),
        metavar="N",
        help="how many worlds to recover the truths in",
    )
    sub.set_defaults(rest="pytest")

    sub = command("lab", lab, "copy the exercises to my_work/ (never over your own) and open JupyterLab")
    sub.set_defaults(rest="jupyter")

    sub = command("data", data, "make the data again, or another world's with --children, --seed, --out ...")
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
    sub.set_defaults(check=check_data)

    sub = command("report", report, "tell what a release holds, whether it is whole, and how like life it is")
    sub.add_argument("folder", metavar="DIR", help="the folder of the release")
    sub.add_argument("--quick", action="store_true", help="do not read every file to compute its hash again")

    command("exercises", exercises, "make exercises/ and the answer key from solutions/ and the data")

    sub = command("new-chapter", new_chapter, "make a chapter from a template and say what is still to fill")
    sub.add_argument("name", metavar="NAME", help="the notebook's name, for example t12_kinship_care")
    return parser, commands.choices


def parse(argv: list[str]) -> argparse.Namespace:
    """Reads the arguments.

    Raises
    ------
    CourseError
        If they cannot be what was meant, in one sentence.
    SystemExit
        With 0 after ``--help``.
    """
    parser, commands = build_parser()
    if not argv:
        parser.print_help()
        raise SystemExit(0)
    if not argv[0].startswith("-") and argv[0] not in commands:
        near = difflib.get_close_matches(argv[0], commands, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"the commands are {', '.join(commands)}."
        raise CourseError(f"There is no command '{argv[0][:60]}': {hint}")
    if argv[0].startswith("-") and argv[0] not in ("-h", "--help"):
        raise CourseError(f"Begin with a command, then its options: one of {', '.join(commands)}.")
    args, rest = parser.parse_known_args(argv)
    if hasattr(args, "rest"):
        setattr(args, args.rest, rest)
    elif rest:
        commands[args.command].refuse_unknown(rest[0])
    if hasattr(args, "check"):
        args.check(args)
    return args


def main(argv: list[str] | None = None) -> int:
    """Runs one command and returns its exit code: 2 where the person who typed can mend what is wrong."""
    try:
        args = parse(sys.argv[1:] if argv is None else argv)
        return args.run(args) or 0
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped: run the same command again to carry on.", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())

"""The command line: parses, calls, prints. Only this module calls the studio.

At import it needs nothing but the standard library, so that ``course.py`` can refuse a mistyped command
before it makes the environment; what a command needs is imported when the command runs.
"""

import argparse
import difflib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from catalyst import cli_assign, cli_capstone, cli_data, cli_learner, cli_marking, cli_offline
from catalyst.arguments import Parser, whole_number
from catalyst.errors import CourseError
from catalyst.paths import root

PORTS = (1, 65_535)
WORLDS = (1, 10_000)
# nbval runs a notebook with this Python, and compares the cells that say so with their kept outputs.
RUN_AGAIN = ("notebooks", "exercises", "solutions")
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


def book(args: argparse.Namespace) -> int:
    from catalyst.studio import book, browser, exercises

    if args.pdf:
        browser.needed()
    exercises.ensure_keys()
    return book.build(args.open, args.serve, args.pdf)


def test(args: argparse.Namespace) -> int:
    """Runs everything that must hold, as one pytest run; its closing line is the last thing printed."""
    from catalyst.studio import exercises

    if args.seeds is not None:
        os.environ["CATALYST_SEEDS"] = str(args.seeds)
    # One thread for each kernel: a checked number must not move with the machine's number of cores.
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["CATALYST_PROGRESS"] = "off"  # nobody learns from a test
    # tests/book runs every chapter and compares its kept outputs, tests/notebooks every exercise and each
    # solution: nbval alone would do it all once more.
    chosen = tests_of(args.only) if args.only else ["tests", *(RUN_AGAIN if args.slow else [])]
    if any((root() / word.split("::")[0]).exists() for word in args.pytest):
        chosen = []  # the caller names what to run
    exercises.ensure_keys()
    command = [sys.executable, "-m", "pytest", *NBVAL, *(["-m", "slow or not slow"] if args.slow else [])]
    if chosen and not args.only:  # a few tests start sooner in one process
        # One more than two cores can keep busy: a test with a browser mostly waits.
        command += ["--numprocesses", str(min(2, os.cpu_count() or 1) + 1), "--dist", "loadfile"]
    if not args.slow:
        # A test that hangs fails, and shows where it stood.
        command += ["--timeout", "600"]
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
    from catalyst.studio import before_after, exercises

    exercises.ensure_keys()
    mine = root() / "my_work"
    try:
        copied = copy_exercises(root() / "exercises", mine)
        test = copy_exercises(before_after.notebooks_dir(), mine)
    except OSError as problem:
        raise CourseError(
            f"The exercises could not be copied to {mine}: {problem.strerror or problem}."
        ) from None
    kept = "; your own files there were left as they are" if copied["kept"] else ""
    print(f"Exercises are in {mine} ({copied['new'] + test['new']} new{kept}).", flush=True)
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


def report(args: argparse.Namespace) -> int:
    from catalyst.studio import report

    folder = Path(args.folder).expanduser().resolve()
    sound = True
    for line, fine in report.lines(folder, verify=not args.quick):
        print(line, flush=True)
        sound &= fine
    return 0 if sound else 1


def exercises(args: argparse.Namespace) -> int:
    from catalyst.studio import exercises, quizzes

    for chapter in quizzes.refresh():
        print(f"{chapter}: its quiz was set into the chapter anew")
    exercises.make()
    print(f"Exercises are in {root() / 'exercises'}.")
    return 0


def new_chapter(args: argparse.Namespace) -> int:
    """Makes a chapter's files from the template and says what is still to fill."""
    from catalyst.studio import new_chapter

    made, missing = new_chapter.make(args.name)
    print("Made from the template:", *(f"  {name}" for name in made), sep="\n")
    print("Still to fill:", *(f"  {fault}" for fault in missing), sep="\n")
    print(f"Look again with: {AGAIN.format(id=args.name.partition('_')[0])}")
    return 0


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

    sub = command(
        "book", book, "build the book and say where its first page is (--open, --serve PORT, --pdf)"
    )
    sub.add_argument("--open", action="store_true", help="open the first page in the browser")
    sub.add_argument(
        "--pdf", action="store_true", help="print the whole book and each chapter as PDF too, with Chromium"
    )
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

    sub = command(
        "data", cli_data.data, "make the data again, or another world's with --children, --seed, --out ..."
    )
    cli_data.options(sub)
    sub.set_defaults(check=cli_data.check)

    sub = command(
        "progress", cli_learner.progress, "show which exercises are done, tried and left, and what was learnt"
    )
    cli_learner.progress_options(sub)
    sub.set_defaults(check=cli_learner.check_progress)

    command("set-up", cli_learner.set_up, "say in plain words what is wrong with this machine's set-up")

    sub = command("slides", cli_learner.slides, "make slides of a chapter: one file, without a network")
    cli_learner.slides_options(sub)

    sub = command(
        "delivery",
        cli_learner.delivery,
        "compare the minutes of your sessions with their plan",
    )
    cli_learner.delivery_options(sub)
    sub.set_defaults(check=cli_learner.check_delivery)

    sub = command("report", report, "tell what a release holds, whether it is whole, and how like life it is")
    sub.add_argument("folder", metavar="DIR", help="the folder of the release")
    sub.add_argument("--quick", action="store_true", help="do not read every file to compute its hash again")

    command("exercises", exercises, "make exercises/ and the answer key from solutions/ and the data")

    sub = command(
        "assign", cli_assign.assign, "make an assignment on a world of its own, as an nbgrader folder"
    )
    cli_assign.assign_options(sub)
    sub.set_defaults(check=cli_assign.check)

    sub = command("extend", cli_assign.extend, "give a student more time for an assignment")
    cli_assign.extend_options(sub)

    sub = command(
        "mark", cli_marking.mark_run, "mark what a class handed in, each notebook in a box of its own"
    )
    cli_marking.mark_options(sub)

    sub = command(
        "offline",
        cli_offline.offline,
        "pack the course, its data and all packages into one zip (--out FILE.zip)",
    )
    cli_offline.options(sub)
    sub.set_defaults(check=cli_offline.check)

    sub = command(
        "capstone",
        cli_capstone.capstone,
        "begin a study of your own, register its protocol, pack it; or make the sheet to mark it",
    )
    cli_capstone.options(sub)
    sub.set_defaults(check=cli_capstone.check)

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

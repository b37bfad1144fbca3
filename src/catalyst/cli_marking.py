"""The command ``mark``: its options, and what is printed of what it did.

At import it needs the standard library alone, like the command line that it is a part of.
"""

import argparse
import sys
from pathlib import Path

from catalyst.arguments import Parser, whole_number

SECONDS = (1, 3_600)
MEMORY = (200, 1_000_000)
PROCESSES = (2, 10_000)
WORKERS = (1, 256)
PERCENT = (0, 100)


def mark_options(sub: Parser) -> None:
    """The options of ``mark``."""
    sub.add_argument("folder", metavar="DIR", help="the course folder that 'course.py assign' made")
    sub.add_argument(
        "--workers",
        type=whole_number("--workers", *WORKERS),
        metavar="N",
        help="how many at a time (one a core)",
    )
    sub.add_argument(
        "--cell-seconds",
        type=whole_number("--cell-seconds", *SECONDS, " seconds"),
        default=60,
        metavar="N",
        help="how long one cell may run (60); a submission may run five times as long",
    )
    sub.add_argument(
        "--memory",
        type=whole_number("--memory", *MEMORY, " MB"),
        default=3_000,
        metavar="MB",
        help="how much memory a submission may use (3000)",
    )
    sub.add_argument(
        "--processes",
        type=whole_number("--processes", *PROCESSES),
        default=64,
        metavar="N",
        help="how many processes a submission may have (64)",
    )
    sub.add_argument(
        "--late-percent",
        type=whole_number("--late-percent", *PERCENT),
        metavar="N",
        help="percent of the marks taken off for each day begun after the date due (kept for later runs)",
    )
    sub.add_argument("--again", action="store_true", help="mark also what is marked and has not changed")
    sub.add_argument(
        "--other-version", action="store_true", help="take a folder that another version of the course made"
    )
    sub.add_argument(
        "--unsafe",
        action="store_true",
        help="without bubblewrap: handed-in code runs as you, with your files and your network",
    )


def mark_run(args: argparse.Namespace) -> int:
    """Marks a course folder; 1 where something could not be marked, so that a script notices."""
    from catalyst.studio.classroom.mark import mark
    from catalyst.studio.classroom.watch import Limits

    if args.unsafe:
        print("Without a box: the code that was handed in runs as you.", file=sys.stderr, flush=True)
    limits = Limits(args.cell_seconds, 5 * args.cell_seconds, args.memory, args.processes)
    outcome = mark(
        Path(args.folder),
        safe=not args.unsafe,
        limits=limits,
        workers=args.workers,
        late_percent=args.late_percent,
        again=args.again,
        other_version=args.other_version,
        progress=mark_progress(sys.stderr),
    )
    for note in outcome.notes:
        print(note)
    done = f"{outcome.marked} marked, {outcome.kept} unchanged"
    if outcome.not_marked:
        done += f", {outcome.not_marked} with nothing to mark"
    if outcome.failed:
        done += f", {outcome.failed} NOT MARKED (see above)"
    print(f"{done}; {outcome.seconds:.0f} s.")
    print("Written:", *(f"  {path}" for path in outcome.written), sep="\n")
    return 1 if outcome.failed else 0


def mark_progress(stream):
    """A bar on a terminal, a line for each tenth elsewhere."""
    told = [-1]

    def show(done: int, of: int, seconds: float) -> None:
        left = f", about {seconds / done * (of - done) / 60:.0f} min left" if 0 < done < of else ""
        if stream.isatty():
            filled = round(30 * done / of)
            bar = "█" * filled + "░" * (30 - filled)
            print(
                f"\r\033[K{bar} {done} of {of}{left}", end="" if done < of else "\n", file=stream, flush=True
            )
        elif 10 * done // of > told[0]:
            told[0] = 10 * done // of
            print(f"{done} of {of}{left}", file=stream, flush=True)

    return show

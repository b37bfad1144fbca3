"""The command ``offline``: its options and what it passes on.

At import it needs the standard library alone, like the command line that it is a part of.
"""

import argparse
import sys
from pathlib import Path

from catalyst.arguments import Parser, one_of
from catalyst.errors import CourseError

KINDS = ("windows", "macos", "macos-intel", "linux", "linux-arm")
PYTHONS = ("3.11", "3.12", "3.13")


def options(sub: Parser) -> None:
    """Gives the command its options."""
    sub.add_argument("--out", metavar="FILE.zip", help="the zip to write; one that stands there is replaced")
    sub.add_argument(
        "--platform",
        type=one_of("--platform", KINDS),
        metavar="|".join(KINDS),
        help="the machine that it is for (this one's kind)",
    )
    sub.add_argument(
        "--python",
        type=one_of("--python", PYTHONS),
        metavar="|".join(PYTHONS),
        help="the Python of that machine (this one's)",
    )
    sub.add_argument(
        "--list-only", action="store_true", help="list the wheels with their hashes and leave them out"
    )


def check(args: argparse.Namespace) -> None:
    """Refuses a zip without a name, which no argument alone can tell."""
    if args.out is None:
        raise CourseError("Say what the zip is to be called, for example --out course.zip.")
    if not args.out.lower().endswith(".zip"):
        raise CourseError(f"--out must end with .zip, and '{args.out[:60]}' does not.")
    args.out = Path(args.out).expanduser().resolve()


def offline(args: argparse.Namespace) -> int:
    """Writes the zip and says what is in it and how to use it."""
    from catalyst.studio import offline, wheels

    target = args.platform or wheels.this_platform()
    if target is None:
        raise CourseError(f"This machine is of no kind that is known: say which with --platform {KINDS[0]}.")
    python = args.python or "{}.{}".format(*sys.version_info[:2])
    if not args.list_only:
        print("Fetching the wheels: some hundred megabytes, some minutes.", file=sys.stderr, flush=True)
    made = offline.make(args.out, target, python, fetch=not args.list_only)
    what = "wheels listed" if args.list_only else "wheels"
    print(
        f"{args.out}: {made['files']} files, {made['wheels']} {what} for Python {python} on "
        f"{wheels.PLATFORMS[target].words}, {made['bytes'] / 1e6:.0f} MB. Unpack it there and run course.py "
        "in it."
    )
    return 0

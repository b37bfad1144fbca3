"""The commands for learners and coaches: their options, and what they pass on to the studio.

At import it needs the standard library alone, like the command line that it is a part of.
"""

import argparse
from pathlib import Path

from catalyst.arguments import Parser, one_of
from catalyst.errors import CourseError


def progress_options(sub: Parser) -> None:
    """Gives ``progress`` its options."""
    sub.add_argument(
        "--record",
        metavar="FILE.html",
        help="write a page to print: what was done on which data, self-attested",
    )
    sub.add_argument(
        "--export", metavar="FILE.json", help="write a record without a name, for a class's page"
    )
    sub.add_argument(
        "--class", dest="group", metavar="FOLDER", help="show what a class has learnt, from exported records"
    )
    sub.add_argument("--page", metavar="FILE.html", help="with --class: write it as a page as well")


def check_progress(args: argparse.Namespace) -> None:
    """Refuses what does not go together, and names that would be a surprise."""
    if args.page and not args.group:
        raise CourseError("--page belongs to --class: for your own page give --record FILE.html.")
    if args.group and (args.record or args.export):
        raise CourseError("--class is about others' records: give --record and --export without it.")
    for name, ending in (("record", ".html"), ("export", ".json"), ("page", ".html")):
        given = getattr(args, name)
        if given and Path(given).suffix.lower() != ending:
            raise CourseError(f"--{name} takes the name of a file that ends in {ending}, not '{given[:60]}'.")


def progress(args: argparse.Namespace) -> int:
    """Shows the learner's own table, writes her record, or shows a class's."""
    if args.group:
        return _group(args)
    from catalyst.marking.standing import standing
    from catalyst.studio import learner_record, sheet

    print(standing())
    if args.record or args.export:
        record = learner_record.mine()
        for given, make in ((args.record, learner_record.page), (args.export, learner_record.export)):
            if given:
                made = sheet.write(Path(given).expanduser().resolve(), make(record))
                print(f"Written: {made}")
    else:
        from catalyst.marking import progress

        tried, _ = progress.tries()
        tests = {name: learner_record.first_answers(tried, name) for name in ("before", "after")}
        print(*learner_record.learnt(tests), sep="\n", end="\n" if tried else "")
        print(f"Kept on this machine alone, in {progress.file()}.")
    return 0


def _group(args: argparse.Namespace) -> int:
    from catalyst.studio import learner_class, sheet

    group = learner_class.read(Path(args.group).expanduser().resolve())
    print(learner_class.text(group))
    if args.page:
        print(f"Written: {sheet.write(Path(args.page).expanduser().resolve(), learner_class.page(group))}")
    return 0


def set_up(args: argparse.Namespace) -> int:
    """Says in plain words what is wrong with the set-up; 1 if anything is."""
    from catalyst.set_up import look

    report = look()
    print(report)
    return 0 if report.fine else 1


def slides_options(sub: Parser) -> None:
    """Gives ``slides`` its options."""
    sub.add_argument("chapter", metavar="ID", help="the chapter, for example t1")
    sub.add_argument("--out", metavar="FILE.html", help="the file to write (_build/slides/ID.html)")


def slides(args: argparse.Namespace) -> int:
    """Makes a deck of one chapter on the data in use and says where it is."""
    from catalyst.studio import exercises, slides

    exercises.ensure_keys()
    path = slides.make(args.chapter, Path(args.out).expanduser().resolve() if args.out else None)
    print(
        f"The slides are in {path} ({path.stat().st_size / 1e6:.1f} MB): open it in a browser; no network "
        "is needed."
    )
    return 0


def delivery_options(sub: Parser) -> None:
    """Gives ``delivery`` its options."""
    sub.add_argument("log", metavar="LOG.csv", help="the log of your sessions")
    sub.add_argument(
        "--new",
        nargs="?",
        const="",
        metavar="ID",
        help="begin a log, or add a session of this chapter with its planned minutes",
    )
    sub.add_argument(
        "--minutes",
        type=one_of("--minutes", ("60", "90")),
        metavar="60|90",
        help="with --new ID: which plan (60)",
    )
    sub.add_argument("--page", metavar="FILE.html", help="write the comparison as a page as well")


def check_delivery(args: argparse.Namespace) -> None:
    """Refuses what does not go together."""
    if args.minutes and not args.new:
        raise CourseError("--minutes belongs to --new ID: it says which of the chapter's plans is added.")
    if args.new is not None and args.page:
        raise CourseError("--page shows a log that is filled in: give it without --new.")
    if Path(args.log).suffix.lower() != ".csv":
        raise CourseError(f"A delivery log is a file that ends in .csv, not '{args.log[:60]}'.")
    if args.page and Path(args.page).suffix.lower() != ".html":
        raise CourseError(f"--page takes the name of a file that ends in .html, not '{args.page[:60]}'.")


def delivery(args: argparse.Namespace) -> int:
    """Begins or adds to a delivery log, or compares planned with observed minutes."""
    from catalyst.studio import delivery, sheet

    path = Path(args.log).expanduser().resolve()
    if args.new is not None:
        made = delivery.new(path, args.new or None, int(args.minutes or 60))
        print(f"Written: {made}. A line to each part of a session: fill in the minutes it took.")
        return 0
    log = delivery.read(path)
    print(delivery.text(log))
    if args.page:
        print(f"Written: {sheet.write(Path(args.page).expanduser().resolve(), delivery.page(log))}")
    return 0

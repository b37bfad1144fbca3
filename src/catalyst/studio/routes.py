"""Fragments for the front pages: three routes with their minutes, and each profile's path.

All minutes come from the chapters' own metadata and from the schedules; the words round them stand in
``book/``. Depends on the catalogue and on overview.
"""

from pathlib import Path

from catalyst.studio import catalogue, overview
from catalyst.studio.catalogue import Chapter
from catalyst.studio.overview import MINUTES_A_WEEK, PREPARATION, hours

_PARTS = {"both": ("read", "exercise"), "read": ("read",)}
_TAKES = {"both": "chapter and exercises", "read": "chapter only"}
FIRST = "t1"  # the chapter that the welcome page sends everybody to


def write_pages(out: Path, folder: Path | None = None) -> None:
    """Writes ``routes_cards`` and ``path_<profile>`` for each profile into a folder.

    They are fragments that pages in ``book/`` include: their links start from there. ``folder`` is the
    project; its own root if not given.
    """
    known = overview.in_order(catalogue.chapters(folder), catalogue.contents(folder))
    pages = {"routes_cards": cards}
    for name in dict.fromkeys(row["profile"] for row in catalogue.facts("profiles")):
        pages[f"path_{name}"] = lambda known, name=name: path(name, known)
    catalogue.write_pages(out, pages, known)


def link(chapter: Chapter) -> str:
    """A link to a chapter as seen from ``book``; its title and no more before it is written."""
    return f"[{chapter.title}](../notebooks/{chapter.notebook}.ipynb)" if chapter.written else chapter.title


def cards(known: dict[str, Chapter]) -> str:
    """Three cards, one for each route, with the minutes that it takes today."""
    there = [chapter for chapter in known.values() if chapter.written]
    read, exercise = (sum(chapter.minutes(what) for chapter in there) for what in ("read", "exercise"))
    weeks = -(-(read + exercise) // MINUTES_A_WEEK)
    first = known[FIRST]
    start = (
        f" The first chapter, [how long protection plans last](../notebooks/{first.notebook}.ipynb), takes "
    )
    start += f"{first.minutes('read')} minutes and {first.minutes('exercise')} for its exercises."
    sessions = [row for row in catalogue.facts("schedules") if row["plan"] == "six_sessions"]
    low, high = (sum(int(row["minutes"].split(" to ")[end]) for row in sessions) for end in (0, -1))
    before = sum(known[name].minutes("read") for row in sessions for name in _ids(row) if known[name].written)
    day, term = (
        [row for row in catalogue.facts("schedules") if row["plan"] == plan]
        for plan in ("one_day", "one_term")
    )
    together = sum(int(row["minutes"]) for row in day)
    in_weeks = sum(int(row["minutes"]) for row in term)
    alone = f"{len(there)} chapters: {hours(read)} of reading and {hours(exercise)} of exercises, or "
    alone += f"{weeks} weeks at {hours(MINUTES_A_WEEK)} a week.{start if first.written else ''}"
    coached = (
        f"{len(sessions)} sessions of {sessions[0]['minutes']} minutes for two or three people and one who "
    )
    coached += (
        f"knows the field: {hours(low)} to {hours(high)} together, and {hours(before)} of reading before."
    )
    teaching = (
        f"One day with {hours(together)} of work together, or {len(term)} weeks with {hours(in_weeks)} in "
    )
    teaching += "all. The exercises are nbgrader assignments."
    texts = {
        "Alone": f"{alone} [How to go about it](routes.md#alone).",
        "Coached": f"{coached} [The plan of a session](routes.md#a-coached-session).",
        "Teaching": f"{teaching} [What a teacher needs](routes.md#teaching-with-it).",
    }
    lines = ["`````{grid} 1 1 3 3", ":gutter: 3", ""]
    for title, text in texts.items():
        lines += [f"````{{grid-item-card}} {title}", text, "````", ""]
    return "\n".join([*lines, "`````"]) + "\n"


def path(profile: str, known: dict[str, Chapter]) -> str:
    """One profile's chapters in order as a list: what each is for, the minutes, and what they add up to.

    Parameters
    ----------
    profile : str
        A name in ``facts/profiles.csv``.
    known : dict of Chapter
        Every chapter by its id.
    """
    rows = [row for row in catalogue.facts("profiles") if row["profile"] == profile]
    # A list, for four columns are too wide for a telephone.
    lines: list[str] = []
    total, coming = 0, []
    for row in rows:
        chapter = known[row["chapter"]]
        if not chapter.written:
            coming.append(chapter.title)
            continue
        minutes = sum(chapter.minutes(what) for what in _PARTS[row["part"]])
        total += minutes
        takes = f"{_TAKES[row['part']]}, {minutes} minutes, {hours(total)} so far"
        lines.append(f"1. {link(chapter)}: {row['why']} ({takes})")
    weeks = -(-total // MINUTES_A_WEEK)
    lines += ["", f"In all {hours(total)}: {weeks} weeks at {hours(MINUTES_A_WEEK)} a week."]
    if coming:
        lines[-1] += f" To come in this path ({PREPARATION}): {'; '.join(coming)}."
    return "\n".join(lines) + "\n"


def _ids(row: dict[str, str]) -> list[str]:
    return [name for name in row["chapters"].split(";") if name]

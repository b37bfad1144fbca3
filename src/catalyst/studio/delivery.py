"""The delivery log: planned minutes beside those that a session took. Depends on coaching and sheet.

A log is a CSV file that anybody can fill in by hand: a line to each part of a session. ``new`` adds the lines
of a session with what its plan says; ``read`` refuses, with its line, what cannot be a minute.
"""

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import mean

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import coaching, coaching_pages, sheet

HEADS = ("date", "chapter", "plan", "part", "planned_minutes", "observed_minutes", "people", "note")
LONGEST_MINUTES = 600
# A part that takes this much more than planned, or so much less, is worth another plan.
WORTH_MINUTES = 5


@dataclass(frozen=True)
class Line:
    """A part of a session that was held."""

    day: str
    chapter: str
    plan: int
    part: str
    planned: float
    observed: float
    people: int | None


def template() -> str:
    """The head of an empty log."""
    return ",".join(HEADS) + "\n"


def new(path: Path, chapter: str | None = None, length: int = 60) -> Path:
    """Writes an empty log, or adds the parts of one session with their planned minutes to a log.

    Parameters
    ----------
    path : Path
        The log; what stands in it is kept.
    chapter : str, optional
        The chapter of the session; without it only the head is written.
    length : {60, 90}
        Which of its plans.

    Raises
    ------
    CourseError
        If the file is no log, or there is no guide of that chapter.
    """
    text = _read(path) if path.exists() else template()
    if path.exists():
        _rows(path, text)  # whatever else it is, it is not written into
    if chapter is not None:
        if not coaching.source(chapter).is_file():
            known = ", ".join(sorted(found.stem for found in (paths.root() / "coaching").glob("*.yaml")))
            raise CourseError(f"There is no coaching guide of '{chapter[:20]}': there are {known}.")
        guide, out = coaching.read(coaching.source(chapter)), io.StringIO()
        lines = csv.writer(out, lineterminator="\n")
        for part in guide.plans[length]:
            name = f"exercise {part.exercise}" if part.exercise else part.kind
            lines.writerow([date.today().isoformat(), chapter, length, name, part.minutes, "", "", ""])
        text = text.rstrip("\r\n") + "\n" + out.getvalue()
    return sheet.write(path, text)


def read(path: Path) -> list[Line]:
    """The parts that were held: lines without observed minutes are left out.

    Raises
    ------
    CourseError
        If it is no log, or a line cannot be read; nothing has been observed yet.
    """
    if not path.is_file():
        raise CourseError(
            f"There is no log {path}: make one with 'python3 course.py delivery LOG.csv --new'."
        )
    found = []
    for number, row in _rows(path, _read(path)):
        if not row["observed_minutes"].strip():
            continue
        here = f"{path.name}, line {number}"
        people = row["people"].strip()
        found.append(
            Line(
                row["date"].strip(),
                row["chapter"].strip(),
                int(_number(here, "plan", row["plan"])),
                " ".join(row["part"].split()),
                _number(here, "planned_minutes", row["planned_minutes"]),
                _number(here, "observed_minutes", row["observed_minutes"]),
                int(_number(here, "people", people)) if people else None,
            )
        )
    if not found:
        raise CourseError(
            f"No line of {path.name} has observed minutes yet: fill them in, one number to a part, and "
            "look again."
        )
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise CourseError(f"{path} cannot be read as text: save it as CSV in UTF-8.") from None


def _rows(path: Path, text: str) -> list[tuple[int, dict[str, str]]]:
    # Spreadsheets in many countries write semicolons.
    head = text.split("\n", 1)[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=";" if head.count(";") > head.count(",") else ",")
    if rows.fieldnames is None or not set(HEADS) <= {name.strip() for name in rows.fieldnames}:
        raise CourseError(f"{path.name} is no delivery log: its first line should be {template().strip()}.")
    made = []
    for row in rows:
        clean = {
            str(name).strip(): value or "" for name, value in row.items() if isinstance(value or "", str)
        }
        if any(clean[name].strip() for name in HEADS):
            made.append((rows.line_num, clean))
    return made


def _number(here: str, name: str, text: str) -> float:
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        number = -1
    if not 0 <= number <= LONGEST_MINUTES:
        raise CourseError(
            f"{here}: '{name}' should be a number from 0 to {LONGEST_MINUTES}, not '{text[:20]}'."
        )
    return number


def compared(log: list[Line]) -> list[tuple]:
    """A row to each part of each plan: how often held, planned, observed on average, and the difference."""
    groups: dict[tuple[str, int, str], list[Line]] = {}
    for line in log:
        groups.setdefault((line.chapter, line.plan, line.part), []).append(line)
    rows = []
    for (chapter, plan, part), lines in groups.items():
        planned, observed = mean(x.planned for x in lines), mean(x.observed for x in lines)
        rows.append((f"{chapter}, {plan} minutes", part, len(lines), planned, observed, observed - planned))
    return rows


def sessions(log: list[Line]) -> list[tuple]:
    """A row to each session: planned and observed minutes of the parts that were held, and how many "
    "people."""
    groups: dict[tuple[str, str, int], list[Line]] = {}
    for line in log:
        groups.setdefault((line.day, line.chapter, line.plan), []).append(line)
    rows = []
    for (day, chapter, plan), lines in groups.items():
        planned, observed = sum(x.planned for x in lines), sum(x.observed for x in lines)
        people = max((x.people for x in lines if x.people is not None), default=None)
        rows.append(
            (f"{day} {chapter}, {plan} minutes", planned, observed, observed - planned, people or "–")
        )
    return rows


def advice(log: list[Line]) -> list[str]:
    """A sentence for each part that takes so much more or less than planned that the plan should change."""
    return [
        f"{chapter}: {part} took {abs(gap):.0f} minutes {'more' if gap > 0 else 'less'} than planned, over "
        f"{count} session{'s' if count > 1 else ''}: change the plan in coaching/, or what is done."
        for chapter, part, count, _, _, gap in compared(log)
        if abs(gap) >= WORTH_MINUTES
    ]


def text(log: list[Line]) -> str:
    """The comparison for the terminal."""
    lines = [f"{'session or part':<44}{'planned':>9}{'observed':>10}{'more':>7}"]
    for name, planned, observed, gap, _ in sessions(log):
        lines.append(f"{name:<44}{planned:>9.0f}{observed:>10.0f}{gap:>+7.0f}")
    for chapter, part, count, planned, observed, gap in compared(log):
        lines.append(f"{f'  {chapter}: {part} (×{count})':<44}{planned:>9.0f}{observed:>10.0f}{gap:>+7.0f}")
    return "\n".join([*lines, *advice(log)])


def page(log: list[Line]) -> str:
    """The comparison as a page."""
    parts = [
        (
            f"{chapter}: {coaching_pages.NAMES.get(part, part)}",
            count,
            round(planned),
            round(observed),
            f"{gap:+.0f}",
        )
        for chapter, part, count, planned, observed, gap in compared(log)
    ]
    whole = [
        (name, round(planned), round(observed), f"{gap:+.0f}", people)
        for name, planned, observed, gap, people in sessions(log)
    ]
    body = [
        "<h2>Sessions</h2>",
        sheet.table(
            "Minutes of the parts that were held",
            ("session", "planned", "observed", "difference", "people"),
            whole,
        ),
        "<h2>Parts</h2>",
        sheet.table("Minutes on average", ("part", "times held", "planned", "observed", "difference"), parts),
        sheet.paragraphs(advice(log) or ["No part is so far from its plan that the plan should change."]),
    ]
    return sheet.page("Planned and observed minutes", "\n".join(body))

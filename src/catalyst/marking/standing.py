"""How far a learner is: each exercise done, tried or left, with minutes. Depends on the record of tries.

The list of exercises is that of ``exercises/``, or of ``assigned.json`` where work was assigned; a learner's
copies in ``my_work`` are not read.
"""

import html
import itertools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from catalyst import paths
from catalyst.marking import progress

# A longer time between two tries was a pause, of which no more than this counts.
PAUSE_MINUTES = 15
STATES = ("done", "done on other data", "handed in", "tried", "left")
ENDED = ("correct", "recorded")
TESTS = ("before", "after")
HEADS = ("chapter", "done", "tried", "left", "minutes left", "minutes spent")


@dataclass
class Exercise:
    """One exercise and what became of it; ``spent`` is minutes from the first try to the right answer."""

    id: str
    title: str
    minutes: int
    state: str = "left"
    spent: float = 0.0
    tries: int = 0
    data: str | None = None
    seed: int | None = None
    children: int | None = None
    last: str | None = None
    mistakes: list[str] = field(default_factory=list)

    @property
    def chapter(self) -> str:
        """What stands before the number: t1 of t1.3."""
        return self.id.partition(".")[0]


@dataclass
class Standing:
    """Every exercise, the data in use, and sentences that a reader of the table should know."""

    exercises: list[Exercise]
    data: str
    said: list[str] = field(default_factory=list)

    def rows(self) -> list[tuple]:
        """A row to a chapter, as ``HEADS`` says, and one for all; minutes are whole."""
        made = []
        for chapter in dict.fromkeys(exercise.chapter for exercise in self.exercises):
            mine = [exercise for exercise in self.exercises if exercise.chapter == chapter]
            made.append((f"{chapter}  {mine[0].title}", *_counts(mine)))
        return [*made, ("all", *_counts(self.exercises))]

    def __str__(self) -> str:
        rows = [HEADS, *(tuple(map(str, row)) for row in self.rows())]
        wide = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
        lines = [
            "  ".join(
                cell.ljust(wide[column]) if column == 0 else cell.rjust(wide[column])
                for column, cell in enumerate(row)
            ).rstrip()
            for row in rows
        ]
        lines.insert(1, "-" * len(lines[0]))
        lines.insert(-1, "-" * len(lines[1]))
        return "\n".join([*lines, *self.said])

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{name}</th>' for name in HEADS)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left">{html.escape(row[0])}</th>'
            + "".join(f"<td>{cell}</td>" for cell in row[1:])
            + "</tr>"
            for row in self.rows()
        )
        said = "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.said)
        caption = '<caption style="text-align:left">Your exercises so far</caption>'
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{said}"


def standing(known: list[Exercise] | None = None, path: Path | None = None) -> Standing:
    """How far the learner is, on the data in use.

    Parameters
    ----------
    known : list of Exercise, optional
        The exercises that there are; those of the course in use if not given.
    path : Path, optional
        The record of tries; the learner's own if not given.

    Raises
    ------
    CourseError
        If there is no finished release.
    """
    data = paths.release_hash()
    tried, said = progress.tries(path)
    known = every() if known is None else known
    by_id: dict[str, list[dict]] = {}
    for line in tried:
        by_id.setdefault(line["exercise"], []).append(line)
    for exercise in known:
        _fill(exercise, by_id.pop(exercise.id, []), data)
    gone = [name for name in by_id if name.partition(".")[0] not in TESTS]
    if gone:
        said.append(f"Kept as well, though no longer exercises of this course: {', '.join(sorted(gone))}.")
    return Standing(known, data, [*said, *_other_data(known, data)])


def every() -> list[Exercise]:
    """The exercises of the course in use, in the book's order, none of them begun."""
    assigned = paths.data_dir() / "assigned.json"
    if assigned.is_file() and not any(paths.keys_dir().glob("*.json")):
        try:
            parts = json.loads(assigned.read_text(encoding="utf-8"))["exercises"]
            found = [Exercise(name, "assigned work", part.get("minutes", 0)) for name, part in parts.items()]
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            found = []
    else:
        files = sorted((paths.root() / "exercises").glob("*/*.ipynb"))
        found = [exercise for path in files for exercise in _of_notebook(path)]
    return sorted(found, key=lambda exercise: place(exercise.id))


def place(identity: str) -> tuple:
    """What orders exercises as the book does: bridge, foundations, themes, capstone; t2 before t10."""
    match = re.fullmatch(r"([a-z]+?)(\d*)([a-z]*)\.(\d+)", identity)
    if not match:
        return (9, 0, identity, 0)
    part, number, letter, which = match.groups()
    order = "bftc".find(part) if len(part) == 1 else -1
    return (order if order >= 0 else 8, int(number or 0), letter, int(which))


def minutes_between(moments: list) -> float:
    """Minutes from the first of some moments to the last, no pause counting for more than its cap."""
    gaps = [(later - earlier).total_seconds() / 60 for earlier, later in itertools.pairwise(moments)]
    return sum(min(max(gap, 0.0), PAUSE_MINUTES) for gap in gaps)


def _of_notebook(path: Path) -> list[Exercise]:
    """The exercises of one notebook, from the metadata of its check cells; none if it cannot be read."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        title = notebook["metadata"]["catalyst"]["title"].removeprefix("Exercises: ")
        specs = [cell["metadata"].get("catalyst", {}) for cell in notebook["cells"]]
        return [Exercise(spec["id"], title, spec.get("minutes", 0)) for spec in specs if "id" in spec]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _fill(exercise: Exercise, tried: list[dict], data: str) -> None:
    if not tried:
        return
    right = [line for line in tried if line["verdict"] in ENDED]
    here = [line for line in right if line["data"] == data]
    # What counts is the answer on the data in use, then one on other data, then the last try.
    telling = here[-1] if here else right[-1] if right else tried[-1]
    until = tried.index(right[0]) + 1 if right else len(tried)
    exercise.tries = until
    exercise.spent = minutes_between([progress.when(line["at"]) for line in tried[:until]])
    exercise.last = telling["at"]
    exercise.data, exercise.seed, exercise.children = (
        telling.get(name) for name in ("data", "seed", "children")
    )
    exercise.mistakes = list(dict.fromkeys(line["mistake"] for line in tried if line.get("mistake")))
    if not right:
        exercise.state = "tried"
    elif telling["verdict"] == "recorded":
        exercise.state = "handed in"
    else:
        exercise.state = "done" if here else "done on other data"


def _counts(some: list[Exercise]) -> tuple[int, int, int, int, int]:
    done = sum(exercise.state in ("done", "done on other data", "handed in") for exercise in some)
    tried = sum(exercise.state == "tried" for exercise in some)
    left = len(some) - done - tried
    to_do = sum(exercise.minutes for exercise in some if exercise.state in ("tried", "left"))
    return done, tried, left, to_do, round(sum(exercise.spent for exercise in some))


def _other_data(known: list[Exercise], data: str) -> list[str]:
    """One sentence for each other release on which answers were given, and what is different there."""
    other: dict[tuple, list[str]] = {}
    for exercise in known:
        if exercise.data and exercise.data != data:
            other.setdefault((exercise.data, exercise.seed, exercise.children), []).append(exercise.id)
    now = world(**progress.data_version()) if other else ""
    return [
        f"Answered on other data ({world(*version)}): {', '.join(names)}. The data in use are {now}; "
        "run the check cells again to see which answers still hold."
        for version, names in other.items()
    ]


def world(data: str, seed: int | None = None, children: int | None = None) -> str:
    """A release in a few words: of which seed, how large, and the beginning of its content hash."""
    told = [f"seed {seed}"] if seed is not None else []
    told += [f"{children:,} children"] if isinstance(children, int) else []
    return ", ".join([*told, f"version {data[:8]}"])

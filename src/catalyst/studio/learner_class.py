"""What a class has learnt, from the records that its learners exported: no names are needed.

Depends on the learners' records and on the ideas of the two tests.
"""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.standing import STATES, place
from catalyst.studio import before_after, learner_record, sheet

# A record of two hundred exercises is a tenth of this; whatever is larger is no record.
LARGEST_BYTES = 1_000_000
# With fewer a row of the table may tell what one person did.
FEW = 5
DONE = ("done", "done on other data", "handed in")


@dataclass
class Class:
    """The records of a class, the latest of each learner, and what was wrong with other files."""

    records: list[dict]
    said: list[str] = field(default_factory=list)


def read(folder: Path) -> Class:
    """The records in a folder (``*.json``, also in folders below).

    Raises
    ------
    CourseError
        If there is no such folder, or no record in it.
    """
    if not folder.is_dir():
        raise CourseError(f"There is no folder {folder}: name the one that holds the learners' records.")
    latest: dict[str, dict] = {}
    said, older = [], 0
    for path in sorted(folder.rglob("*.json")):
        record = _record(path)
        if record is None:
            said.append(f"{path.name} was left out: it is no whole record of this course.")
            continue
        known = latest.get(record["id"])
        older += known is not None
        if known is None or record["made"] >= known["made"]:
            latest[record["id"]] = record
    if older:
        copies = "1 earlier record of a learner" if older == 1 else f"{older} earlier records of learners"
        said.append(f"{copies} with a later one {'was' if older == 1 else 'were'} left out.")
    if not latest:
        raise CourseError(
            f"There is no record in {folder}: each learner makes one with 'python3 course.py progress "
            "--export FILE.json'."
        )
    versions = {record["data"]["data"] for record in latest.values()}
    if len(versions) > 1:
        said.append(
            f"The records were made on {len(versions)} versions of the data: the same exercise asked for "
            "different numbers."
        )
    if len(latest) < FEW:
        said.append(
            f"With fewer than {FEW} records a line may tell what one person did: keep this page to the group."
        )
    return Class(list(latest.values()), said)


def _record(path: Path) -> dict | None:
    """A record from its file; nothing if it is none, whatever else it may be."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            return None
        told = json.loads(path.read_text(encoding="utf-8"))
        sound = (
            told["kind"] == learner_record.KIND
            and told["version"] == learner_record.VERSION
            and isinstance(told["id"], str)
            and isinstance(told["made"], str)
            and isinstance(told["data"]["data"], str)
            and all(
                part["state"] in STATES and isinstance(part["spent"], (int, float))
                for part in told["exercises"].values()
            )
            and all(isinstance(name, str) for part in told["exercises"].values() for name in part["mistakes"])
            and all(
                number.isdecimal() and isinstance(right, bool)
                for name in before_after.FORMS
                for number, right in told["tests"][name].items()
            )
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return told if sound else None


def ideas(group: Class) -> list[tuple]:
    """A row to an idea: its words, right before, right after, and who took both and has it new or lost."""
    titles = before_after.titles()
    rows = []
    for number, title in titles.items():
        key = str(number)
        before = [r["tests"]["before"][key] for r in group.records if key in r["tests"]["before"]]
        after = [r["tests"]["after"][key] for r in group.records if key in r["tests"]["after"]]
        both = [
            (r["tests"]["before"][key], r["tests"]["after"][key])
            for r in group.records
            if key in r["tests"]["before"] and key in r["tests"]["after"]
        ]
        rows.append(
            (
                title,
                f"{sum(before)} of {len(before)}",
                f"{sum(after)} of {len(after)}",
                sum(then is False and now for then, now in both),
                sum(then and now is False for then, now in both),
            )
        )
    return rows


def exercises(group: Class) -> list[tuple]:
    """A row to an exercise: how many have done it, tried it, their median minutes, the mistake most made."""
    names = sorted({name for record in group.records for name in record["exercises"]}, key=place)
    rows = []
    for name in names:
        parts = [record["exercises"][name] for record in group.records if name in record["exercises"]]
        done = [part for part in parts if part["state"] in DONE]
        spent = sorted(part["spent"] for part in done)
        middle = round(spent[len(spent) // 2]) if spent else "–"
        mistakes = Counter(mistake for part in parts for mistake in part["mistakes"])
        (told, count), *_ = mistakes.most_common(1) or [("", 0)]
        tried = sum(part["state"] == "tried" for part in parts)
        rows.append((name, len(done), tried, middle, f"{_words(name, told)} ({count})" if told else "–"))
    return rows


def _words(exercise: str, mistake: str) -> str:
    """What a mistake's message says, where the key of these data has it; else its name in plain words."""
    try:
        key = json.loads(
            (paths.keys_dir() / f"{exercise.partition('.')[0]}.json").read_text(encoding="utf-8")
        )
        return next(m["message"] for m in key["exercises"][exercise]["mistakes"] if m["name"] == mistake)
    except (OSError, ValueError, KeyError, StopIteration, CourseError):
        return mistake.replace("_", " ")


def page(group: Class) -> str:
    """The class's page."""
    took = [sum(bool(record["tests"][name]) for record in group.records) for name in before_after.FORMS]
    body = [
        sheet.paragraphs(
            [
                f"{len(group.records)} records, without names. {took[0]} took the test before the course, "
                f"{took[1]} the one after it.",
                *group.said,
            ]
        ),
        "<h2>What was learnt</h2>",
        sheet.table(
            "Right at the first answer, the same ideas with other numbers",
            ("idea", "before", "after", "new since before", "lost since before"),
            ideas(group),
        ),
        sheet.paragraphs(
            [
                "A gain can also come from having seen the question's form once, and those who take the "
                "second "
                "test are those who stayed: read it with the care that the course teaches."
            ]
        ),
        "<h2>Exercises</h2>",
        sheet.table(
            "Done, tried and the mistake that most made: what to teach again",
            ("exercise", "done", "tried", "median minutes", "mistake most made (by how many)"),
            exercises(group),
        ),
    ]
    return sheet.page("What the class has learnt", "\n".join(body))


def text(group: Class) -> str:
    """The same in a few lines for the terminal."""
    lines = [f"{len(group.records)} records."]
    lines += [f"  {title}: before {before}, after {after}" for title, before, after, *_ in ideas(group)]
    done = sum(part["state"] in DONE for r in group.records for part in r["exercises"].values())
    lines.append(f"{done} exercises done in all, {done / len(group.records):.1f} to a learner.")
    return "\n".join([*lines, *group.said])

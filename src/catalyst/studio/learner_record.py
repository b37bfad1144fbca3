"""What one learner has done: a page that she attests herself, and a record without a name for her class.

Depends on the standing (``marking.standing``) and on the ideas of the test before and after the course.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.marking import progress
from catalyst.marking.standing import ENDED, Exercise, standing, world
from catalyst.studio import before_after, sheet

KIND = "record of the course"
VERSION = 1
# A first answer counts once it could be marked: a slip of the keyboard is not yet one.
ANSWERED = ("value", *ENDED)


@dataclass
class Record:
    """What is done, on which data, and the first answers of the two tests by the number of the idea."""

    id: str
    made: str
    data: dict
    exercises: list[Exercise]
    tests: dict[str, dict[int, bool]]
    said: list[str]


def mine(path: Path | None = None) -> Record:
    """The record of the learner whose file this is.

    Raises
    ------
    CourseError
        If nothing was answered yet.
    """
    table = standing(path=path)
    tried, _ = progress.tries(path)
    if not tried:
        raise CourseError(
            "There is nothing to record yet: answer an exercise in 'python3 course.py lab' and run its check."
        )
    tests = {name: first_answers(tried, name) for name in before_after.FORMS}
    return Record(
        progress.owner(path), progress.now(), progress.data_version(), table.exercises, tests, table.said
    )


def first_answers(tried: list[dict], test: str) -> dict[int, bool]:
    """Whether the first answer to each question of a test was right, by the question's number."""
    found: dict[int, bool] = {}
    for line in tried:
        name, _, number = line["exercise"].partition(".")
        if name == test and number.isdecimal() and line["verdict"] in ANSWERED:
            found.setdefault(int(number), line["verdict"] == "correct")
    return found


def learnt(tests: dict[str, dict[int, bool]]) -> list[str]:
    """What the two tests say, in a sentence or two; empty if neither was taken."""
    before, after = tests.get("before", {}), tests.get("after", {})
    said = []
    for name, answers in (("before", before), ("after", after)):
        if answers:
            right = sum(answers.values())
            said.append(f"Test {name} the course: {right} of {len(answers)} right at the first answer.")
    both = sorted(before.keys() & after.keys())
    if both:
        gained = [number for number in both if after[number] and not before[number]]
        lost = [number for number in both if before[number] and not after[number]]
        ideas = before_after.titles()
        if gained:
            said.append(f"New since then: {'; '.join(ideas.get(n, str(n)) for n in gained)}.")
        if lost:
            said.append(f"To look at again: {'; '.join(ideas.get(n, str(n)) for n in lost)}.")
    return said


def page(record: Record) -> str:
    """The record as a page to print and to sign."""
    done = [exercise for exercise in record.exercises if exercise.state not in ("left", "tried")]
    rows = [
        (
            f"{exercise.id}, {exercise.title}",
            exercise.state,
            (exercise.last or "")[:10],
            world(exercise.data or "", exercise.seed, exercise.children) if exercise.data else "",
            exercise.tries,
            round(exercise.spent),
        )
        for exercise in record.exercises
        if exercise.state != "left"
    ]
    before, after = record.tests["before"], record.tests["after"]
    ideas = before_after.titles()
    body = [
        sheet.paragraphs(
            [
                "Research with linked records of children's social care: a course on synthetic data "
                "whose truth "
                "is known.",
                f"{len(done)} of {len(record.exercises)} exercises done. Made on {record.made[:10]}, with "
                "the "
                f"data of {world(**record.data)} in use.",
                "This is what the learner's own computer kept. Nobody has watched, examined or certified it: "
                "the learner attests it.",
            ]
        ),
        "<h2>Exercises</h2>",
        sheet.table(
            "Every exercise that was tried",
            ("exercise", "state", "last answer that counts", "made on the data of", "tries", "minutes spent"),
            rows,
        ),
        sheet.paragraphs(
            [
                "Minutes run from the first try to the right answer; of a pause no more than a quarter "
                "of an hour "
                "counts, and the time before the first try is not known.",
                *record.said,
            ]
        ),
    ]
    if before or after:
        words = {True: "right", False: "not yet", None: "not answered"}
        body += [
            "<h2>Before and after</h2>",
            sheet.table(
                "First answers to the same ideas with other numbers",
                ("idea", "before the course", "after the course"),
                [
                    (
                        ideas.get(number, f"question {number}"),
                        words[before.get(number)],
                        words[after.get(number)],
                    )
                    for number in sorted(before.keys() | after.keys())
                ],
            ),
            sheet.paragraphs(learnt(record.tests)),
        ]
    body += ["<h2>Attested by</h2>"]
    body += [f'<p>{what}</p><div class="sign"></div>' for what in ("Name", "Date and place", "Signature")]
    return sheet.page("Record of completion, self-attested", "\n".join(body))


def export(record: Record) -> str:
    """The record for a class, as JSON: no name, no answer, a random number in place of a learner."""
    exercises = {
        exercise.id: {
            name: value
            for name, value in asdict(exercise).items()
            if name in ("state", "minutes", "spent", "tries", "data", "mistakes")
        }
        for exercise in record.exercises
    }
    told = {
        "kind": KIND,
        "version": VERSION,
        "id": record.id,
        "made": record.made,
        "data": record.data,
        "exercises": exercises,
        "tests": record.tests,
    }
    return json.dumps(told, indent=1) + "\n"

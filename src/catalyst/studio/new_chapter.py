"""A new chapter from a template: notebook, master of its exercises, quiz and lines in ``_toc.yml``.

The template runs as it stands; whatever an author has to replace says TO FILL, which the chapter check finds.
Depends on chapters, catalogue, quizzes and assignments.
"""

import re
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import assignments, catalogue, chapters, exercises, quizzes

FILL = chapters.TO_FILL
NAME = re.compile(rf"({catalogue.IDENTITY.pattern})_[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# The parts of the book in their order, each before the one after it.
PARTS = ("Bridge", "Foundations", "Themes", "Capstone", "The data")


def make(name: str, folder: Path | None = None) -> tuple[list[str], list[str]]:
    """Makes a chapter's files.

    Parameters
    ----------
    name : str
        The notebook's name, such as ``t12_kinship_care``; what stands before the first underscore is the id.
    folder : Path, optional
        The project; its own root if not given.

    Returns
    -------
    tuple of two lists of str
        The files made or changed, from the root; and what is still to fill, one sentence each.

    Raises
    ------
    CourseError
        If the name cannot be one, or anything of this id is there already. Then nothing is written.
    """
    folder = folder or paths.root()
    match = NAME.fullmatch(name)
    if not match or len(name) > 60:
        raise CourseError(
            f"'{name[:60]}' cannot be a chapter's name: give its id and what it is about in small letters, "
            "for example t12_kinship_care (b for the bridge, f foundations, t themes, c capstone)."
        )
    identity = match[1]
    there = [
        *sorted((folder / "notebooks").glob(f"{identity}_*.ipynb")),
        *(
            path
            for path in (
                folder / "solutions" / identity,
                folder / "exercises" / identity,
                quizzes.source(identity, folder),
            )
            if path.exists()
        ),
    ]
    if there:
        raise CourseError(
            f"A chapter {identity} is there already ({there[0].relative_to(folder)}): choose another id."
        )
    planned = {row["id"]: row["title"] for row in catalogue.facts("chapters")}
    title = planned.get(identity) or name.partition("_")[2].replace("_", " ").capitalize()
    contents = add_to_contents((folder / "_toc.yml").read_text(encoding="utf-8"), name, identity)

    notebook = folder / "notebooks" / f"{name}.ipynb"
    master = folder / "solutions" / identity / f"{identity}.ipynb"
    quiz = quizzes.source(identity, folder)
    exercises.write_whole(quiz, QUIZ.format(name=name, fill=FILL))
    exercises.write_whole(notebook, text_of(chapter(identity, title, quizzes.read(quiz))))
    exercises.write_whole(master, text_of(solutions(identity, title, name)))
    exercise = folder / "exercises" / identity / f"{identity}.ipynb"
    exercises.write_whole(exercise, assignments.generate(master))
    exercises.write_whole(folder / "_toc.yml", contents)
    made = [notebook, master, exercise, quiz, folder / "_toc.yml"]
    return [path.relative_to(folder).as_posix() for path in made], chapters.all_faults(notebook)


def add_to_contents(text: str, name: str, identity: str) -> str:
    """``_toc.yml`` with the chapter and its exercises in their place, all else as it was.

    Raises
    ------
    CourseError
        If the file is not written as this course writes it.
    """
    lines, part = text.rstrip("\n").split("\n"), catalogue.part_of(identity)
    entry = [
        f"      - file: notebooks/{name}",
        "        sections:",
        f"          - file: exercises/{identity}/{identity}",
    ]
    heads = {
        match[1]: number
        for number, line in enumerate(lines)
        if (match := re.fullmatch(r"  - caption: (.+)", line))
    }
    if part in heads:
        end = min((number for number in heads.values() if number > heads[part]), default=len(lines))
        place = next(
            (
                number
                for number in range(heads[part], end)
                if (match := re.match(r"      - file: notebooks/([a-z]+\d+[a-z]?)_", lines[number]))
                and _order(match[1]) > _order(identity)
            ),
            end,
        )
    else:
        after = [heads[other] for other in PARTS[PARTS.index(part) + 1 :] if other in heads]
        if not after:
            raise CourseError(
                "_toc.yml has no part before which the chapter could stand: add it there by hand."
            )
        place, entry = min(after), [f"  - caption: {part}", "    chapters:", *entry]
    return "\n".join([*lines[:place], *entry, *lines[place:]]) + "\n"


def _order(identity: str) -> tuple[int, str]:
    """2 before 2b before 10."""
    number, letter = re.fullmatch(r"[a-z](\d+)([a-z]?)", identity).groups()
    return int(number), letter


def text_of(notebook) -> str:
    """A notebook as the text of its file."""
    import nbformat

    return nbformat.writes(notebook) + "\n"


def chapter(identity: str, title: str, quiz: list[quizzes.Item]):
    """The chapter's notebook: every part of the skeleton, each saying what belongs there."""
    import nbformat

    made = nbformat.v4.new_notebook(metadata={**KERNEL, "catalyst": _metadata(title)})
    for number, (kind, words) in enumerate(_cells(identity, title, quizzes.render(identity, quiz))):
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = new(words)
        cell.id = f"{identity}-{number:02d}"
        if kind == "figure":
            cell.metadata["mystnb"] = {
                "image": {"alt": f"{FILL}: a sentence that says what the figure shows."}
            }
        if kind == "headline":
            cell.metadata["tags"] = ["keep-output", "nbval-check-output"]
        made.cells.append(cell)
    return made


def _metadata(title: str) -> dict:
    return {
        "title": title,
        "questions": [f"{FILL}: a question that the chapter answers?"],
        "objectives": [f"{FILL}: what a learner can do after it, beginning with a verb"],
        "keypoints": [f"{FILL}: one of four or five sentences to keep"],
        "prerequisites": [],
        "datasets": ["cin_details"],
        "agenda": ["1.3"],
        "minutes_read": 50,
        "minutes_exercise": 60,
    }


def _cells(identity: str, title: str, quiz: str) -> list[tuple[str, str]]:
    words = {"fill": FILL, "id": identity, "title": title, "quiz": quiz}
    return [(kind, text.strip("\n").format(**words)) for kind, text in _TEMPLATE]


def solutions(identity: str, title: str, name: str):
    """The master of the exercises, with one worked example that is whole: it counts referral episodes."""
    import nbformat

    words = {
        "fill": FILL,
        "id": identity,
        "title": title,
        "small": title[0].lower() + title[1:],
        "name": name,
    }
    made = nbformat.v4.new_notebook(
        metadata={**KERNEL, "catalyst": {"chapter": identity, "title": f"Exercises: {words['small']}"}}
    )
    grader = {"locked": False, "schema_version": 3, "task": False}
    for suffix, kind, text in _MASTER:
        new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
        cell = new(text.strip("\n").format(**words))
        cell.id = f"{identity}-{suffix}"
        if suffix == "1-answer":
            cell.metadata["nbgrader"] = {**grader, "grade": False, "grade_id": cell.id, "solution": True}
        if suffix == "1-check":
            spec = {
                "id": f"{identity}.1",
                "kind": "integer",
                "minutes": 8,
                "objectives": [1],
                "unit": "episodes",
            }
            cell.metadata["catalyst"] = spec
            grade = {
                "grade": True,
                "grade_id": f"{identity}-1",
                "locked": True,
                "points": 1,
                "solution": False,
            }
            cell.metadata["nbgrader"] = {**grader, **grade}
        if suffix == "1-mistakes":
            cell.metadata["tags"] = ["mistake"]
        made.cells.append(cell)
    return made


QUIZ = """\
# The quiz of {name}. After a change: python3 course.py exercises
# Feedback begins with Yes or No; where several options are right, say how many with 'right: 2'.
questions:
- question: "{fill}: a question that shows whether the idea was understood?"
  objective: 1
  options:
  - text: What somebody in a hurry would say
    feedback: "No. {fill}: say why this misleads."
  - text: What holds
    feedback: "Yes. {fill}: say why in one sentence."
  - text: What holds in another situation
    feedback: "No. {fill}: say when it would hold."
"""

_TEMPLATE = (
    (
        "markdown",
        """
# {title}

**{fill}: the question of the chapter in one sentence?**

Agenda question 1.3 · 50 minutes to read · 60 minutes of exercises · [exercises](../exercises/{id}/{id}.ipynb)

```{{admonition}} Before you start
:class: note
{fill}: what this chapter counts, and that it tells no child's story.
You may leave out “Why it matters” and “What it does and does not mean” and still learn the method;
[here is somebody to talk to](../book/support.md). Everybody in these data is synthetic: no number here is a
finding about real children or places.
```
""",
    ),
    (
        "markdown",
        """
## Why it matters

{fill}: 150 to 250 words with references: the policy, and what the question means to a child and a family.
""",
    ),
    ("markdown", "## The data\n\n{fill}: which tables, what a row is, and which data hold this in life."),
    (
        "code",
        """
import matplotlib.pyplot as plt
import pandas as pd

from catalyst import load

plt.style.use(["seaborn-v0_8-whitegrid", "seaborn-v0_8-colorblind"])
rows = load("cin_details")
episode = ["LEA", "LAchildID", "CINreferralDate"]
rows[[*episode, "Year"]].head(3)
""",
    ),
    (
        "headline",
        """
episodes = rows.drop_duplicates(episode)
print(f"{{len(rows):,}} rows are {{len(episodes):,}} referral episodes")
""",
    ),
    ("markdown", "{fill}: read every result back in one sentence."),
    ("markdown", "## A first look\n\n{fill}: a picture before a model."),
    (
        "figure",
        """
started = pd.to_datetime(episodes["CINreferralDate"]).dt.year
ax = started[started.between(2014, 2025)].value_counts().sort_index().plot(figsize=(7, 3))
ax.set(xlabel="year of referral", ylabel="referral episodes")
plt.show()
""",
    ),
    (
        "markdown",
        "## The trap\n\n{fill}: the plausible wrong analysis, run, with its number beside the truth.",
    ),
    (
        "markdown",
        """
## The proper analysis

| Part of the question | Here |
|---|---|
| **Population** | {fill} |
| **{{term}}`Time zero`** | {fill} |
| **Estimand** | {fill} |
| **Assumptions** | {fill} |

{fill}: the model, and the checks of its assumptions.
""",
    ),
    (
        "markdown",
        """
## Did we recover the truth?

{fill}: the planted value against estimate and interval, in one table or figure, with `truth("{id}.…")`.
One draw proves little: see [how often does this work?](../book/derived/recovery.md) In the book this
chapter's own lines of it stand here:

```{{include}} ../book/derived/recovery_{id}.md
```
""",
    ),
    (
        "markdown",
        """
## What it does and does not mean

{fill}: cause or no cause, how uncertain, who is missing from the data, and questions to take to people with
lived experience.
""",
    ),
    (
        "markdown",
        """
## In the secure environment

{fill}: what differs there, and what of this chapter's own outputs may be taken out.
""",
    ),
    (
        "markdown",
        """
## Key points

- {fill}

### A short quiz

{quiz}

Now the [exercises](../exercises/{id}/{id}.ipynb).

*This page has not yet been reviewed by people with lived experience of children's social care. If something
here stays with you, [here is somebody to talk to](../book/support.md).*
""",
    ),
)

_MASTER = (
    (
        "intro",
        "markdown",
        """
# Exercises: {small}

{fill}: how many exercises, and how long. Each belongs to a part of
[the chapter](../../notebooks/{name}.ipynb). Replace the `...`, run the cell, then run the cell with `check`:
it tells you what it makes of your answer. You may try as often as you like; nothing is sent anywhere.

The children in these data are synthetic. If the subject is close to you,
[here is somebody to talk to](../../book/support.md).
""",
    ),
    (
        "setup",
        "code",
        """
from catalyst import check, load

rows = load("cin_details")
rows.head(3)
""",
    ),
    (
        "1",
        "markdown",
        """
## {id}.1 How many referral episodes?

{fill}: this exercise is an example that works; put your own in its place, and three or four more below it.

How many **referral episodes** do the returns hold? An episode that is open on 31 March is sent in again the
year after. *(A whole number of episodes; 8 minutes.)*
""",
    ),
    (
        "1-answer",
        "code",
        """
episodes = ...
### BEGIN SOLUTION
episodes = len(rows.drop_duplicates(["LEA", "LAchildID", "CINreferralDate"]))
### END SOLUTION
""",
    ),
    (
        "1-hints",
        "markdown",
        """
<details>
<summary>Hint 1</summary>

Which columns, together, say that two rows are the same episode?

</details>

<details>
<summary>Hint 2</summary>

A child's number means nothing without the authority; `drop_duplicates` takes a list of columns.

</details>
""",
    ),
    ("1-check", "code", 'check("{id}.1", episodes)'),
    (
        "1-mistakes",
        "code",
        """
from catalyst.marking import wrong

wrong(
    "{id}.1",
    "rows",
    len(rows),
    "This counts rows. An episode that is open on 31 March is sent in again the year after, so it was "
    "counted once for each return. Keep one row for each authority, child and referral date.",
)
wrong(
    "{id}.1",
    "children",
    len(rows.drop_duplicates(["LEA", "LAchildID"])),
    "This counts children. A child can be referred again after a closure, and each referral begins an "
    "episode of its own: the referral date belongs to the key.",
)
""",
    ),
)

"""The test before and after the course: the same ideas, with other numbers, counted from the data in use.

Its questions stand in ``quizzes/course/ideas.yaml``. From them come two notebooks, which ``course.py lab``
copies for the learner, their keys, and a page to print. Depends on quizzes, on the form of keys and on
``before_after_numbers``.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import quizzes

FORMS = ("before", "after")
LETTERS = "ABCDEF"
MINUTES = 2
# On other data a figure of each group may be equal by chance; within a form no two options may read the same.
SAME = "two options of '{idea}' read the same on these data"
INTRODUCTION = """\
# Test {form} the course

{count} questions, about {minutes} minutes. The figures are counted from the data on this machine: all
people in them are synthetic. {when}

Write a letter in place of `...`, for example `"B"`, and run the cell and the one below it. **The first
letter that you give counts**; after it you may try others, and read why each is right or not. Leave out
what you do not know. Nothing is sent anywhere: `check()` shows what this machine has kept, and
`python3 course.py progress --record my_record.html` makes a page of it."""
WHEN = {
    "before": "Most people who begin know few of the answers; that is what the course is for.",
    "after": "They ask for the same ideas as the test before the course, with other numbers.",
}


@dataclass(frozen=True)
class Idea:
    """An idea of the course, and the question that asks for it."""

    title: str
    chapter: str
    numbers: str
    item: quizzes.Item


def source(folder: Path | None = None) -> Path:
    """The YAML file of the questions."""
    return (folder or paths.root()) / "quizzes" / "course" / "ideas.yaml"


def read(path: Path | None = None) -> list[Idea]:
    """The ideas in their order.

    Raises
    ------
    CourseError
        If the file is no YAML or not of this form; the sentence names the question.
    """
    import yaml

    path = path or source()
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries = data["ideas"]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        raise CourseError(f"{path.name}: it should be YAML and hold 'ideas:' with a list below it.") from None
    return [_idea(path, number, entry) for number, entry in enumerate(entries, start=1)]


def _idea(path: Path, number: int, entry) -> Idea:
    here = f"{path.name}, question {number}"
    names = {"idea", "chapter", "numbers", "question", "options"}
    if not isinstance(entry, dict) or set(entry) != names:
        raise CourseError(f"{here}: it should have {', '.join(sorted(names))} and nothing else.")
    item = quizzes.item(path, number, {"question": entry["question"], "options": entry["options"]})
    return Idea(str(entry["idea"]), str(entry["chapter"]), str(entry["numbers"]), item)


@cache
def titles() -> dict[int, str]:
    """The ideas' words by the number of their question, in this course."""
    return {number: idea.title for number, idea in enumerate(read(), start=1)}


def faults(ideas: list[Idea], chapters: set[str]) -> list[str]:
    """What the questions lack, a sentence each.

    Parameters
    ----------
    ideas : list of Idea
    chapters : set of str
        The ids of the chapters that are written.
    """
    from catalyst.studio.before_after_numbers import COUNTED

    found = []
    for number, idea in enumerate(ideas, start=1):
        here = f"{source().name}, question {number}"
        if idea.chapter not in chapters:
            found.append(f"{here}: there is no chapter '{idea.chapter}'.")
        if idea.numbers not in COUNTED:
            found.append(f"{here}: before_after_numbers.py counts nothing named '{idea.numbers}'.")
    counted = [quizzes.Item(idea.item.text, idea.item.options, 1, idea.item.right) for idea in ideas]
    found += quizzes.faults(source().name, counted, 1)
    missing = sorted(chapters - {idea.chapter for idea in ideas})
    return found + [f"{source().name}: no question asks for an idea of chapter {name}." for name in missing]


def both(ideas: list[Idea]) -> dict[str, list[quizzes.Item]]:
    """The questions of both forms with the numbers of the data in use; each table is read once.

    Raises
    ------
    CourseError
        As :func:`filled`.
    """
    from catalyst.studio.before_after_numbers import Tables

    tables = Tables()
    return {form: filled(ideas, form, tables) for form in FORMS}


def filled(ideas: list[Idea], form: str, tables) -> list[quizzes.Item]:
    """The questions of one form with the numbers of the data in use (``tables``, as its numbers take them).

    Raises
    ------
    CourseError
        If a table is not there, or the data are too few to tell the options apart.
    """
    from catalyst.studio.before_after_numbers import numbers

    made = []
    for idea in ideas:
        found = numbers(idea.numbers, tables, form)
        options = [
            quizzes.Option(option.text.format(**found), option.feedback.format(**found))
            for option in idea.item.options
        ]
        if len({option.text for option in options}) < len(options):
            raise CourseError(SAME.format(idea=idea.title) + ": the test needs a larger world.")
        made.append(quizzes.Item(idea.item.text.format(**found), options, None, idea.item.right))
    return made


def key(form: str, questions: list[quizzes.Item]) -> dict:
    """The key of one form, as ``check`` reads it: a letter each, and the feedback of every option."""
    from catalyst.marking.answers import encode
    from catalyst.marking.key import VERSION, seal

    exercises = {}
    for number, item in enumerate(questions, start=1):
        letters = LETTERS[: len(item.options)]
        wrong = [
            {"name": letter, "answer": encode(letter), "message": option.feedback}
            for letter, option in zip(letters, item.options, strict=True)
            if not option.right
        ]
        right = next(n for n, option in enumerate(item.options) if option.right)
        exercises[f"{form}.{number}"] = {
            "kind": "choice",
            "options": list(letters),
            "minutes": MINUTES,
            "shape": [],
            "answer": encode(letters[right]),
            "because": item.options[right].feedback.removeprefix("Yes. "),
            "accept": [],
            "mistakes": wrong,
            "truth": None,
        }
    made = {"version": VERSION, "notebook": form, "release": paths.release_hash(), "solution": stamp()}
    return seal({**made, "exercises": exercises})


def notebook(form: str, questions: list[quizzes.Item]) -> str:
    """The notebook of one form, as the text of its file."""
    import nbformat

    words = INTRODUCTION.format(
        form=form, count=len(questions), minutes=MINUTES * len(questions), when=WHEN[form]
    )
    cells = [
        nbformat.v4.new_markdown_cell(words, id=f"{form}-title"),
        nbformat.v4.new_code_cell("from catalyst import check", id=f"{form}-setup"),
    ]
    for number, item in enumerate(questions, start=1):
        options = [f"- **{letter}** {o.text}" for letter, o in zip(LETTERS, item.options, strict=False)]
        asked = "\n".join([f"## Question {number}", "", item.text, "", *options])
        cells += [
            nbformat.v4.new_markdown_cell(asked, id=f"{form}-{number}"),
            nbformat.v4.new_code_cell(f"answer_{number} = ...", id=f"{form}-{number}-answer"),
            nbformat.v4.new_code_cell(
                f'check("{form}.{number}", answer_{number})', id=f"{form}-{number}-check"
            ),
        ]
    cells.append(nbformat.v4.new_code_cell("check()", id=f"{form}-progress"))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "catalyst": {"title": f"Test {form} the course"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=metadata)) + "\n"


def notebooks_dir() -> Path:
    """Where the notebooks of the test are made, from which ``lab`` copies them."""
    return paths.keys_dir() / "notebooks"


def stamp() -> str:
    """The hash of what the test is made from."""
    from catalyst.studio import before_after_numbers

    parts = [source(), Path(__file__), Path(before_after_numbers.__file__)]
    return hashlib.sha256(b"\0".join(part.read_bytes() for part in parts)).hexdigest()


def in_step() -> bool:
    """Whether both keys are there and made from these questions on these data."""
    try:
        for form in FORMS:
            made = json.loads((paths.keys_dir() / f"{form}.json").read_text(encoding="utf-8"))
            if made["solution"] != stamp() or made["release"] != paths.release_hash():
                return False
            if not (notebooks_dir() / form / f"{form}.ipynb").is_file():
                return False
    except (OSError, ValueError, KeyError):
        return False
    return True


def ensure(say: Callable[[str], None] = print) -> None:
    """Makes both notebooks and keys, if they are not in step; data that are too few are said to be."""
    from catalyst.studio.exercises import write_whole

    if not source().is_file() or in_step() or (paths.keys_dir() / "no_test").exists():
        return
    say("counting the numbers of the test before and after the course")
    ideas = read()
    try:
        forms = both(ideas)
    except CourseError as problem:
        write_whole(paths.keys_dir() / "no_test", f"{problem}\n")
        say(f"{problem} The exercises are not touched by that.")
        return
    for form, questions in forms.items():
        write_whole(notebooks_dir() / form / f"{form}.ipynb", notebook(form, questions))
        write_whole(paths.keys_dir() / f"{form}.json", json.dumps(key(form, questions), indent=1) + "\n")


def write_page(out: Path, forms: dict[str, list[quizzes.Item]] | None = None) -> None:
    """Writes ``test_before_after.md``, both forms to print with their key, on the data in use.

    ``forms`` are the questions of :func:`both`; counted anew if not given.
    """
    ideas = read()
    lines = [
        "# The test before and after the course",
        "",
        "The same ideas in two forms with other numbers, counted from these data: on paper for a group, "
        "and to look "
        "up what an option means. In JupyterLab it is `my_work/before/before.ipynb` and "
        "`my_work/after/after.ipynb`; "
        "what comes of it is [shown by one command](../how_to_use.md#what-you-have-done). The key begins "
        "on a sheet of "
        "its own.",
        "",
    ]
    try:
        forms = forms or both(ideas)
    except CourseError as problem:  # a small world still has a book
        forms, lines = {}, [*lines, str(problem), ""]
    for form, questions in forms.items():
        lines += [f"## {form.capitalize()} the course", ""]
        for number, item in enumerate(questions, start=1):
            lines += [f"**{number}. {item.text}**", ""]
            lines += [f"- {letter}: {o.text}" for letter, o in zip(LETTERS, item.options, strict=False)]
            lines += [""]
    lines += ["## The key", ""]
    for form, questions in forms.items():
        lines += [f"### Key: {form} the course", ""]
        for number, (idea, item) in enumerate(zip(ideas, questions, strict=True), start=1):
            options = list(zip(LETTERS, item.options, strict=False))
            right = next(letter for letter, option in options if option.right)
            lines += [f"**{number}: {right}** · {idea.title} ({idea.chapter})", ""]
            lines += [f"- {letter}: {option.feedback}" for letter, option in options] + [""]
    (out / "test_before_after.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")

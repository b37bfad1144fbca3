"""A chapter's quiz: written once, in ``quizzes/<id>.yaml``, and set into the chapter between two marks.

In the chapter a question is a bold line, ``**1. …?** <!-- objective 2 -->``, and each option a ``<details>``
that opens on its feedback: it works by keyboard, without a network and without a script. Feedback begins with
Yes or No. A chapter may also hold its questions in this form without a YAML file. Depends on masters,
nbformat and PyYAML.

    python -m catalyst.studio.quizzes t2      # writes quizzes/t2.yaml from the questions in the chapter
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import masters

BEGIN = "<!-- quiz: made from quizzes/{id}.yaml by 'course.py exercises', to be changed there -->"
END = "<!-- end of the quiz -->"
BLOCK = re.compile(r"<!-- quiz: .*? -->\n.*?<!-- end of the quiz -->", re.DOTALL)
_QUESTION = re.compile(
    r"^\*\*(?P<number>\d+)\. (?P<text>[^\n]+(?:\n[^\n]+)*?)\*\*"
    r"(?: \*\((?P<stated>\w+) are right\.\)\*)?(?: <!-- objective (?P<objective>\d+) -->)?[ ]*$",
    re.MULTILINE,
)
_OPTION = re.compile(r"<details>\s*<summary>(?P<text>.*?)</summary>(?P<feedback>.*?)</details>", re.DOTALL)
NUMBERS = ("none", "one", "two", "three", "four", "five", "six")


@dataclass
class Option:
    """One option of a question and what a learner reads who chooses it."""

    text: str
    feedback: str

    @property
    def right(self) -> bool | None:
        """Whether the feedback says Yes; nothing if it says neither Yes nor No."""
        word = re.match(r"(Yes|No)\b", self.feedback)
        return None if word is None else word[1] == "Yes"


@dataclass
class Item:
    """A question: its options, the number of the objective that it asks for, and how many are right."""

    text: str
    options: list[Option] = field(default_factory=list)
    objective: int | None = None
    right: int = 1


def source(chapter: str, folder: Path | None = None) -> Path:
    """The YAML file of a chapter's quiz, whether or not it is there."""
    return (folder or paths.root()) / "quizzes" / f"{chapter}.yaml"


def read(path: Path) -> list[Item]:
    """The questions of a YAML file.

    Raises
    ------
    CourseError
        If it is no YAML, or not of this form; the sentence names file and question.
    """
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        line = getattr(getattr(problem, "problem_mark", None), "line", None)
        where = "" if line is None else f", line {line + 1}"
        raise CourseError(f"{path.name}{where}: it cannot be read as YAML.") from None
    if not isinstance(data, dict) or not isinstance(data.get("questions"), list):
        raise CourseError(f"{path.name}: it should hold 'questions:' with a list below it.")
    return [item(path, number, entry) for number, entry in enumerate(data["questions"], start=1)]


def item(path: Path, number: int, entry) -> Item:
    """One question from an entry of a YAML file.

    Raises
    ------
    CourseError
        If it is not of this form; the sentence names file and question.
    """
    here = f"{path.name}, question {number}"
    if not isinstance(entry, dict) or not isinstance(entry.get("question"), str):
        raise CourseError(f"{here}: it should have 'question:' with text.")
    unknown = sorted(set(entry) - {"question", "objective", "right", "options"})
    if unknown:
        raise CourseError(f"{here}: '{unknown[0]}' means nothing here.")
    options = []
    for option in entry.get("options") or []:
        if not isinstance(option, dict) or set(option) != {"text", "feedback"}:
            raise CourseError(f"{here}: every option should have 'text:' and 'feedback:' and nothing else.")
        options.append(Option(str(option["text"]).strip(), str(option["feedback"] or "").strip()))
    return Item(entry["question"].strip(), options, entry.get("objective"), entry.get("right", 1))


def items(notebook) -> list[Item]:
    """The questions that stand in a chapter, whether or not they were made from a YAML file.

    Parameters
    ----------
    notebook : NotebookNode
        The chapter.
    """
    prose = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = list(_QUESTION.finditer(prose))
    made = []
    for number, match in enumerate(found):
        end = found[number + 1].start() if number + 1 < len(found) else len(prose)
        options = [
            Option(" ".join(option["text"].split()), option["feedback"].strip())
            for option in _OPTION.finditer(prose, match.end(), end)
        ]
        if not options:
            continue  # a numbered bold line that is no question of a quiz
        objective = match["objective"] and int(match["objective"])
        stated = (match["stated"] or "one").lower()
        right = NUMBERS.index(stated) if stated in NUMBERS else 1
        made.append(Item(" ".join(match["text"].split()), options, objective, right))
    return made


def faults(name: str, questions: list[Item], objectives: int) -> list[str]:
    """What the questions of a quiz lack, a sentence each.

    Parameters
    ----------
    name : str
        The file, as the sentences name it.
    questions : list of Item
    objectives : int
        How many objectives the chapter has.
    """
    found = []
    for number, item in enumerate(questions, start=1):
        here = f"{name}, quiz question {number}"
        if not item.text:
            found.append(f"{here}: it asks nothing.")
        if len(item.options) < 3:
            found.append(f"{here}: it has {len(item.options)} options; three or more are due.")
        if len({option.text for option in item.options}) < len(item.options):
            found.append(f"{here}: two options are the same.")
        for option in item.options:
            if len(option.feedback.split()) < 4 or option.right is None:
                found.append(
                    f"{here}: '{option.text}' needs feedback that begins with Yes or No and says why."
                )
        right = sum(option.right is True for option in item.options)
        if not isinstance(item.right, int) or not 1 <= item.right < len(NUMBERS):
            found.append(f"{here}: 'right' should be the number of right options.")
        elif right != item.right:
            found.append(f"{here}: {right} of its options are right, where {item.right} should be.")
        if not isinstance(item.objective, int) or not 1 <= item.objective <= objectives:
            found.append(
                f"{here}: say which objective of the chapter it asks for, 1 to {objectives} "
                f"(in the notebook '<!-- objective 1 -->' behind the question, in YAML 'objective: 1')."
            )
    return found


def render(chapter: str, questions: list[Item]) -> str:
    """The questions as Markdown between their two marks."""
    lines = [BEGIN.format(id=chapter)]
    for number, item in enumerate(questions, start=1):
        several = f" *({NUMBERS[item.right].capitalize()} are right.)*" if item.right > 1 else ""
        lines += ["", f"**{number}. {item.text}**{several} <!-- objective {item.objective} -->", ""]
        for option in item.options:
            lines += [f"<details><summary>{option.text}</summary>", "", option.feedback, "", "</details>"]
    return "\n".join([*lines, "", END])


def refresh(folder: Path | None = None, write: bool = True) -> list[str]:
    """Sets every YAML quiz into its chapter.

    Parameters
    ----------
    folder : Path, optional
        The project; its own root if not given.
    write : bool
        Whether to change notebooks, or only to tell which are out of step.

    Returns
    -------
    list of str
        The ids of the chapters whose quiz was, or would be, changed.

    Raises
    ------
    CourseError
        If a quiz has no chapter, or the chapter no place for it.
    """
    folder = folder or paths.root()
    changed = []
    for path in sorted((folder / "quizzes").glob("*.yaml")):
        chapter = next(iter(sorted((folder / "notebooks").glob(f"{path.stem}_*.ipynb"))), None)
        if chapter is None:
            raise CourseError(f"{path.name}: there is no chapter {path.stem} for this quiz.")
        if set_in(chapter, render(path.stem, read(path)), write):
            changed.append(path.stem)
    return changed


def set_in(chapter: Path, block: str, write: bool) -> bool:
    """Puts a quiz between the marks in a chapter; whether that changes the chapter."""
    import nbformat

    notebook = masters.read(chapter)
    places = [cell for cell in notebook.cells if cell.cell_type == "markdown" and BLOCK.search(cell.source)]
    if len(places) != 1:
        raise CourseError(
            f"{chapter.name}: it needs one place for its quiz, between '{BEGIN.split(':')[0]}: … -->' and "
            f"'{END}'; it has {len(places)}."
        )
    fresh = BLOCK.sub(lambda _: block, places[0].source, count=1)
    if fresh == places[0].source:
        return False
    if write:
        places[0].source = fresh
        nbformat.write(notebook, chapter)
    return True


def extract(chapter: str, folder: Path | None = None) -> Path:
    """Moves a quiz that stands in a chapter into a YAML file, and puts the marks round it.

    Raises
    ------
    CourseError
        If there is no such chapter, no question in it or a YAML file already, or if questions do not stand
        together.
    """
    import nbformat
    import yaml

    folder = folder or paths.root()
    path = next(iter(sorted((folder / "notebooks").glob(f"{chapter}_*.ipynb"))), None)
    target = source(chapter, folder)
    if path is None:
        raise CourseError(f"There is no chapter '{chapter}'.")
    if target.exists():
        raise CourseError(f"{target.name} is there already: change the quiz there.")
    notebook = masters.read(path)
    questions = items(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "markdown" and _quiz_span(cell.source)]
    if not questions or len(cells) != 1:
        raise CourseError(f"{path.name}: its quiz should stand in one cell; it stands in {len(cells)}.")
    entries = [
        {"question": item.text, "objective": item.objective or 0}
        | ({"right": item.right} if item.right > 1 else {})
        | {"options": [{"text": option.text, "feedback": option.feedback} for option in item.options]}
        for item in questions
    ]
    target.parent.mkdir(exist_ok=True)
    head = f"# The quiz of {path.stem}. After a change: python3 course.py exercises\n"
    text = yaml.safe_dump({"questions": entries}, allow_unicode=True, sort_keys=False, width=105)
    target.write_text(head + text, encoding="utf-8")
    start, end = _quiz_span(cells[0].source)
    words = cells[0].source
    cells[0].source = words[:start] + render(chapter, read(target)) + words[end:]
    nbformat.write(notebook, path)
    return target


def _quiz_span(words: str) -> tuple[int, int] | None:
    """Where the questions of a cell begin and the last option of them ends."""
    for question in _QUESTION.finditer(words):
        options = list(_OPTION.finditer(words, question.end()))
        if options:
            return question.start(), options[-1].end()
    return None


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapter", help="the chapter's id, for example t2")
    try:
        made = extract(parser.parse_args().chapter)
        print(f"{made}: written. Give each question the number of its objective, then 'course.py exercises'.")
    except CourseError as problem:
        sys.exit(str(problem))

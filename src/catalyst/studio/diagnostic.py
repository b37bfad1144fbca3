"""The diagnostic of ten minutes: three questions for each bridge, and where to begin by what was answered.

Its questions stand in ``quizzes/course/diagnostic.yaml``. The page works without a script, as the quizzes do;
``course.js`` counts the first answers where it may. Depends on quizzes and the catalogue.
"""

from dataclasses import dataclass
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import catalogue, quizzes

PAGE = "diagnostic.md"
MINUTES = 10
ENOUGH = 2  # right answers of three with which a bridge may be passed over
FIRST, THEN = "f1", "t1"  # where everybody goes on after the bridges
_UNKNOWN = quizzes.Option("I do not know", "No, and that is worth knowing: *{title}* is about it.")


@dataclass(frozen=True)
class Part:
    """A bridge and the questions that tell whether it is needed."""

    chapter: str
    title: str
    questions: list[quizzes.Item]


def source(folder: Path | None = None) -> Path:
    """The YAML file of the questions."""
    return (folder or paths.root()) / "quizzes" / "course" / "diagnostic.yaml"


def read(path: Path | None = None) -> list[Part]:
    """The parts in their order.

    Raises
    ------
    CourseError
        If the file is no YAML or not of this form; the sentence names part and question.
    """
    import yaml

    path = path or source()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))["parts"]
    except (OSError, yaml.YAMLError, UnicodeDecodeError, KeyError, TypeError):
        raise CourseError(f"{path.name}: it should be YAML and hold 'parts:' with a list below it.") from None
    if not isinstance(entries, list):
        raise CourseError(f"{path.name}: 'parts:' should have a list below it.")
    parts = []
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict) or set(entry) != {"chapter", "title", "questions"}:
            raise CourseError(f"{path.name}, part {number}: it should have chapter, title and questions.")
        asked = [quizzes.item(path, n, question) for n, question in enumerate(entry["questions"], start=1)]
        parts.append(Part(str(entry["chapter"]), str(entry["title"]), asked))
    return parts


def faults(parts: list[Part], chapters: set[str]) -> list[str]:
    """What the questions lack, a sentence each.

    Parameters
    ----------
    parts : list of Part
    chapters : set of str
        The ids of the bridges that are written.
    """
    found = []
    for part in parts:
        name = f"{source().name}, {part.chapter}"
        if part.chapter not in chapters:
            found.append(f"{name}: there is no such bridge.")
        if len(part.questions) <= ENOUGH:
            found.append(f"{name}: it asks too little; {ENOUGH + 1} questions are due.")
        # They ask for a whole bridge, not for one of its objectives.
        whole = [quizzes.Item(item.text, item.options, 1, item.right) for item in part.questions]
        found += quizzes.faults(name, whole, 1)
    missing = sorted(chapters - {part.chapter for part in parts})
    return found + [f"{source().name}: nothing is asked for bridge {name}." for name in missing]


def write_page(out: Path, folder: Path | None = None) -> None:
    """Writes ``diagnostic.md`` into a folder; ``folder`` is the project, its own root if not given.

    Raises
    ------
    CourseError
        As :func:`read`.
    """
    known = catalogue.chapters(folder)
    (out / PAGE).write_text(page(read(source(folder)), known), encoding="utf-8")


def page(parts: list[Part], known: dict[str, catalogue.Chapter]) -> str:
    """The page as Markdown, as it stands in ``book/derived``."""
    asked = sum(len(part.questions) for part in parts)
    lines = [
        "# Where to begin: ten minutes",
        "",
        f"{asked} questions about what the chapters take for granted. They say which of the bridges would "
        "help you, and which you may pass over. Choose an option, and it opens on an answer: **the first "
        "that you open counts**. There is no mark, nothing is kept, and nothing is sent.",
        "",
        "If you have never written a line of Python, you need no diagnostic for that: set the course up and "
        f"begin with {_link(known, parts[0].chapter)}.",
    ]
    number = 0
    for part in parts:
        lines += ["", f"## {part.title}"]
        for item in part.questions:
            number += 1
            lines += ["", f"**{number}. {item.text}**", ""]
            title = known[part.chapter].title
            unknown = quizzes.Option(_UNKNOWN.text, _UNKNOWN.feedback.format(title=title))
            for option in [*item.options, unknown]:
                right = str(option.right).lower()
                lines += [
                    f'<details data-part="{part.chapter}" data-question="{number}" data-right="{right}">'
                    f"<summary>{option.text}</summary>",
                    "",
                    option.feedback,
                    "",
                    "</details>",
                ]
    enough = quizzes.NUMBERS[ENOUGH]
    lines += [
        "",
        "## Where you begin",
        "",
        '<p id="diagnostic-so-far" role="status"></p>',
        "",
        f"With fewer than {enough} first answers right under a heading, begin with its bridge; with {enough} "
        "or more you may pass over it, and come back when something is not clear.",
        "",
    ]
    for part in parts:
        chapter = known[part.chapter]
        takes = f"{chapter.minutes('read')} minutes, and {chapter.minutes('exercise')} for the exercises"
        count = f'data-part="{part.chapter}" data-enough="{ENOUGH}"></strong>'
        lines.append(f'- {_link(known, part.chapter)}, {takes}. <strong class="diagnostic-score" {count}')
    onward = [_link(known, name) for name in (FIRST, THEN) if known[name].written]
    lines += [
        "",
        f"Then everybody goes on with {', and then '.join(onward)}. Paths for four kinds of learner, with "
        "what to skip, stand under [four people like you](../profiles.md).",
    ]
    return "\n".join(lines) + "\n"


def _link(known: dict[str, catalogue.Chapter], name: str) -> str:
    chapter = known[name]
    return f"[{chapter.title}](../../notebooks/{chapter.notebook}.ipynb)"

"""A new chapter from the templates: notebook, exercises, quiz, coaching guide and lines in ``_toc.yml``.

They stand in ``templates``. What is made of them runs as it is; whatever an author has to replace says TO
FILL, which the chapter check finds. Depends on chapters, catalogue, quizzes and assignments.
"""

import json
import re
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import assignments, catalogue, chapters, coaching, coaching_pages, exercises, quizzes

FILL = chapters.TO_FILL
NAME = re.compile(rf"({catalogue.IDENTITY.pattern})_[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
# Two notebooks and a quiz in which {fill}, {id}, {title} and so on stand for what is put there.
TEMPLATES = Path(__file__).parent / "templates"
# The page about coaching in the contents, and those of the guides below it.
GUIDES, GUIDE = "      - file: book/coaching", re.compile(r"          - file: book/derived/coaching_(\w+)")
# The parts of the book in their order, each before the one after it.
PARTS = ("Bridge", "Foundations", "Themes", "Capstone", "Coaching", "The data")


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
                coaching.source(identity, folder),
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
    exercises.write_whole(
        quiz,
        _with_words((TEMPLATES / "quiz.yaml").read_text(encoding="utf-8"), {"name": name, "fill": FILL}),
    )
    exercises.write_whole(notebook, text_of(chapter(identity, title, quizzes.read(quiz))))
    exercises.write_whole(master, text_of(solutions(identity, title, name)))
    exercise = folder / "exercises" / identity / f"{identity}.ipynb"
    exercises.write_whole(exercise, assignments.generate(master))
    guide = coaching.source(identity, folder)
    exercises.write_whole(guide, coaching_pages.template(identity))
    exercises.write_whole(folder / "_toc.yml", contents)
    made = [notebook, master, exercise, quiz, guide, folder / "_toc.yml"]
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
    return "\n".join(_with_guide([*lines[:place], *entry, *lines[place:]], identity)) + "\n"


def _with_guide(lines: list[str], identity: str) -> list[str]:
    """The contents with the page of the coaching guide below its part's first page, in the chapters' "
    "order."""
    if GUIDES not in lines:
        return lines
    first = lines.index(GUIDES) + 2  # the line after is "sections:"
    end = next((n for n in range(first, len(lines)) if not GUIDE.fullmatch(lines[n])), len(lines))
    place = next((n for n in range(first, end) if _rank(GUIDE.fullmatch(lines[n])[1]) > _rank(identity)), end)
    return [*lines[:place], f"          - file: book/derived/coaching_{identity}", *lines[place:]]


def _rank(identity: str) -> tuple[int, int, str]:
    """The place of a chapter among all: bridge, foundations, themes, capstone, then its number."""
    return ("bftc".find(identity[0]), *_order(identity))


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
    return _filled("chapter", identity, title=title, quiz=quizzes.render(identity, quiz))


def solutions(identity: str, title: str, name: str):
    """The master of the exercises, with one worked example that is whole: it counts referral episodes."""
    return _filled("master", identity, small=title[0].lower() + title[1:], name=name)


def _filled(template: str, identity: str, **words: str):
    """A notebook made of a template: its words filled in, the chapter's id before those of its cells."""
    import nbformat

    words = {"fill": FILL, "id": identity, **words}

    def fill(part):
        if isinstance(part, dict):
            return {name: fill(value) for name, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        return _with_words(part, words) if isinstance(part, str) else part

    made = fill(json.loads((TEMPLATES / f"{template}.ipynb").read_text(encoding="utf-8")))
    for cell in made["cells"]:
        cell["id"] = f"{identity}-{cell['id']}"
    return nbformat.reads(json.dumps(made), as_version=4)


def _with_words(text: str, words: dict[str, str]) -> str:
    """Text with ``{id}`` and the like replaced; other braces, such as those of roles, stay."""
    return re.sub("|".join(f"{{{name}}}" for name in words), lambda found: words[found[0][1:-1]], text)

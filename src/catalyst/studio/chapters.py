"""The chapters and all other notebooks: what each must hold.

``faults`` holds a chapter against the skeleton that every chapter shares; ``notebook_faults`` holds any
notebook (chapter, master or exercise) against the rules for kept outputs, imports, cell ids and alt text.
Depends on masters, catalogue, quizzes, glossary and the release's schema.

    python -m catalyst.studio.chapters t2     # what this chapter and its exercises lack; all chapters if none
"""

import argparse
import ast
import re
import sys
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import catalogue, coaching, glossary, masters, quizzes, slide_tags

WANTED = {
    "title": str,
    "questions": list,
    "objectives": list,
    "keypoints": list,
    "prerequisites": list,
    "datasets": list,
    "agenda": list,
    "minutes_read": int,
    "minutes_exercise": int,
}
# A chapter may need nothing before it, and a bridge answers no question of the agenda; every other list
# must say something.
MAY_BE_EMPTY = {"prerequisites"}
SECTIONS = (
    "Why it matters",
    "The data",
    "A first look",
    "The trap",
    "The proper analysis",
    "Did we recover the truth?",
    "What it does and does not mean",
    "In the secure environment",
    "Key points",
)
# From the design of a chapter: what one sitting can hold.
SIZES = {"cells": (25, 40), "lines of code": (60, 120), "words": (1200, 2000)}
# A chapter of the bridge is half as long, and teaches a tool rather than a study.
BRIDGE = ("Why it matters", "The data", "The trap", "What it does and does not mean", "Key points")
BRIDGE_SIZES = {"cells": (15, 25), "lines of code": (25, 90), "words": (600, 1500)}
# The capstone shows how a study is done, in small, and how it is marked.
CAPSTONE = (
    "Why it matters",
    "How to do it",
    "The data",
    "A first look",
    "The trap",
    "The five parts",
    "Did we recover the truth?",
    "What it does and does not mean",
    "How it is marked",
    "Key points",
)
CAPSTONE_SIZES = {"cells": (20, 40), "lines of code": (50, 120), "words": (1200, 2000)}
SKELETONS = {
    "Bridge": ("chapter of the bridge", BRIDGE, BRIDGE_SIZES),
    "Capstone": ("capstone", CAPSTONE, CAPSTONE_SIZES),
}
# A line of code is one that does something: blanks, comments, imports and closing brackets are not counted.
COUNTS = re.compile(r"\s*(?!import |from \w[\w.]* import |#)(?=.*\w)")
# The same calls in R and Stata are code to look up, in a fence that names its language.
CODE_IN_PROSE = re.compile(r"^```\w+$.*?^```$", re.MULTILINE | re.DOTALL)
KEPT_TAGS = {"keep-output", "nbval-check-output"}
KEPT_CHARACTERS = 2000
TO_FILL = "TO FILL"
ALLOWED = {"chapter": {"load", "check", "truth"}, "exercise": {"load", "check"}, "master": {"load", "check"}}
BANK = {"wrong", "also"}
DRAWS = re.compile(
    r"\bplt\.(show|subplots|figure|plot|hist|bar|step)\(|\bsns\.\w*(plot|map|grid)\("
    r"|\.plot\w*[.(]|\.hist\(|\bax\w*(\[[^\]]*\])?\.(step|bar|barh|scatter|fill_between|errorbar|axvline|imshow)\("
)


def faults(path: Path) -> list[str]:
    """Everything that a chapter lacks of the skeleton that all share; empty when it is whole.

    Parameters
    ----------
    path : Path
        ``notebooks/<id>_<name>.ipynb``.

    Returns
    -------
    list of str
        One sentence a fault, each naming the notebook and, where there is one, the cell.
    """
    notebook, folder = masters.read(path), path.resolve().parents[1]
    found = _metadata(path, notebook) + _sections(path, notebook) + _sizes(path, notebook)
    found += _left_to_fill(path, notebook) + _terms(path, notebook, folder)
    found += _quiz(path, notebook, folder) + _objectives(path, notebook, folder) + _contents(path, folder)
    found += [f"{path.name}: {fault}" for fault in slide_tags.faults(notebook)]
    return found + notebook_faults(path, "chapter")


def master_faults(path: Path) -> list[str]:
    """What the master of a chapter's exercises lacks, and what a template left in it to be filled."""
    return masters.faults(path) + _left_to_fill(path, masters.read(path))


def measure(path: Path) -> dict[str, int]:
    """How long a chapter is: cells, lines of code (see ``COUNTS``) and words of prose."""
    notebook = masters.read(path)
    code = [line for cell in notebook.cells if cell.cell_type == "code" for line in cell.source.splitlines()]
    # A quiz is done, not read. Nor are alt text, references, roles, links and HTML read as words.
    prose = quizzes.BLOCK.sub(" ", _prose(notebook))
    prose = CODE_IN_PROSE.sub(" ", prose)
    prose = re.sub(r"!\[[^\]]*\]|\{[\w:]+\}`[^`]*`|\]\([^)]*\)|<[^>]+>|\$[^$]*\$", " ", prose)
    return {
        "cells": len(notebook.cells),
        "lines of code": sum(bool(COUNTS.match(line)) for line in code),
        "words": len(re.findall(r"[^\W_]+(?:[-'’.,][^\W_]+)*", prose)),
    }


def notebook_faults(path: Path, kind: str) -> list[str]:
    """Faults that any notebook may have: kept outputs, imports from the course, cell ids, alt text.

    Parameters
    ----------
    path : Path
        The notebook.
    kind : {"chapter", "exercise", "master"}
        Decides what may be imported from the course.
    """
    notebook = masters.read(path)
    found = masters.id_faults(path)
    for position, cell in enumerate(notebook.cells):
        here = masters.where(path, position, cell)
        if cell.cell_type != "code":
            continue
        found += [f"{here}: {fault}" for fault in (*_kept(cell), *_imports(cell, kind), *_alt(cell))]
    return found


def _metadata(path: Path, notebook) -> list[str]:
    data = notebook.metadata.get("catalyst", {})
    may_be_empty = MAY_BE_EMPTY | ({"agenda"} if _is_bridge(path) else set())
    found = []
    for name, kind in WANTED.items():
        value = data.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            found.append(f"{path.name}: its metadata catalyst.{name} should be a {kind.__name__}.")
        elif kind is list and not value and name not in may_be_empty:
            found.append(f"{path.name}: its metadata catalyst.{name} is empty.")
        elif kind is list and not all(isinstance(part, str) and part.strip() for part in value):
            found.append(f"{path.name}: its metadata catalyst.{name} should hold text only.")
        elif (kind is str and not value.strip()) or (kind is int and value <= 0):
            found.append(f"{path.name}: its metadata catalyst.{name} says nothing.")
    return found + _unknown(path, data)


def _unknown(path: Path, data: dict) -> list[str]:
    """Agenda ids that the agenda does not have, and datasets that the release does not."""
    from catalyst.release import schema

    known = {
        "agenda": {row["id"] for row in catalogue.facts("agenda")},
        "datasets": set(schema.every()),
    }
    what = {"agenda": "is no question of the agenda", "datasets": "is no table of the release"}
    return [
        f"{path.name}: '{value}' in its metadata catalyst.{name} {what[name]}."
        for name, values in known.items()
        for value in data.get(name, [])
        if isinstance(value, str) and value.strip() and value not in values
    ]


def _left_to_fill(path: Path, notebook) -> list[str]:
    """Cells in which the template's words still stand."""
    found = [
        f"{masters.where(path, position, cell)}: '{TO_FILL}' still stands in it."
        for position, cell in enumerate(notebook.cells)
        if TO_FILL in cell.source or TO_FILL in str(cell.metadata.get("mystnb", ""))
    ]
    if TO_FILL in str(notebook.metadata.get("catalyst", "")):
        found.append(f"{path.name}: '{TO_FILL}' still stands in its metadata.")
    return found


def _terms(path: Path, notebook, folder: Path) -> list[str]:
    """Terms of the glossary that a chapter uses and never links to, and links to terms that are not there."""
    known, prose = glossary.terms(folder / "book" / "glossary.md"), _prose(notebook)
    return [
        f"{path.name}: '{term}' stands in the glossary; link it where it is first used, {{term}}`{term}`."
        for term in glossary.unlinked(prose, known)
    ] + [
        f"{path.name}: {{term}}`{term}` leads nowhere: the glossary has no such term."
        for term in glossary.unknown(prose, known)
    ]


def _quiz(path: Path, notebook, folder: Path) -> list[str]:
    """What the quiz lacks; and a quiz in the chapter that is not the one in its YAML file."""
    questions, source = quizzes.items(notebook), quizzes.source(_identity(path), folder)
    if not questions:
        return [f"{path.name}: it has no quiz."]
    found = quizzes.faults(path.name, questions, len(_listed(notebook, "objectives")))
    if source.is_file():
        try:
            behind = quizzes.set_in(path, quizzes.render(_identity(path), quizzes.read(source)), write=False)
        except CourseError as problem:
            return [*found, str(problem)]
        if behind:
            found.append(
                f"{path.name}: its quiz is not that of quizzes/{source.name}: give 'course.py exercises'."
            )
    return found


def _objectives(path: Path, notebook, folder: Path) -> list[str]:
    """Objectives that no exercise and no question of the quiz asks for."""
    master = folder / "solutions" / _identity(path) / f"{_identity(path)}.ipynb"
    asked = {item.objective for item in quizzes.items(notebook)}
    objectives, found = _listed(notebook, "objectives"), []
    for exercise in masters.exercises(masters.read(master)) if master.is_file() else []:
        numbers = exercise.spec.get("objectives", [])
        if not isinstance(numbers, list) or not all(type(number) is int for number in numbers):
            continue  # the check of the master says so
        asked |= set(numbers)
        found += [
            f"{master.name}: {exercise.spec['id']} is for objective {number}; the chapter has "
            f"{len(objectives)}."
            for number in numbers
            if not 1 <= number <= len(objectives)
        ]
    return found + [
        f"{path.name}: no exercise and no quiz question is for objective {number}, '{text}': name it in an "
        f"exercise's metadata (catalyst.objectives: [{number}]) or behind a question of the quiz."
        for number, text in enumerate(objectives, start=1)
        if number not in asked
    ]


def _contents(path: Path, folder: Path) -> list[str]:
    """Whether the table of contents has the chapter and its exercises."""
    there = catalogue.contents(folder)
    identity = _identity(path)
    due = (f"notebooks/{path.stem}", f"exercises/{identity}/{identity}", f"book/derived/coaching_{identity}")
    return [f"{path.name}: _toc.yml lacks the line '- file: {name}'." for name in due if name not in there]


def _identity(path: Path) -> str:
    return path.stem.partition("_")[0]


def _is_bridge(path: Path) -> bool:
    return catalogue.part_of(_identity(path)) == "Bridge"


def _skeleton(path: Path) -> tuple[str, tuple[str, ...], dict[str, tuple[int, int]]]:
    """What a chapter is called, the sections that it has and how long it may be, by its part of the book."""
    return SKELETONS.get(catalogue.part_of(_identity(path)), ("chapter", SECTIONS, SIZES))


def _listed(notebook, name: str) -> list:
    value = notebook.metadata.get("catalyst", {}).get(name, [])
    return value if isinstance(value, list) else []


def _prose(notebook) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def _headings(notebook) -> list[tuple[int, str]]:
    found, fenced = [], False
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for line in cell.source.splitlines():
            if line.lstrip().startswith(("```", "~~~")):
                fenced = not fenced
            match = re.match(r"(#{1,6})\s+(.+?)\s*$", line)
            if match and not fenced:
                found.append((len(match.group(1)), match.group(2)))
    return found


def _sections(path: Path, notebook) -> list[str]:
    headings = _headings(notebook)
    titles = [text for level, text in headings if level == 1]
    found = []
    if len(titles) != 1 or headings[0][0] != 1:
        found.append(f"{path.name}: it needs one '# Title', first of all headings; it has {len(titles)}.")
    seconds = [text for level, text in headings if level == 2]
    places = []
    _, due, _ = _skeleton(path)
    for section in due:
        here = [i for i, text in enumerate(seconds) if text.lower().startswith(section.lower())]
        if len(here) != 1:
            found.append(f"{path.name}: it needs one heading '## {section}'; it has {len(here)}.")
        else:
            places.append(here[0])
    if places != sorted(places):
        found.append(f"{path.name}: its sections are not in the order {'; '.join(due)}.")
    return found


def _sizes(path: Path, notebook) -> list[str]:
    kind, _, sizes = _skeleton(path)
    return [
        f"{path.name}: it has {size} {what}; a {kind} has {sizes[what][0]} to {sizes[what][1]}."
        for what, size in measure(path).items()
        if not sizes[what][0] <= size <= sizes[what][1]
    ]


def _kept(cell) -> list[str]:
    """A kept output is small text with both tags and its count; a cell without the tags keeps nothing."""
    tags = masters.tags(cell)
    outputs, count = cell.get("outputs", []), cell.get("execution_count")
    if not tags & KEPT_TAGS:
        if outputs or count:
            return ["it keeps an output or a count without the tags keep-output and nbval-check-output."]
        return []
    found = []
    absent = sorted(KEPT_TAGS - tags)
    if absent:
        found.append(f"its output is kept, but it lacks the tag {absent[0]}.")
    if not outputs:
        found.append("it is tagged to keep its output, and has none: nothing would be compared.")
    if not isinstance(count, int):
        found.append("its output is kept without an execution count.")
    if any(
        kind.startswith(("image/", "application/")) for output in outputs for kind in output.get("data", {})
    ):
        found.append("its kept output is a picture or a program; keep text alone.")
    if any(output.output_type == "error" for output in outputs):
        found.append("its kept output is an error.")
    if len(str(outputs)) > KEPT_CHARACTERS:
        found.append(f"its kept output is longer than {KEPT_CHARACTERS} characters; keep a headline.")
    return found


def _imports(cell, kind: str) -> list[str]:
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        return ["its code cannot be parsed as Python."]
    found = []
    bank = kind == "master" and "mistake" in masters.tags(cell)
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.partition(".")[0] == "catalyst"]
            found += [f"'import {name}': write 'from catalyst import load' and the like." for name in names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "catalyst":
            names = {alias.name for alias in node.names}
            if node.module == "catalyst":
                extra = names - ALLOWED[kind]
            elif node.module == "catalyst.marking" and bank:
                extra = names - BANK
            else:
                extra = names
            if extra:
                allowed = ", ".join(sorted(ALLOWED[kind]))
                more = (
                    "; wrong and also from catalyst.marking in cells tagged 'mistake'"
                    if kind == "master"
                    else ""
                )
                found.append(
                    f"it imports {', '.join(sorted(extra))} from {node.module}; "
                    f"{'an' if kind == 'exercise' else 'a'} {kind} may import {allowed}{more}."
                )
    return found


def _alt(cell) -> list[str]:
    if not DRAWS.search(_code_alone(cell.source)) or masters.is_hidden(cell):
        return []
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    if not isinstance(alt, str) or not alt.strip():
        return ["it draws a figure without alt text (metadata mystnb.image.alt)."]
    if len(alt.split()) < 5 or re.search(r"\.(png|svg|jpe?g)\b", alt):
        return ["its alt text should say in a sentence what the figure shows."]
    return []


def _code_alone(source: str) -> str:
    return "\n".join(line.partition("#")[0] for line in masters.outside(source).splitlines())


def main(argv: list[str] | None = None) -> int:
    """Prints what chapters and the masters of their exercises lack; 1 if they lack anything."""
    parser = argparse.ArgumentParser(description="What chapters and their exercises lack.")
    parser.add_argument("ids", nargs="*", help="chapters by their ids; all if none is given")
    asked = parser.parse_args(argv).ids
    written = {_identity(path): path for path in sorted((paths.root() / "notebooks").glob("*_*.ipynb"))}
    for identity in asked:
        if identity not in written:
            print(
                f"There is no chapter '{identity}': the chapters are {', '.join(written)}.", file=sys.stderr
            )
            return 2
    found = [
        fault
        for identity, path in written.items()
        if not asked or identity in asked
        for fault in all_faults(path)
    ]
    print("\n".join(found) if found else "Nothing is missing.")
    return 1 if found else 0


def all_faults(path: Path) -> list[str]:
    """What a chapter lacks, and what the master of its exercises and its coaching guide lack."""
    identity = _identity(path)
    master = path.resolve().parents[1] / "solutions" / identity / f"{identity}.ipynb"
    if not master.is_file():
        return [
            *faults(path),
            f"{path.name}: it has no exercises: solutions/{identity}/{master.name} is missing.",
        ]
    specs = [exercise.spec for exercise in masters.exercises(masters.read(master))]
    guide = coaching.chapter_faults(identity, specs, path.resolve().parents[1])
    return faults(path) + master_faults(master) + guide


if __name__ == "__main__":
    sys.exit(main())

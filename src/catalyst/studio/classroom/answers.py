"""The instructor's answer key in words: the numbers of the seed in hand, and what each known mistake gives.

Depends on the keys alone.
"""

from typing import Any

from catalyst.marking import kinds
from catalyst.marking.answers import decode
from catalyst.marking.compare import is_number
from catalyst.marking.words import shown
from catalyst.studio.classroom.chapter import Chapter

TEMPLATE = """\
# Answers: {title}

For the instructor alone: nothing of this page is in a release. Every number was computed on the assignment's
own data by running the master (`source/{id}/{id}.ipynb`), which holds the worked solutions.

{body}"""


def page(chapter: Chapter, keys: dict[str, dict], names: dict[str, str]) -> str:
    """The answer key of a chapter in Markdown.

    Parameters
    ----------
    keys : dict of str to dict
        The key of each variant.
    names : dict of str to str
        For each variant, whose it is.

    Returns
    -------
    str
        One section an exercise: its points, the answer, other accepted answers, and what each known
        mistake gives and is told. With variants, one table an exercise with a row for each.
    """
    entries = next(iter(keys.values()))["exercises"]
    body = [_exercise(chapter, name, keys, names) for name in entries]
    return TEMPLATE.format(
        title=chapter.title.removeprefix("Exercises: "), id=chapter.id, body="\n".join(body)
    )


def _exercise(chapter: Chapter, name: str, keys: dict[str, dict], names: dict[str, str]) -> str:
    each = {variant: key["exercises"][name] for variant, key in keys.items()}
    entry = next(iter(each.values()))
    points = chapter.points[name]
    lines = [f"## {name} ({points} point{'s' if points != 1 else ''})", ""]
    if entry.get("tolerance"):
        lines += [
            f"Accepted within {entry['tolerance']} ({entry.get('unit', 'the unit of the answer')}).",
            "",
        ]
    mistakes = [mistake["name"] for mistake in entry["mistakes"]]
    if len(each) == 1:
        lines += [f"**Answer:** {_said(entry, entry['answer'])}", ""]
        lines += [
            f"Also right: {_said(entry, o['answer'])}. {o['reason']}\n" for o in entry.get("accept", [])
        ]
        lines += ["| Mistake | Gives | What is said |", "|---|---|---|"]
        lines += [
            f"| {_cell(m['name'])} | {_cell(_said(entry, m['answer']))} | {_cell(m['message'])} |"
            for m in entry["mistakes"]
        ]
        return "\n".join([*lines, ""])
    lines += [
        f"| Student | Answer | {' | '.join(map(_cell, mistakes))} |",
        f"|---|---|{'---|' * len(mistakes)}",
    ]
    for variant, own in each.items():
        given = {mistake["name"]: _said(own, mistake["answer"]) for mistake in own["mistakes"]}
        row = [names[variant], _said(own, own["answer"]), *(given.get(m, "") for m in mistakes)]
        lines.append(f"| {' | '.join(map(_cell, row))} |")
    lines += ["", *(f"- **{m['name']}:** {m['message']}" for m in entry["mistakes"])]
    return "\n".join([*lines, ""])


def _said(entry: dict, stored: dict) -> str:
    """An answer in words: rounded to a digit beyond its tolerance."""
    reading = kinds.read(entry, decode(stored))
    if entry["kind"] in ("choices", "order"):
        return ", ".join(map(str, reading.rows))
    cells = reading.cells
    if set(cells) == {()}:
        return _value(entry, cells[()])
    return "; ".join(f"{_label(cell)}: {_value(entry, value)}" for cell, value in cells.items())


def _label(cell: Any) -> str:
    return ", ".join(map(str, cell)) if isinstance(cell, tuple) else str(cell)


def _value(entry: dict, value: Any) -> str:
    allowed = entry.get("tolerance", 0)
    allowed = min(allowed.values(), default=0) if isinstance(allowed, dict) else allowed
    return shown(value, allowed / 10 if allowed else 0) if is_number(value) else str(value)


def _cell(text: str) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")

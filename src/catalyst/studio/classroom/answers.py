"""The instructor's answer key in words: the numbers of the seed in hand, and what each known mistake gives.

Depends on the keys, and on the words of the rubrics.
"""

from catalyst.studio.classroom.chapter import Chapter
from catalyst.studio.rubrics import cell, said

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
        lines += [f"**Answer:** {said(entry, entry['answer'])}", ""]
        lines += [f"Also right: {said(entry, o['answer'])}. {o['reason']}\n" for o in entry.get("accept", [])]
        lines += ["| Mistake | Gives | What is said |", "|---|---|---|"]
        lines += [
            f"| {cell(m['name'])} | {cell(said(entry, m['answer']))} | {cell(m['message'])} |"
            for m in entry["mistakes"]
        ]
        return "\n".join([*lines, ""])
    lines += [
        f"| Student | Answer | {' | '.join(map(cell, mistakes))} |",
        f"|---|---|{'---|' * len(mistakes)}",
    ]
    for variant, own in each.items():
        given = {mistake["name"]: said(own, mistake["answer"]) for mistake in own["mistakes"]}
        row = [names[variant], said(own, own["answer"]), *(given.get(m, "") for m in mistakes)]
        lines.append(f"| {' | '.join(map(cell, row))} |")
    lines += ["", *(f"- **{m['name']}:** {m['message']}" for m in entry["mistakes"])]
    return "\n".join([*lines, ""])

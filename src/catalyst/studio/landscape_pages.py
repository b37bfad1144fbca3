"""The pages on the data landscape: an index, a comparison, a guide to each dataset, environments, challenges.

All of them follow from the files that :mod:`catalyst.studio.landscape` reads; the words round them stand
here. Depends on the landscape, the catalogue and the overview's links.
"""

from collections.abc import Iterable
from pathlib import Path

from catalyst.errors import CourseError
from catalyst.release import schema
from catalyst.studio import catalogue
from catalyst.studio.catalogue import Chapter
from catalyst.studio.landscape import COMPARED, FACT, MISSING, OURS, TOPICS, Entry, Statement, entries, faults
from catalyst.studio.overview import agenda_link, link

_MARKS = {OURS: "*Our reading:* ", MISSING: "*Not found:* "}
_INDEX = """\
# The data landscape

The research agenda for children at risk of poor outcomes {cite:p}`griffiths2025agenda` names twelve
flagship datasets in three nations. A guide to each stands below: what is in it, who, for which years, how
it is linked, what cannot be seen in it, where it is held and how one applies, which questions of the agenda
it can serve, and which synthetic tables of this course stand in for it.

:::{admonition} How these pages were made, and how far to trust them
:class: important
They were compiled from published descriptions, by people without access to the data. Every statement is one
of three kinds. A **fact** has its source beside it. **Our reading** is marked so: an inference of ours,
which somebody with access may correct. “**We found no** …” is what we looked for in vain; it may well
exist. Sources were read as stored copies, in November 2026; some are undated. Before you apply, look at the
live page.
:::

- [](landscape_comparison.md), in one table.
- [](landscape_environments.md): who may work there, steps, time, and how outputs leave. One environment is
  Northern Ireland's, for which the agenda names no dataset.
- [](landscape_challenges.md) that the agenda names, whom each hides, and what can be done today.

"""
_PRACTISE = """\
## Practise before you have access

An application takes weeks or months. Meanwhile there are, beside this course:

- for justice data, low-fidelity synthetic tables of Data First, such as the Crown Court's at the UK Data
  Service, for registered users and without commercial use {cite:p}`ukds9395`;
- for the two English returns, invented files that ship with the validators of Data to Insight: of the
  children in need census {cite:p}`d2icin` and of SSDA903 {cite:p}`d2i903`. We found no licence file beside
  the second: ask before you reuse it.

Low-fidelity data keep the structure of the real ones and not the relations between columns. They show
whether code runs, and not whether an analysis is right. This course's world is the other way round: its
relations are known because they were planted, and only some of its structure is official; see
[](../limits.md).

"""
_COMPARISON = """\
# The twelve datasets side by side

In short forms; the sources, and all that a short form leaves out, stand on the page of each dataset. “Not
found” means that we found no publication, not that there is nothing. On a narrow screen each dataset is a
card.

"""
_ENVIRONMENTS = """\
# Where the data are held

A {term}`secure research environment` lets people in, and no records out. The four that serve the United
Kingdom's nations share principles, such as the {term}`five safes`, and differ in nearly everything
practical. What we could find stands here, with its source; ask the environment for the rest before you plan
a timetable.

:::{tip}
Three things take longest, and can start on the day on which you have a question: training and accreditation
of each person (see {term}`accredited researcher`), an agreement between your organisation and the
environment, and the approval of whoever owns the data. What comes out in the end is only what an
{term}`output checker` lets through: [Safe outputs](../../notebooks/f4_safe_outputs.ipynb) practises that.
:::

"""
_CHALLENGES = """\
# Six standing challenges

The agenda names six standing challenges {cite:p}`griffiths2025agenda`: identifiers, pupil numbers and
children before school age, definitions, local and third-sector data, data on services, and qualitative
evidence with lived experience. We have its list and not its words. What follows is put together from other
published sources. What stands without a source is our own reading of them.

Nobody with lived experience of services has reviewed this page yet.

"""


def write_pages(out: Path, folder: Path | None = None) -> None:
    """Writes every page of the landscape, as MyST Markdown.

    Parameters
    ----------
    out : Path
        The folder of derived pages.
    folder : Path, optional
        The project, whose chapters the pages link to; its own root if not given.

    Raises
    ------
    CourseError
        If something is wrong with the files behind the pages.
    """
    wrong = faults()
    if wrong:
        raise CourseError(f"The data landscape cannot be written before this is mended: {wrong[0]}")
    catalogue.write_pages(out, pages(), catalogue.chapters(folder))


def pages() -> dict:
    """What makes each page from the chapters, by the page's name."""
    made = {
        "landscape": index_page,
        "landscape_comparison": comparison_page,
        "landscape_environments": environments_page,
        "landscape_challenges": challenges_page,
    }
    for entry in entries("datasets").values():
        made[page_name(entry)] = lambda known, entry=entry: dataset_page(entry)
    return made


def page_name(entry: Entry) -> str:
    """The page of a dataset, without its ending."""
    return f"landscape_{entry.id}"


def index_page(_known: dict[str, Chapter]) -> str:
    """The way in: the twelve by nation, by theme of the agenda, and all that was not found."""
    every = list(entries("datasets").values())
    lines = [_INDEX.rstrip() + "\n", "## The twelve datasets", ""]
    for nation, members in _grouped(every, lambda entry: entry.nation).items():
        lines += [f"### {nation}", ""]
        lines += [f"- {_link(entry, entry.name)}{_short(entry)}. {entry.purpose}" for entry in members] + [""]
    lines += [
        "## Which dataset for which theme",
        "",
        "How many questions of a theme a dataset can serve, at least in part, as we read its "
        "description. Which ones, and by which of its records, stands on its page.",
        "",
    ]
    asked = catalogue.facts("agenda")
    for theme, questions in _grouped(asked, lambda row: row["theme"]).items():
        ids = [row["id"] for row in questions]
        number = ids[0].partition(".")[0]
        serving = [(entry, len(set(ids) & set(entry.ids()))) for entry in every]
        named = [f"{_link(entry)} ({count} of {len(ids)})" for entry, count in serving if count]
        lines += [
            f"[{number} {theme}](#theme-{number})",
            f": {'; '.join(named) or 'None of the twelve'}.",
            "",
        ]
    lines += [_PRACTISE.rstrip() + "\n", "## What we looked for and did not find", ""]
    lines += ["If you know where one of these is published, tell us: the pages change by themselves.", ""]
    for entry in every:
        absent = [s.words for group in entry.facts.values() for s in group if s.kind == MISSING]
        if absent:
            lines += [
                f":::{{dropdown}} {entry.short}: {len(absent)}",
                "",
                *(f"- {words}" for words in absent),
                ":::",
                "",
            ]
    return "\n".join(lines).rstrip() + "\n"


def comparison_page(_known: dict[str, Chapter]) -> str:
    """The table of datasets; each cell repeats its heading, for screens on which a row becomes a card."""
    environments = entries("environments")
    lines = [
        _COMPARISON.rstrip() + "\n",
        ":::{list-table} The flagship datasets that the agenda names, compared",
        ":header-rows: 1",
        ":stub-columns: 1",
        ":class: landscape-table",
        "",
    ]
    heads = ["Nations and size", "One record", "Years", "Link", "Share linked", "Held in", "Not in it"]
    lines += _row(["Dataset", *heads])
    for entry in entries("datasets").values():
        where = _held(entry, environments, "short")
        said = {topic: entry.brief(topic) for topic in COMPARED}
        cells = [
            said["coverage"],
            said["unit"],
            said["years"],
            said["linkage"],
            said["rates"],
            where,
            said["unseen"],
        ]
        labelled = [f"[{head}:]{{.card-label}} {cell}" for head, cell in zip(heads, cells, strict=True)]
        lines += _row([_link(entry), *labelled])
    return "\n".join([*lines, ":::"]) + "\n"


def _held(entry: Entry, environments: dict[str, Entry], words: str) -> str:
    """Where a dataset is held, linked; whether that is our reading; or that it was not found."""
    held = environments.get(entry.environment)
    if not held:
        return "Not found"
    ours = " (our reading)" if entry.rest.get("environment_is_ours") else ""
    return f"[{getattr(held, words)}](#environment-{held.id}){ours}"


def _row(cells: list[str]) -> list[str]:
    return [f"* - {cells[0]}", *(f"  - {cell}" for cell in cells[1:])]


def dataset_page(entry: Entry) -> str:
    """The guide to one dataset."""
    where = _held(entry, entries("environments"), "name")
    lines = [
        f"(landscape-{entry.id.replace('_', '-')})=",
        f"# {entry.name}",
        "",
        "Part of the [data landscape](landscape.md). From published descriptions, not from the data.",
        "",
        entry.opening.strip(),
        "",
        "## At a glance",
        "",
    ]
    glance = {
        "Known as": entry.short,
        "Nations and size": entry.brief("coverage"),
        "One record": entry.brief("unit"),
        "Years": entry.brief("years"),
        "Link": entry.brief("linkage"),
        "Share linked": entry.brief("rates"),
        "Held in": where,
        "Not in it": entry.brief("unseen"),
    }
    for head, words in glance.items():
        lines += [head, f": {words}.", ""]
    for topic, title in TOPICS["datasets"].items():
        lines += _topic(f"## {title}", entry.facts[topic])
        if topic == "access" and entry.environment:
            lines += [f"What holds for every project there: {where}.", ""]
    lines += ["## Before you apply, find out", "", *(f"- {question}" for question in entry.ask), ""]
    lines += [*_serves(entry), *_stands_in(entry)]
    return "\n".join(lines).rstrip() + "\n"


def _serves(entry: Entry) -> list[str]:
    lines = [
        "## Which questions of the agenda it can serve",
        "",
        "As we read its description, wholly or in part. Each number leads to the question, with a "
        "design for it.",
        "",
    ]
    for part in entry.agenda:
        lines.append(f"- {', '.join(agenda_link(identity) for identity in part['ids'])}: {part['how']}")
    return [*lines, ""]


def _stands_in(entry: Entry) -> list[str]:
    lines = [
        "## What stands in for it in this course",
        "",
        "Synthetic tables, in the English form of the returns. They have the shape of the real ones, or "
        "near it, and nobody's record.",
        "",
    ]
    for part in entry.stands_in:
        tables = ", ".join(table_link(name) for name in part["tables"])
        differs = f" {part['differs']}" if part.get("differs") else ""
        lines += [part["part"], f": {tables}.{differs}", ""]
    return [*lines, f"No table here stands in for: {entry.not_here[0].lower()}{entry.not_here[1:]}", ""]


def environments_page(_known: dict[str, Chapter]) -> str:
    """What is published of the four secure environments."""
    datasets = entries("datasets").values()
    lines = [_ENVIRONMENTS.rstrip() + "\n"]
    for entry in entries("environments").values():
        lines += [f"(environment-{entry.id})=", f"## {entry.name}", ""]
        here = [_link(dataset) for dataset in datasets if dataset.environment == entry.id]
        lines += [f"Of the twelve datasets: {'; '.join(here) or 'none'}.", ""]
        for topic, title in TOPICS["environments"].items():
            lines += _topic(f"### {title}", entry.facts[topic])
    return "\n".join(lines).rstrip() + "\n"


def challenges_page(known: dict[str, Chapter]) -> str:
    """The agenda's six standing challenges."""
    lines = [_CHALLENGES.rstrip() + "\n"]
    for entry in entries("challenges").values():
        lines += [
            f"(challenge-{entry.id.replace('_', '-')})=",
            f"## {entry.place}. {entry.name}",
            "",
            entry.question,
            "",
        ]
        for topic, title in TOPICS["challenges"].items():
            lines += _topic(f"### {title}", entry.facts[topic], marked=False)
        lines += ["### Where the course teaches it", ""]
        lines += [f"- {link(known[chapter['id']])}: {chapter['how']}" for chapter in entry.chapters]
        lines += [
            "",
            f"Questions that it stands in the way of: {', '.join(map(agenda_link, entry.ids()))}.",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def table_link(name: str) -> str:
    """A synthetic table's title, linked to the data dictionary."""
    return f"[{schema.table(name).title}](#table-{name.replace('_', '-')})"


def dataset_links(names: Iterable[str]) -> dict[str, str]:
    """For each name of a dataset in ``agenda_answers.csv`` that is a flagship, the page that describes it."""
    known = {entry.known_as: page_name(entry) for entry in entries("datasets").values() if entry.known_as}
    return {name: f"{known[name]}.md" for name in names if name in known}


def elsewhere(identity: str) -> list[str]:
    """Links to the datasets of Scotland and Wales that can serve a question of the agenda."""
    return [_link(e) for e in entries("datasets").values() if e.nation != "England" and identity in e.ids()]


def _topic(heading: str, statements: tuple[Statement, ...], marked: bool = True) -> list[str]:
    return [heading, "", *(f"- {_said(statement, marked)}" for statement in statements), ""]


def _said(statement: Statement, marked: bool = True) -> str:
    """A statement with its sources before the full stop, or with the mark of its kind."""
    if statement.kind == OURS and not marked:
        return statement.words
    if statement.kind != FACT:
        plain = statement.kind == MISSING and statement.words.startswith("We found")
        return ("" if plain else _MARKS[statement.kind]) + statement.words
    return f"{statement.words.removesuffix('.')} {{cite:p}}`{','.join(statement.sources)}`."


def _link(entry: Entry, words: str | None = None) -> str:
    return f"[{words or entry.short}]({page_name(entry)}.md)"


def _short(entry: Entry) -> str:
    return "" if " " in entry.short else f" ({entry.short})"


def _grouped(rows: Iterable, key) -> dict:
    found: dict = {}
    for row in rows:
        found.setdefault(key(row), []).append(row)
    return found

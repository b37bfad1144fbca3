"""The agenda map: for each question of the research agenda what can be answered, with what, how and where.

The questions stand in ``facts/agenda.csv``, our answers in ``agenda_answers.csv`` and what frames them in
``agenda_frame.csv``. Whether a chapter takes a question up is read from the chapter's notebook, so a page
changes by itself when a chapter is written; in which of its sections and exercises stands in
``agenda_sections.csv``. Depends on the catalogue and the release's schema.
"""

from collections import Counter
from pathlib import Path

from catalyst.studio import catalogue, landscape_pages
from catalyst.studio.catalogue import Chapter
from catalyst.studio.overview import PREPARATION, agenda_link, exercise_link, link, links

ANSWERABLE = {
    "yes": "can be answered with data that researchers can apply for today",
    "partly": "can be answered in part",
    "waits": "waits for new data",
}
STAGES = {
    "before": "before care",
    "in": "in care",
    "after": "after care or after involvement",
    "all": "at every stage",
}
ASKS = {
    "profile": "a profile of those concerned",
    "compare": "a comparison of places, groups or years",
    "associate": "what goes with what",
    "effect": "what a cause changes",
}
# What the course calls the datasets in life; the guide to them is the data dictionary's.
IN_LIFE = (
    "CIN census",
    "SSDA903",
    "ECHILD",
    "LEO",
    "MoJ–DfE",
    "GUIE",
    "FACO",
    "workforce census",
    "published aggregates",
    "programme records",
    "local records",
    "none today",
)
# Answerable, at least in part, and yet in no section of a chapter so far, and why.
NOT_TAKEN_UP = {
    "5.4": "No chapter works it. The profiles are there; what goes with them would be modelled with the "
    "correction for classes that are not certain, as the chapter does for tiers",
    "6.6": "No chapter works it. The tables are in the course; in the teaching extract few young people have "
    "any support as adults on record",
}
_NAMES = {
    "CIN census": "CIN census (in ECHILD, LEO and MoJ–DfE)",
    "SSDA903": "SSDA903 (in ECHILD, LEO and MoJ–DfE)",
    "ECHILD": "ECHILD (education, social care and hospital records linked)",
    "LEO": "LEO (education, social care, work and benefits linked)",
    "MoJ–DfE": "the MoJ–DfE link (education, social care and offences)",
    "GUIE": "Growing up in England (Census 2011, education and social care)",
    "FACO": "Data First family court linked to Cafcass",
}
_HEAD = """\
# The agenda map

The research agenda for children at risk of poor outcomes {{cite:p}}`griffiths2025agenda` asks {questions}
questions in ten themes and adds an eleventh, on evaluation, that lists none. This map says of each what can
be answered today, with which data, by which design and in which chapter, or what it waits for. The questions
are given in our words; whether one can be answered is our judgement, made from published descriptions of the
data, and a reader with access will know better. All of them, one by one: [](agenda_questions.md).

Every number that this course itself gives is synthetic: a chapter shows *how* a question is answered, never
the answer.
"""


def write_pages(out: Path, folder: Path | None = None) -> None:
    """Writes ``agenda_map`` and ``agenda_questions`` into a folder.

    ``folder`` is the project; its own root if not given.
    """
    pages = {"agenda_map": map_page, "agenda_questions": questions_page}
    catalogue.write_pages(out, pages, catalogue.chapters(folder))


def questions() -> list[dict]:
    """Every question with its answer: the columns of both tables, lists where there are several."""
    answers = {row["id"]: row for row in catalogue.facts("agenda_answers")}
    found = []
    for row in catalogue.facts("agenda"):
        answer = answers[row["id"]]
        several = {name: _several(answer[name]) for name in ("datasets", "tables", "chapters")}
        found.append({**row, **answer, **several})
    return found


def faults() -> list[str]:
    """What is wrong with the tables behind the map, a sentence each; empty when all is whole."""
    from catalyst.release import schema

    asked = {row["id"]: row for row in catalogue.facts("agenda")}
    answers = catalogue.facts("agenda_answers")
    planned = {row["id"] for row in catalogue.facts("chapters")}
    judged = {"yes": "yes", "partly": "partly", "needs new data": "waits"}
    there = {row["id"] for row in answers}
    found = [f"agenda_answers.csv: question {name} has no row." for name in asked if name not in there]
    for identity, times in Counter(row["id"] for row in answers).items():
        if times > 1 or identity not in asked:
            found.append(f"agenda_answers.csv: '{identity}' stands there {times} times, or is no question.")
    for row in answers:
        here = f"agenda_answers.csv, {row['id']}"
        for name, allowed in (("answerable", ANSWERABLE), ("stage", STAGES), ("asks", ASKS)):
            if row[name] not in allowed:
                found.append(f"{here}: {name} is '{row[name]}'; it may be {', '.join(allowed)}.")
        for name, allowed in (("tables", schema.tables()), ("chapters", planned), ("datasets", IN_LIFE)):
            values = _several(row[name])
            found += [f"{here}: '{v}' in {name} is not known." for v in values if v not in allowed]
            if not values:
                found.append(f"{here}: {name} is empty.")
        if not row["design"].strip():
            found.append(f"{here}: design is empty.")
        if (row["answerable"] == "yes") == bool(row["waits_for"].strip()):
            found.append(
                f"{here}: waits_for belongs to what is not, or only partly, answerable, and to that alone."
            )
        if row["id"] in asked and judged.get(asked[row["id"]]["data_today"]) != row["answerable"]:
            found.append(
                f"{here}: answerable is '{row['answerable']}', which agenda.csv's data_today denies."
            )
    return found


def section_faults(known: dict[str, Chapter]) -> list[str]:
    """What is wrong with the sections named for questions, a sentence each, by the chapters as they are."""
    rows = catalogue.facts("agenda_sections")
    asked = {row["id"] for row in catalogue.facts("agenda")}
    found = []
    for (identity, name, place), times in Counter(tuple(row.values()) for row in rows).items():
        here = f"agenda_sections.csv, {identity}, {name}"
        if times > 1:
            found.append(f"{here}: '{place}' stands there {times} times.")
        if identity not in asked:
            found.append(f"{here}: the agenda has no such question.")
        if name not in known or not known[name].written:
            found.append(f"{here}: no such chapter is written.")
        elif not _place(known[name], place):
            found.append(f"{here}: the chapter has no heading and no exercise '{place}'.")
    placed = {row["id"] for row in rows}
    for row in catalogue.facts("agenda_answers"):
        identity = row["id"]
        if row["answerable"] != "waits" and identity not in placed and identity not in NOT_TAKEN_UP:
            found.append(f"agenda_sections.csv: question {identity} is answerable and has no section.")
        if identity in placed and identity in NOT_TAKEN_UP:
            found.append(f"agenda_sections.csv: question {identity} has a section; NOT_TAKEN_UP denies it.")
    return found


def map_page(known: dict[str, Chapter]) -> str:
    """The overview: counts by theme, chapters, and what frames the questions."""
    every = questions()
    lines = [_HEAD.format(questions=len([q for q in every if not q["id"].startswith("11.")]))]
    lines += ["## Theme by theme", "", "| theme | yes | partly | waits |", "|---|---:|---:|---:|"]
    where = ["Which chapters take a theme up:", ""]
    for theme, members in _themes(every).items():
        count = Counter(question["answerable"] for question in members)
        named = dict.fromkeys(name for question in members for name in _chapters(question, known))
        number = members[0]["id"].partition(".")[0]
        cells = " | ".join(str(count[answerable] or "–") for answerable in ANSWERABLE)
        lines.append(f"| [{number} {theme}](#theme-{number}) | {cells} |")
        where += [f"{number} {theme}", f": {links([known[name] for name in named])}.", ""]
    lines += ["", *where]
    return "\n".join([*lines, *_frame(every)]).rstrip() + "\n"


def _frame(every: list[dict]) -> list[str]:
    """What the agenda says round its questions: each part from its rows, or plainly that it has none yet."""
    rows = catalogue.facts("agenda_frame")
    lines = ["## Where the agenda comes from", "", *_said(rows, "aim")]
    lines += ["## Profiling first", "", *_said(rows, "profiling")]
    lines += _count(every, "asks", ASKS, "a question asks for")
    lines += ["## Before, in and after care", "", *_said(rows, "balance")]
    lines += _count(every, "stage", STAGES, "a question is about children and families")
    lines += ["## The four recommendations", "", *_said(rows, "recommendation")]
    lines += ["## Footnotes", "", *_said(rows, "footnote")]
    lines += [
        "## What departments say they want to know",
        "",
        "Areas of research interest that departments publish, with the themes that touch them. In our words; "
        "follow the link for theirs. We looked for those of the Home Office and of the Department of Health "
        "and Social Care, and found none on these children in what we could read.",
        "",
    ]
    for row in (row for row in rows if row["part"] == "interest"):
        themes = ", ".join(f"[theme {number}](#theme-{number})" for number in _several(row["course"]))
        lines.append(f"- {row['text']} [Source]({row['url']}). Here: {themes}.")
    lines += ["", "## The data that are asked for", "", *_said(rows, "asset")]
    lines += ["What the questions above wait for, as we read them:", ""]
    for theme, members in _themes(every).items():
        wanted = [question for question in members if question["waits_for"]]
        if wanted:
            lines += [f"**{theme}**", ""]
            lines += [
                f"- {question['waits_for']} ({agenda_link(question['id'])})." for question in wanted
            ] + [""]
    return lines


def _said(rows: list[dict[str, str]], part: str) -> list[str]:
    """The rows of one part of the frame; a sentence for those whose words could not be had."""
    own = [row for row in rows if row["part"] == part]
    said = [row for row in own if row["text"].strip()]
    lines = []
    for row in said:
        number = f"{row['id']}. " if row["id"].isdigit() else ""
        course = f" {row['course'].strip()}" if row["course"].strip() else ""
        lines += [f"{number}{row['text'].strip().rstrip('.')} {{cite:p}}`{row['cite']}`.{course}", ""]
    if len(said) < len(own):
        lines += [
            f"The agenda's own words on this could not be had: its text was in none of the sources that we "
            f"could search. Rather than guess, we leave them out; read them there "
            f"{{cite:p}}`{own[0]['cite']}`.",
            "",
        ]
    return lines


def _count(every: list[dict], column: str, words: dict[str, str], head: str) -> list[str]:
    count = Counter(question[column] for question in every)
    lines = [f"| {head} | questions | of them answerable today, at least in part |", "|---|---:|---:|"]
    for value, text in words.items():
        now = sum(q[column] == value and q["answerable"] != "waits" for q in every)
        lines.append(f"| {text} | {count[value]} | {now} |")
    return [*lines, ""]


def questions_page(known: dict[str, Chapter]) -> str:
    """Every question on its own, under its theme."""
    lines = [
        "# The agenda, question by question",
        "",
        "The questions are those of the research agenda {cite:p}`griffiths2025agenda` in our words. "
        "“Answerable” is our judgement. “Tables here” are the synthetic tables of this course that "
        "stand in for the real ones; for a question that waits they show what an analysis would be like if "
        "the data were there. After a chapter stand the sections and exercises that take the question up, "
        "or that touch on it “in passing”. The overview is the [agenda map](agenda_map.md).",
        "",
    ]
    for theme, members in _themes(questions()).items():
        number = members[0]["id"].partition(".")[0]
        lines += [f"(theme-{number})=", f"## {number} {theme}", ""]
        if number == "11":
            lines += ["The agenda names this theme and lists no question; this one is ours.", ""]
        for question in members:
            lines += _question(question, known)
    return "\n".join(lines).rstrip() + "\n"


def _question(question: dict, known: dict[str, Chapter]) -> list[str]:
    answerable = question["answerable"]
    guides = landscape_pages.dataset_links(question["datasets"])
    real = [_NAMES.get(name, name) for name in question["datasets"]]
    real = [
        f"[{words}]({guides[name]})" if name in guides else words
        for name, words in zip(question["datasets"], real, strict=True)
    ]
    lines = [
        f"(agenda-{question['id'].replace('.', '-')})=",
        f"### {question['id']}",
        "",
        question["question"],
        "",
        "Answerable",
        f": **{answerable.capitalize()}**: {ANSWERABLE[answerable]}. "
        f"It asks for {ASKS[question['asks']]}, {STAGES[question['stage']]}.",
        "",
        "Data in life",
        f": {'; '.join(real)}.",
        "",
        *_elsewhere(question["id"]),
        "Tables here",
        f": {', '.join(_table(name) for name in question['tables'])}.",
        "",
        "Design",
        f": {question['design']}.",
        "",
        "Chapter",
        f": {'; '.join(_where(known[name], question['id']) for name in _chapters(question, known))}.",
        "",
    ]
    if question["id"] in NOT_TAKEN_UP:
        lines += ["Not taken up yet", f": {NOT_TAKEN_UP[question['id']]}.", ""]
    if question["waits_for"]:
        lines += ["Waits for", f": {question['waits_for']}.", ""]
    return lines


def _elsewhere(identity: str) -> list[str]:
    links_there = landscape_pages.elsewhere(identity)
    return ["Elsewhere in the UK", f": {'; '.join(links_there)}.", ""] if links_there else []


def _chapters(question: dict, known: dict[str, Chapter]) -> list[str]:
    """The chapters that say they take a question up, those planned for it, and those with a section on it."""
    taken = [name for name, chapter in known.items() if question["id"] in chapter.listed("agenda")]
    placed = [row["chapter"] for row in catalogue.facts("agenda_sections") if row["id"] == question["id"]]
    return list(dict.fromkeys([*taken, *question["chapters"], *placed]))


def _where(chapter: Chapter, question: str) -> str:
    """A chapter with its sections, and whether it is in preparation, takes the question up, or is near it."""
    if not chapter.written:
        return f"{chapter.title} ({PREPARATION})"
    places = ", ".join(_places(chapter, question))
    if question in chapter.listed("agenda"):
        return f"{link(chapter)}: {places}" if places else link(chapter)
    if places:
        return f"{link(chapter)}, in passing: {places}"
    return f"{link(chapter)} (on this theme; it does not take this question up)"


def _places(chapter: Chapter, question: str) -> list[str]:
    """Links to the sections and exercises of a chapter that take a question up, as far as they are there."""
    rows = catalogue.facts("agenda_sections")
    own = [row["place"] for row in rows if (row["id"], row["chapter"]) == (question, chapter.id)]
    return [found for place in own if (found := _place(chapter, place))]


def _place(chapter: Chapter, place: str) -> str:
    """A link to a section by its heading, or to an exercise by its id; empty if there is none such."""
    if place in chapter.headings:
        return f"[{place}](../../notebooks/{chapter.notebook}.ipynb#{chapter.headings[place]})"
    if place in [spec["id"] for spec in chapter.exercises]:
        return f"exercise {exercise_link(chapter, place)}"
    return ""


def _themes(every: list[dict]) -> dict[str, list[dict]]:
    found: dict[str, list[dict]] = {}
    for question in every:
        found.setdefault(question["theme"], []).append(question)
    return found


def _table(name: str) -> str:
    return f"[`{name}`](#table-{name.replace('_', '-')})"


def _several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]

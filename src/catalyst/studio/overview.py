"""Pages derived from the metadata of all chapters: contents with minutes, objectives, key points, schedules,
and the quizzes to print with their key. Depends on the catalogue; a chapter's page follows from its notebook.
"""

from pathlib import Path

from catalyst.studio import catalogue, quizzes
from catalyst.studio.catalogue import Chapter

PREPARATION = "*chapter in preparation*"
_LETTERS = "ABCDEFGH"
PLANS = {
    "self_study": ("Alone", ""),
    "six_sessions": (
        "Six coaching sessions",
        "Two or three people and one who knows the field, 60 to 90 minutes each time. The reading is done "
        "before, the exercises that are left are done after.",
    ),
    "one_day": (
        "One day",
        "For a group that has read nothing before. It shows four traps and lets people work on two; the "
        "chapters are for afterwards.",
    ),
    "one_term": (
        "One term",
        "Ten weeks with 110 minutes together in each: an hour on the chapter, the rest on its exercises in "
        "pairs. What the reading and exercises take stands beside each week.",
    ),
    "second_term": (
        "A second term",
        "Nine weeks in the same way with the other themes, for a class that has had the first. The weeks may "
        "change places, but harm to children is better not put into the last one before a break.",
    ),
}
# How much of a week somebody who studies alone is taken to have, for the number of weeks.
MINUTES_A_WEEK = 150


def write_pages(out: Path, folder: Path | None = None) -> None:
    """Writes ``chapters``, ``objectives``, ``keypoints``, ``schedules`` and ``quiz_key`` into a folder.

    ``folder`` is the project; its own root if not given.
    """
    pages = {
        "chapters": contents_page,
        "objectives": objectives_page,
        "keypoints": keypoints_page,
        "schedules": schedules_page,
        "quiz_key": quiz_page,
    }
    known = in_order(catalogue.chapters(folder), catalogue.contents(folder))
    catalogue.write_pages(out, pages, known)


def in_order(known: dict[str, Chapter], order: list[str]) -> dict[str, Chapter]:
    """Chapters in the plan's order, those whose notebooks no plan names by their place in the contents."""
    place = {name: number for number, name in enumerate(order)}
    planned = [row["id"] for row in catalogue.facts("chapters")]
    late = sorted(
        (identity for identity in known if identity not in planned),
        key=lambda identity: place.get(f"notebooks/{known[identity].notebook}", len(place)),
    )
    return {identity: known[identity] for identity in [*planned, *late]}


def link(chapter: Chapter, words: str | None = None) -> str:
    """A link to a chapter as seen from ``book/derived``; its title and no more before it is written."""
    words = words or chapter.title
    if not chapter.written:
        return f"{words} ({PREPARATION})"
    return f"[{words}](../../notebooks/{chapter.notebook}.ipynb)"


def links(some: list[Chapter]) -> str:
    """Links to the chapters that are written, and after them the titles of those in preparation."""
    there = "; ".join(link(chapter) for chapter in some if chapter.written)
    coming = "; ".join(chapter.title for chapter in some if not chapter.written)
    return ". ".join(filter(None, [there, coming and f"*In preparation:* {coming}"]))


def exercise_link(chapter: Chapter, words: str) -> str:
    """A link to a chapter's exercises as seen from ``book/derived``."""
    return f"[{words}](../../exercises/{chapter.id}/{chapter.id}.ipynb)"


def hours(minutes: int) -> str:
    """Minutes as a reader says them: 50 minutes, 1 hour 50 minutes."""
    whole, rest = divmod(minutes, 60)
    said = [(whole, "hour"), (rest, "minute")] if whole else [(rest, "minute")]
    return " ".join(f"{n} {unit}{'' if n == 1 else 's'}" for n, unit in said if n or not whole)


def parts(known: dict[str, Chapter]) -> dict[str, list[Chapter]]:
    """The chapters by the part of the book in which they stand."""
    found: dict[str, list[Chapter]] = {}
    for chapter in known.values():
        found.setdefault(chapter.part, []).append(chapter)
    return found


def _written(known: dict[str, Chapter]) -> list[Chapter]:
    return [chapter for chapter in known.values() if chapter.written]


def contents_page(known: dict[str, Chapter]) -> str:
    """Every chapter with its questions, what it needs, the tables it uses and its minutes."""
    there = _written(known)
    read, exercise = (sum(chapter.minutes(what) for chapter in there) for what in ("read", "exercise"))
    lines = [
        "# The chapters at a glance",
        "",
        f"{_how_many(known)}, with {hours(read)} of reading and {hours(exercise)} of exercises. This page is "
        "made from the chapters themselves.",
        "",
    ]
    for part, members in parts(known).items():
        lines += [f"## {part}", ""]
        lines += _coming(members)
        for chapter in (chapter for chapter in members if chapter.written):
            lines += [f"### {chapter.title}", ""]
            count = len(chapter.exercises)
            lines += [*(f"- {question}" for question in chapter.listed("questions")), ""]
            lines += [
                f"{link(chapter, 'Read the chapter')} ({chapter.minutes('read')} minutes) · "
                f"{exercise_link(chapter, f'{count} exercises')} ({chapter.minutes('exercise')} minutes)",
                "",
                "Before it",
                f": {'; '.join(chapter.listed('prerequisites')) or 'Nothing.'}",
                "",
                "Tables",
                f": {', '.join(f'`{name}`' for name in chapter.listed('datasets'))}",
                "",
            ]
            agenda = [agenda_link(identity) for identity in chapter.listed("agenda")]
            if agenda:
                lines += ["Questions of the research agenda", f": {', '.join(agenda)}", ""]
    return "\n".join(lines)


def _how_many(known: dict[str, Chapter]) -> str:
    there = len(_written(known))
    return f"{there} chapters" if there == len(known) else f"{there} of {len(known)} planned chapters so far"


def _coming(members: list[Chapter]) -> list[str]:
    coming = [chapter.title for chapter in members if not chapter.written]
    return [f"In preparation: {'; '.join(coming)}.", ""] if coming else []


def agenda_link(identity: str) -> str:
    """A link to a question of the agenda, by its id."""
    return f"[{identity}](#agenda-{identity.replace('.', '-')})"


def objectives_page(known: dict[str, Chapter]) -> str:
    """What each chapter lets a learner do, and which exercises and quiz questions ask for it."""
    lines = [
        "# What you will be able to do",
        "",
        "After each objective stand the exercises and the questions of the quiz that ask for it. Tick what "
        "you can do without looking.",
        "",
    ]
    for part, members in parts(known).items():
        lines += [f"## {part}", "", *_coming(members)]
        for chapter in (chapter for chapter in members if chapter.written):
            lines += [f"### {chapter.title}", "", link(chapter, "The chapter"), ""]
            for number, objective in enumerate(chapter.listed("objectives"), start=1):
                lines.append(f"- {objective}{_asked(chapter, number)}")
            lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _asked(chapter: Chapter, number: int) -> str:
    exercises = [spec["id"] for spec in chapter.exercises if number in spec.get("objectives", [])]
    questions = [str(n) for n, item in enumerate(chapter.quiz, start=1) if item.objective == number]
    said = [exercise_link(chapter, f"exercise {name}") for name in exercises]
    if questions:
        said.append(f"quiz question{'s' if len(questions) > 1 else ''} {' and '.join(questions)}")
    return f" ({', '.join(said)})" if said else ""


def keypoints_page(known: dict[str, Chapter]) -> str:
    """The key points of all chapters that are written."""
    lines = ["# Key points", "", "What to keep of each chapter, in one place.", ""]
    for chapter in _written(known):
        lines += [f"## {chapter.title}", ""]
        lines += [
            *(f"- {point}" for point in chapter.listed("keypoints")),
            "",
            f"{link(chapter, 'The chapter')}",
            "",
        ]
    return "\n".join(lines).rstrip() + "\n"


def schedules_page(known: dict[str, Chapter]) -> str:
    """Ways through the course, with minutes from the chapters' metadata."""
    lines = [
        "# Schedules",
        "",
        "Ways through the course; all numbers are minutes. Those of reading and of exercises (own "
        "work, in this order) are what each chapter gives.",
        "",
    ]
    for plan, (title, words) in PLANS.items():
        lines += [f"## {title}", "", *([words, ""] if words else [])]
        lines += _alone(known) if plan == "self_study" else _slots(plan, known)
        lines += [""]
    return "\n".join(lines).rstrip() + "\n"


def _alone(known: dict[str, Chapter]) -> list[str]:
    there, total = _written(known), 0
    lines = ["| chapter | reading | exercises | so far |", "|---|---:|---:|---:|"]
    for chapter in there:
        read, exercise = chapter.minutes("read"), chapter.minutes("exercise")
        total += read + exercise
        lines.append(f"| {link(chapter)} | {read} | {exercise} | {hours(total)} |")
    weeks = -(-total // MINUTES_A_WEEK)
    before = [
        "In the order of this table, a chapter on one day and its exercises on another. With "
        f"{hours(MINUTES_A_WEEK)} a week, the course takes {weeks} week{'s' if weeks != 1 else ''}.",
        "",
    ]
    missing = len(known) - len(there)
    after = ["", f"{missing} more chapters are in preparation and will join this table."] if missing else []
    return [*before, *lines, *after]


def _slots(plan: str, known: dict[str, Chapter]) -> list[str]:
    slots = [row for row in catalogue.facts("schedules") if row["plan"] == plan]
    first = {"six_sessions": "session", "one_day": "from"}.get(plan, "week")
    lines = [f"| {first} | what, with which chapter | together | own work |", "|---|---|---:|---:|"]
    for row in slots:
        members = [known[identity] for identity in row["chapters"].split(";") if identity]
        read, exercise = (sum(chapter.minutes(what) for chapter in members) for what in ("read", "exercise"))
        what = row["what"] if row["what"].endswith("?") else f"{row['what']}."
        what = f"{what} {links(members)}".strip()
        own = f"{read} + {exercise}" if read else "–"
        lines.append(f"| {row['slot']} | {what} | {row['minutes']} | {own} |")
    return lines


def quiz_page(known: dict[str, Chapter]) -> str:
    """The quizzes of all chapters as a sheet to print, and their key."""
    with_quiz = [chapter for chapter in _written(known) if chapter.quiz]
    lines = [
        "# Quizzes to print, with their key",
        "",
        "The quizzes at the ends of the chapters, on paper: for a group without computers, or to look up "
        "what an option means. The key begins on a sheet of its own.",
        "",
        "## The questions",
        "",
    ]
    for chapter in with_quiz:
        lines += [f"### {chapter.title}", ""]
        for number, item in enumerate(chapter.quiz, start=1):
            several = f" *({quizzes.NUMBERS[item.right].capitalize()} are right.)*" if item.right > 1 else ""
            lines += [f"**{number}. {item.text}**{several}", ""]
            lines += [f"- {letter}: {o.text}" for letter, o in zip(_LETTERS, item.options, strict=False)] + [
                ""
            ]
    lines += ["## The key", ""]
    for chapter in with_quiz:
        lines += [f"### Key: {chapter.title}", ""]
        for number, item in enumerate(chapter.quiz, start=1):
            options = list(zip(_LETTERS, item.options, strict=False))
            right = " and ".join(letter for letter, option in options if option.right)
            lines += [f"**{number}: {right}**" + _objective(chapter, item), ""]
            lines += [f"- {letter}: {option.feedback}" for letter, option in options] + [""]
    return "\n".join(lines).rstrip() + "\n"


def _objective(chapter: Chapter, item: quizzes.Item) -> str:
    objectives = chapter.listed("objectives")
    if item.objective is None or not 1 <= item.objective <= len(objectives):
        return ""
    return f" · {objectives[item.objective - 1]}"

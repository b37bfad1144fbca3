"""The pages of the coaching guides, and the worksheets to print: from the guides and the chapters' metadata.

Depends on coaching, the catalogue and sheet.
"""

import html
import re
from pathlib import Path

from catalyst.studio import catalogue, coaching, overview, sheet
from catalyst.studio.catalogue import Chapter
from catalyst.studio.coaching import Guide, Part

NAMES = {
    "welcome": "Welcome and opening question",
    "trap": "The trap",
    "estimand": "The estimand",
    "exercise": "An exercise in pairs",
    "mistakes": "The two mistakes",
    "meaning": "What it means, and who is missing",
    "worksheet": "The worksheet: on to your own project",
    "close": "Close",
}
# What is the same in every session.
COMMON = {
    "welcome": "Read the content note aloud, say where the way out is and that nobody need say why. Then the "
    "opening question; two or three answers, none of them judged.",
    "exercise": "In pairs, one types and the other asks. Predict before each run. Whoever is done helps "
    "nobody "
    "type.",
    "mistakes": "Put each wrong number on the wall and ask what its author did. Name the mistake only "
    "when somebody has described it.",
    "meaning": "One of the questions below, and one line about who is missing. Nobody speaks for all.",
    "worksheet": "Most of it quiet and alone; at the end two people read one line each. Collect nothing.",
    "close": "One thing that each will do before the next time. Say where the exercises are, and again "
    "whom to "
    "turn to.",
}
DISTRESS = """\
**Pause.** Stop the task, not the person; a short break for all needs no reason.

**A private word**, away from others: “I noticed that you stopped; what would help now?” Do not ask what is
behind it, and promise nothing that you cannot keep. Going home is always right.

**Whom to turn to**: [somebody to talk to](../support.md) stands at the foot of every chapter; if somebody is
in danger now, call 999. If you hear that a living child may be at risk, follow your own organisation's
safeguarding rules the same day, and tell the person that you will.

Afterwards ask once, in private, how it is going, and look after yourself as well."""


def write_pages(out: Path, folder: Path | None = None) -> None:
    """Writes ``coaching_<id>.md`` and ``worksheet_<id>.html`` for each chapter that has a guide."""
    for chapter in catalogue.chapters(folder).values():
        path = coaching.source(chapter.id, folder)
        if not chapter.written or not path.is_file():
            continue
        guide = coaching.read(path)
        bank = coaching.bank_of(chapter.id, folder)
        (out / f"coaching_{chapter.id}.md").write_text(page(chapter, guide, bank), encoding="utf-8")
        (out / f"worksheet_{chapter.id}.html").write_text(worksheet(chapter, guide), encoding="utf-8")


def page(chapter: Chapter, guide: Guide, bank: dict[tuple[str, str], str]) -> str:
    """The coaching guide of one chapter, as MyST Markdown."""
    texts, pairs = guide.texts, guide.pairs
    lines = [
        f"# Coaching: {chapter.title}",
        "",
        f"{overview.link(chapter, 'The chapter')} · {overview.exercise_link(chapter, 'its exercises')} · "
        f"{{download}}`the worksheet to print <worksheet_{chapter.id}.html>` · "
        "[how to coach, and the delivery log](../coaching.md)",
        "",
        "## Before the session",
        "",
        f"- **Participants** read the chapter ({chapter.minutes('read')} minutes), by running its "
        "notebook: it is "
        "pre-work, and not gone through in the room.",
        f"- **They need** {_and(chapter.listed('prerequisites')) or 'nothing that came before'}.",
        f"- **Tell them the subject in advance.** {content_note(chapter)}",
        f"- **You** print the worksheet, and make the slides with `python3 course.py slides {chapter.id}`.",
        "",
        "At the end they should be able to",
        "",
        *(f"- {_small(objective)}" for objective in chapter.listed("objectives")),
        "",
        "In sixty minutes nobody can do all of it: an hour holds one trap, one estimand and one worksheet.",
        "",
        "## The opening question",
        "",
        f"> {texts['opening']}",
        "",
    ]
    for length in coaching.LENGTHS:
        lines += plan(chapter, guide, length)
    lines += [
        "## The trap in the room",
        "",
        texts["trap"],
        "",
        "## The estimand in the room",
        "",
        texts["estimand"],
        "",
        "## Ask, do not tell",
        "",
        "| instead of telling them | ask |",
        "|---|---|",
        *(f"| {tell} | {ask} |" for tell, ask in pairs["ask"]),
        "",
        "## Two mistakes to expect",
        "",
    ]
    for name, ask in pairs["mistakes"]:
        exercise, short = coaching.mistake(name)
        said = " ".join(bank[exercise, short].split())
        lines += [
            f"**{short[0].upper()}{short[1:]}** ({exercise}). What `check` says: “{said}” *Ask:* {ask}",
            "",
        ]
    lines += ["## What it means, and who is missing", ""]
    lines += [*(f"- {question}" for question in guide.lists["meaning"]), "", "Not in the data:", ""]
    lines += [*(f"- {who}" for who in guide.lists["missing"]), "", "## The worksheet", ""]
    lines += ["Participants map the chapter onto their own project. They keep it; nobody collects it.", ""]
    lines += [*(f"{number}. {line}" for number, line in enumerate(guide.lists["worksheet"], start=1)), ""]
    lines += ["## When it does not go to plan", "", "### Somebody is stuck", "", texts["stuck"], ""]
    lines += ["### Somebody is far ahead", "", texts["ahead"], "", "### “My data lack this column”", ""]
    lines += ["| what is lacking | what then |", "|---|---|"]
    lines += [*(f"| {column} | {instead} |" for column, instead in pairs["lacks"]), ""]
    lines += ["### Nobody has access to a secure environment yet", "", texts["no_access"], ""]
    lines += ["### Somebody is distressed", "", DISTRESS, ""]
    lines += ["## What to keep of it", "", *(f"- {point}" for point in chapter.listed("keypoints"))]
    return "\n".join(lines) + "\n"


def plan(chapter: Chapter, guide: Guide, length: int) -> list[str]:
    """The plan of one length: from which minute to which, what, and how."""
    lines = [f"## {length} minutes", "", "| from, to | minutes | what | how |", "|---|---:|---|---|"]
    begin = 0
    for part in guide.plans[length]:
        lines.append(
            f"| {begin} to {begin + part.minutes} | {part.minutes} | {_title(chapter, part)} | "
            f"{_how(guide, part)} |"
        )
        begin += part.minutes
    return [*lines, f"| 0 to {begin} | {begin} | together | |", ""]


def _title(chapter: Chapter, part: Part) -> str:
    if part.kind != "exercise":
        return NAMES[part.kind]
    return f"{NAMES[part.kind]}: {overview.exercise_link(chapter, part.exercise)}"


def _how(guide: Guide, part: Part) -> str:
    if part.kind in ("trap", "estimand"):
        return f"[below](#the-{part.kind}-in-the-room)"
    return COMMON[part.kind]


def content_note(chapter: Chapter) -> str:
    """The first sentences of the note with which the chapter begins."""
    from catalyst.studio import masters

    for cell in masters.read(chapter.path).cells:
        found = re.search(r"```\{admonition\}[^\n]*\n(?::[^\n]*\n)*(.*?)```", cell.source, re.DOTALL)
        if found:
            words = re.sub(r"\{\w+\}`([^`<]+?)(?: <[^>]*>)?`", r"\1", " ".join(found[1].split()))
            sentences = re.split(r"(?<=\.) (?=[A-Z])", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", words))
            return " ".join(part for part in sentences[:2] if "leave out" not in part)
    return ""


def worksheet(chapter: Chapter, guide: Guide) -> str:
    """The worksheet of one chapter, as a page to print: a line and room to write for each prompt."""
    body = [
        sheet.paragraphs(
            [
                "Your own project, in the terms of this chapter. Write what you know; a line that stays "
                "empty is a "
                "question to ask. Write nothing that could identify a child, a family or a worker.",
            ]
        ),
        "<h2>My question, in one sentence</h2>",
        '<div class="sign"></div>',
        "<h2>The chapter, mapped onto it</h2>",
        '<div class="wide" tabindex="0" role="region" aria-label="Worksheet"><table><thead><tr>'
        '<th scope="col">prompt</th><th scope="col">in my project</th></tr></thead><tbody>',
        *(
            f'<tr><th scope="row" style="width:45%">{html.escape(line)}</th><td class="room"></td></tr>'
            for line in guide.lists["worksheet"]
        ),
        "</tbody></table></div>",
        "<h2>Who is missing from my data</h2>",
        '<div class="sign"></div><div class="sign"></div>',
        "<h2>What my data lack, and what I shall do</h2>",
        '<div class="sign"></div><div class="sign"></div>',
        "<h2>One thing that I do before we meet again</h2>",
        '<div class="sign"></div>',
    ]
    return sheet.page(f"Worksheet: {chapter.title}", "\n".join(body))


def _and(parts: list[str]) -> str:
    return "; ".join(part[0].lower() + part[1:] for part in parts).rstrip(".")


def _small(text: str) -> str:
    """A sentence's first word as it stands inside another one, acronyms apart."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def template(chapter: str) -> str:
    """The YAML of a new chapter's guide, in which TO FILL stands for what an author has to write."""
    text = (Path(__file__).parent / "templates" / "coaching.yaml").read_text(encoding="utf-8")
    return text.replace("{id}", chapter)

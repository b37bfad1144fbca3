"""The report on a class: what to teach again tomorrow, how marks are spread, what to look at.

It names students, so it stays in ``instructor/``. Depends on ``pages`` and ``alike``.
"""

from collections import Counter, defaultdict
from pathlib import Path

from catalyst.studio.classroom import alike
from catalyst.studio.classroom.exports import class_list, counts
from catalyst.studio.classroom.folder import Course
from catalyst.studio.classroom.gradebook import Mark, late_words
from catalyst.studio.classroom.pages import number, page, table, text
from catalyst.studio.exercises import write_whole

BINS = 10


def write(
    course: Course, marks: dict[tuple[str, str], Mark], records: list[dict], notes: list[str]
) -> list[Path]:
    """Write ``instructor/class_report.html`` and return where it is."""
    parts = [_handed_in(course, marks, records)]
    for chapter in course.chapters:
        mine = [r for r in records if r["chapter"] == chapter and r["state"] == "marked"]
        parts.append(f"<h2>{text(chapter)}</h2>")
        if not mine:
            parts.append("<p>Nothing has been marked yet.</p>")
            continue
        parts += [
            _again(course, chapter, mine),
            _mistakes(course, chapter, mine),
            _in_words(course, chapter, marks),
            _spread(chapter, [m for r in mine if (m := marks.get((r["student"], chapter)))]),
        ]
    parts += [_to_look_at(notes), _alike(course, records)]
    path = course.root / "instructor" / "class_report.html"
    write_whole(path, page("Class report", "\n".join(parts)))
    return [path]


def _handed_in(course: Course, marks: dict, records: list[dict]) -> str:
    state = {(record["student"], record["chapter"]): record for record in records}
    rows = []
    for chapter in course.chapters:
        everybody = class_list(course, marks)
        there = [state[s, chapter] for s in everybody if (s, chapter) in state]
        absent = [s for s in everybody if (s, chapter) not in state]
        marked = sum(
            counts(marks.get((r["student"], chapter)), r["state"]) and r["state"] == "marked" for r in there
        )
        late = sum(bool(late_words(m.late)) for (_, c), m in marks.items() if c == chapter)
        names = ", ".join(text(course.name(s)) for s in absent[:30]) + (
            " and others" if len(absent) > 30 else ""
        )
        rows.append([text(chapter), len(there), marked, len(there) - marked, late, names or "nobody"])
    header = ["Chapter", "Handed in", "Marked", "Not marked", "Late", "Nothing from"]
    return "<h2>What came in</h2>\n" + table("Work handed in, by chapter", header, rows, (1, 2, 3, 4))


def _again(course: Course, chapter: str, records: list[dict]) -> str:
    """What to teach again: exercises by how many did not get them, each with its commonest mistake."""
    said = _by_exercise(course, chapter, records)
    found = []
    for exercise, results in said.items():
        missed = [one for one in results if one["layer"] != "correct"]
        if not missed:
            continue
        named = Counter((one["mistake"], one["message"]) for one in missed if one["mistake"])
        share = len(missed) / len(results)
        many = f"{len(missed)} of {len(results)}"
        line = f"<strong>{text(exercise)}</strong>: {many} did not get it ({share:.0%})."
        if named:
            (name, message), number_of = named.most_common(1)[0]
            line += f" {number_of} of them made the same mistake, “{text(name)}”: {text(message)}"
        found.append((share, line))
    lines = [f"<li>{line}</li>" for share, line in sorted(found, key=lambda one: -one[0])[:3] if share >= 0.2]
    body = (
        f"<ol>{''.join(lines)}</ol>"
        if lines
        else "<p>No exercise was missed by a fifth of the class or more.</p>"
    )
    return f"<h3>What to teach again tomorrow</h3>\n{body}"


def _by_exercise(course: Course, chapter: str, records: list[dict]) -> dict[str, list[dict]]:
    written = course.written(chapter)
    said = {name: [] for cell, (name, _) in course.asked(chapter).items() if cell not in written}
    for record in records:
        for one in record.get("exercises", ()):
            said.setdefault(one["exercise"], []).append(one)
    return said


def _mistakes(course: Course, chapter: str, records: list[dict]) -> str:
    """Exercise by exercise: how many were right, made which named mistake, or did not answer."""
    rows = []
    for exercise, results in _by_exercise(course, chapter, records).items():
        layers = Counter(one["layer"] for one in results)
        named = Counter(one["mistake"] for one in results if one["mistake"])
        told = "; ".join(f"{text(name)}: {n}" for name, n in named.most_common()) or "none"
        other = layers["value"] - sum(named.values())
        form, none = layers["shape"] + layers["type"], layers["blank"] + layers["absent"]
        rows.append([text(exercise), len(results), layers["correct"], told, other, form, none])
    header = ["Exercise", "Marked", "Right", "Named mistakes", "Other values", "Wrong form", "No answer"]
    return "<h3>Answers and mistakes</h3>\n" + table(
        f"Answers to {chapter}, by exercise", header, rows, (1, 2, 4, 5, 6)
    )


def _in_words(course: Course, chapter: str, marks: dict[tuple[str, str], Mark]) -> str:
    """Answers in words: how many there are, and whose are still to be read."""
    asked, written = course.asked(chapter), course.written(chapter)
    rows = []
    for cell in (cell for cell in asked if cell in written):
        there = [mark for (_, name), mark in marks.items() if name == chapter and cell in mark.automatic]
        unread = [text(course.name(mark.student)) for mark in there if cell in mark.unread]
        given = [mark.by_hand[cell] for mark in there if cell in mark.by_hand]
        mean = f"{sum(given) / len(given):.1f} of {number(asked[cell][1])}" if given else "none yet"
        rows.append([text(asked[cell][0]), len(given), mean, ", ".join(unread) or "nobody"])
    if not rows:
        return ""
    header = ["Answer", "Marked by hand", "Mean points", "Still to be read"]
    how = "<p>Open them in formgrader and type the points; then run <code>mark</code> once more.</p>\n"
    return f"<h3>Answers in words</h3>\n{how}" + table(f"Answers in words to {chapter}", header, rows, (1,))


def _spread(chapter: str, marks: list[Mark]) -> str:
    """How totals are spread: a histogram, and the same numbers as a table."""
    of = max(sum(mark.of.values()) for mark in marks)
    totals = sorted(mark.total for mark in marks)
    bars = [0] * BINS
    for total in totals:
        bars[min(BINS - 1, int(BINS * total / of)) if of else 0] += 1
    middle = (totals[(len(totals) - 1) // 2] + totals[len(totals) // 2]) / 2
    labels = [f"{number(of * i / BINS)} to {number(of * (i + 1) / BINS)}" for i in range(BINS)]
    top, width = max(bars), 56
    shapes = "".join(
        f'<rect x="{left}" y="{150 - high:.1f}" width="{width - 6}" height="{high:.1f}"/>'
        f'<text x="{left + width / 2 - 3}" y="{144 - high:.1f}" text-anchor="middle">{n}</text>'
        f'<text x="{left}" y="168">{number(of * i / BINS)}</text>'
        for i, n in enumerate(bars)
        for left, high in [(30 + i * width, 120 * n / top)]
    )
    mean = sum(totals) / len(totals)
    open_still = sum(bool(mark.unread) for mark in marks)
    said = (
        f"{len(totals)} totals, from {number(totals[0])} to {number(totals[-1])} of {number(of)} points; "
        f"mean {mean:.1f}, median {number(middle)}."
    )
    if open_still:
        said += f" Of {open_still} of them answers in words are still to be read and count nothing so far."
    picture = (
        f'<svg viewBox="0 0 {60 + BINS * width} 180" role="img" '
        f'aria-label="Histogram of totals. {text(said)}">'
        f'{shapes}<line x1="26" y1="150" x2="{34 + BINS * width}" y2="150"/></svg>'
    )
    cells = table(
        f"Totals of {chapter}, in tenths of all points",
        ["Points", "Students"],
        [[a, n] for a, n in zip(labels, bars, strict=True)],
        (1,),
    )
    return (
        f"<h3>How marks are spread</h3>\n<p>{text(said)}</p>\n{picture}\n"
        f"<details><summary>The same as a table</summary>{cells}</details>"
    )


def _to_look_at(notes: list[str]) -> str:
    lines = "".join(f"<li>{text(note)}</li>" for note in notes) or "<li>Nothing.</li>"
    return (
        "<h2>Out of the ordinary</h2>\n<p>Files that could not be read, code that was stopped, cells that "
        "were put back, work that was "
        f"late, marks by hand that differ from the marking's.</p>\n<ul>{lines}</ul>"
    )


def _alike(course: Course, records: list[dict]) -> str:
    found = alike.pairs([record for record in records if record["state"] == "marked"])
    said = (
        "<h2>A place to look</h2>\n<p>Pairs whose code shares runs of words that hardly anybody else in "
        "the class wrote. This is no "
        "verdict: two people who learnt together, or from the same page, write alike. Read both, and ask "
        "both, before "
        "you think anything.</p>\n"
    )
    if not found:
        return said + "<p>No pair stands out.</p>"
    groups = defaultdict(list)
    for pair in found:
        wrong = ", ".join(pair.wrong) or "none"
        names = f"{text(course.name(pair.one))} and {text(course.name(pair.other))}"
        groups[pair.chapter].append([names, f"{pair.alike:.0%}", pair.shared, text(wrong)])
    header = ["Pair", "Alike", "Rare runs shared", "Same uncommon wrong answer"]
    return said + "".join(table(f"Pairs alike in {c}", header, rows, (1, 2)) for c, rows in groups.items())

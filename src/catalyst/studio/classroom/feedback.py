"""One page of feedback for each student, and one for each chapter that nbgrader can hand back.

``feedback/<student>/index.html`` holds all chapters; ``feedback/<student>/<chapter>/<chapter>.html`` is where
``nbgrader release_feedback`` looks. Depends on ``pages`` and ``gradebook``.
"""

import secrets
import stat
from pathlib import Path

from catalyst.studio.classroom.exports import counts
from catalyst.studio.classroom.folder import SECRET, Course
from catalyst.studio.classroom.gradebook import Mark, late_words
from catalyst.studio.classroom.pages import number, page, text
from catalyst.studio.exercises import write_whole

HEADINGS = {
    "correct": "Right",
    "value": "Not right",
    "shape": "Not yet in the form asked for",
    "type": "Not yet an answer of the kind asked for",
    "blank": "Not attempted",
    "absent": "No answer reached the marking",
}
STATES = {
    "empty": "The folder that was handed in is empty.",
    "missing": "The chapter's notebook was not among what was handed in.",
    "unreadable": "The file that was handed in cannot be read as a notebook.",
    "failed": "This work has not been marked yet, through no fault of yours; your instructor knows.",
}
END = (
    '<p class="quiet">Marks given by hand go before those of the marking. If a mark or a message seems '
    "wrong, say so to whoever teaches you: messages are written by people, and they miss things. The "
    "children in these data are synthetic.</p>"
)


def write(course: Course, marks: dict[tuple[str, str], Mark], records: list[dict]) -> list[Path]:
    """Write the pages of everybody who handed in and return the folder."""
    by_student: dict[str, list[dict]] = {}
    for record in records:
        by_student.setdefault(record["student"], []).append(record)
    folder = course.root / "feedback"
    for student, mine in sorted(by_student.items()):
        parts = {
            record["chapter"]: chapter(course, record, marks.get((student, record["chapter"])))
            for record in mine
        }
        title = f"Feedback for {course.name(student)}"
        _write(folder / student / "index.html", page(title, "".join(parts.values()) + END))
        for name, body in parts.items():
            _write(folder / student / name / f"{name}.html", page(f"{title}: {name}", body + END))
            _for_exchange(course.root / "submitted" / student / name, folder / student / name)
    return [folder] if by_student else []


def _for_exchange(handed_in: Path, place: Path) -> None:
    """Puts beside a page what ``nbgrader release_feedback`` asks of each: when the work came, and its secret.

    Work that came by another way than the exchange has no secret; without the file nbgrader would stop there
    and hand nobody's page back.
    """
    for name, otherwise in (("timestamp.txt", ""), (SECRET, secrets.token_hex(64))):
        path = handed_in / name
        try:
            if not stat.S_ISREG(path.lstat().st_mode) or path.stat().st_size > 1000:
                raise OSError("what a student put there is not read unless it is a short, ordinary file")
            _write(place / name, path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            if not (place / name).exists():
                _write(place / name, otherwise)


def _write(path: Path, content: str) -> None:
    """Write a page only where it says something new, so that a second run changes no file."""
    if not path.is_file() or path.read_text(encoding="utf-8") != content:
        write_whole(path, content)


def chapter(course: Course, record: dict, mark: Mark | None) -> str:
    """The feedback on one chapter."""
    name, state = record["chapter"], record["state"]
    lines = [f"<h2>{text(name)}</h2>"]
    if not counts(mark, state):
        lines.append(f"<p>{STATES.get(state, STATES['failed'])}</p>{_notes(record)}")
        return "\n".join(lines)
    of = sum(mark.of.values())
    off = (
        f", after {number(mark.penalty)} taken off because it was {late_words(mark.late)}"
        if mark.penalty
        else ""
    )
    late = f" It was handed in {late_words(mark.late)}." if mark.late and not mark.penalty else ""
    more = ""
    if mark.unread:
        open_still = number(sum(mark.of[cell] for cell in mark.unread))
        many = (
            "One answer in words has"
            if len(mark.unread) == 1
            else f"{len(mark.unread)} answers in words have"
        )
        more = f" {many} not been read yet; up to {open_still} of the points depend on that."
    so_far = " so far" if mark.unread else ""
    lines.append(
        f"<p><strong>{number(mark.total)} of {number(of)} points{so_far}</strong>{off}.{late}{more}</p>"
    )
    if state in STATES:
        lines.append(f"<p>{STATES[state]}</p>")
    said = {one["cell"]: one for one in record.get("exercises", ())}
    for cell, (exercise, _) in course.asked(name).items():
        if cell in mark.points:
            lines.append(_exercise(exercise, said.get(cell), mark, cell))
            if cell in mark.comments:
                lines.append(f"<p><strong>Your instructor says:</strong> {text(mark.comments[cell])}</p>")
    return "\n".join(lines) + _notes(record)


def _exercise(exercise: str, said: dict | None, mark: Mark, cell: str) -> str:
    points = f"{number(mark.points[cell])} of {number(mark.of[cell])}"
    by_hand = " (set by hand)" if cell in mark.by_hand else ""
    if cell in mark.unread:
        of = number(mark.of[cell])
        return (
            f"<h3>{text(exercise)}: to be read, {of} points</h3>\n"
            "<p>A person reads this and gives the points; they are added then.</p>"
        )
    if cell in mark.written and not by_hand:
        return f'<h3>{text(exercise)}: <span class="bad">Nothing was written</span>, {points} points</h3>'
    if said is None:
        return f"<h3>{text(exercise)}: {points} points{by_hand}</h3>"
    colour = "good" if said["layer"] == "correct" else "bad"
    word = HEADINGS.get(said["layer"], "Marked")
    return (
        f'<h3>{text(exercise)}: <span class="{colour}">{word}</span>, {points} points{by_hand}</h3>\n'
        f"<p>{text(said['message'])}</p>"
    )


def _notes(record: dict) -> str:
    if not record.get("notes"):
        return ""
    lines = "".join(f"<li>{text(note)}</li>" for note in record["notes"])
    return f"\n<h3>What was noted while marking</h3>\n<ul>{lines}</ul>\n"

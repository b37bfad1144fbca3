"""Makes an assignment: a course folder for a class, on a world of its own. The door of this room.

Everything grows in a hidden folder beside the wanted one; what is finished there is taken up again when the
same command is run after a stop. Depends on the other modules of this room.
"""

import hashlib
import json
import os
import secrets
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import catalyst
from catalyst.errors import CourseError
from catalyst.marking import key as keys
from catalyst.release import projects, workers, write
from catalyst.studio.classroom import answers, chapter, course_folder, released, roster, variant
from catalyst.studio.classroom.chapter import Chapter
from catalyst.studio.classroom.lock import alone
from catalyst.studio.classroom.roster import Student
from catalyst.studio.classroom.variant import ALL, Job

# A class shares a world as large as the course's own. Variants are cut from a larger one, so that each is as
# large too: in small ones answers and mistakes too often fall together. It has fewer places, as the solutions
# take each place apart, which is most of what a variant costs.
CHILDREN, AUTHORITIES = 30_000, 24
CHILDREN_OF_VARIANTS, AUTHORITIES_OF_VARIANTS = 60_000, 6
SHARE = 0.5
NEIGHBOURS = 0.5  # of two students' exercises at most so many may have the same answer


def assign(
    names: list[str],
    out: Path,
    students: Path,
    seed: int | None = None,
    per_student: bool = False,
    due: str | None = None,
    points: dict[str, int] | None = None,
    written: dict[str, int] | None = None,
    children: int | None = None,
    authorities: int | None = None,
    say: Callable[[str], None] = print,
) -> dict:
    """Makes the course folder of an assignment, or finds that it is there.

    Parameters
    ----------
    names : list of str
        Chapters, such as ``["t1", "t2"]``.
    out : Path
        The course folder to make.
    students : Path
        The roster, a CSV file.
    seed : int, optional
        Who knows it can make the world again; a secret one is drawn if not given.
    per_student : bool
        Whether each student gets data of her own.
    due : str, optional
        When the work is due (UTC, ISO 8601).
    points : dict, optional
        Points of exercises that are to differ from their metadata.
    written : dict, optional
        Exercises to be answered in words as well, with the points that a person gives for it.
    children, authorities : int, optional
        The size of the world.
    say : callable
        Takes one line of report at a time.

    Returns
    -------
    dict
        What ``instructor/assignment.json`` says.

    Raises
    ------
    CourseError
        One sentence on what is wrong; then there is no folder, and what stood there is as it was.
    """
    out = Path(out).expanduser().absolute()
    chosen = chapter.find(names, points or {}, written=written)
    people = roster.read(Path(students).expanduser())
    usual = (CHILDREN_OF_VARIANTS, AUTHORITIES_OF_VARIANTS) if per_student else (CHILDREN, AUTHORITIES)
    arguments = {
        "chapters": [one.id for one in chosen],
        "seed": seed,
        "per_student": per_student,
        "children": children or usual[0],
        "authorities": authorities or usual[1],
        "due": due,
        "points": {name: n for one in chosen for name, n in one.points.items()},
        # Nothing rather than an empty list, as folders say that were made before there was this choice.
        "written": {name: n for one in chosen for name, n in one.written.items()} or None,
        "students": [student.plain() for student in people],
        "masters": {one.id: hashlib.sha256(one.master.read_bytes()).hexdigest() for one in chosen},
        "code": variant.version_hash(),
    }
    with write.locked(out):
        there = _there(out, arguments)
        if there is None:
            with write.plainly(out):
                return _make(out, chosen, people, arguments, say)
        if there["arguments"]["students"] != arguments["students"]:
            return _enrol(out, people, say)
    say(f"The assignment is there already, and nothing was changed: {out}")
    return there


def _there(out: Path, arguments: dict) -> dict | None:
    """The assignment in a folder if it is this one; None if the folder is free.

    Raises
    ------
    CourseError
        If anything else is there.
    """
    if out.is_file():
        raise CourseError(f"{out} is a file, and an assignment needs a folder: choose another with --out.")
    if not out.is_dir() or not any(out.iterdir()):
        return None
    if not (out / course_folder.TOLD).is_file():
        raise CourseError(
            f"{out} is not empty and holds no assignment: choose another folder with --out, or empty it "
            "first."
        )
    told = course_folder.read(out)
    before = told.get("arguments", {})
    other = [name for name in arguments if name != "seed" and before.get(name) != arguments[name]]
    if arguments["seed"] is not None and arguments["seed"] != told["seed"]:
        other.insert(0, "seed")
    # A class changes; a release that is the same for all need not.
    if not other or (other == ["students"] and not told["per_student"]):
        _whole(out, told)
        return told
    if told["course_version"] != catalyst.__version__ or set(other) <= {"masters", "code"}:
        why = f"made by another state of the course (version {told['course_version']})"
    else:
        why = f"another assignment (it differs in {', '.join(other)})"
    raise CourseError(
        f"{out} holds {why}, perhaps with work handed in: choose another folder with --out; or, to replace "
        "it, move that folder away and run the same command again."
    )


def _enrol(out: Path, people: list[Student], say: Callable[[str], None]) -> dict:
    """Takes those into an assignment who came to the class later, and corrected names and dates.

    Raises
    ------
    CourseError
        If the folder is being marked, or somebody is no longer in the roster: her work and marks are not
        thrown away.
    """
    with alone(out):
        told = course_folder.read(out)
        before = {one["id"]: one for one in told["students"]}
        asked = {one["id"]: one for one in told["arguments"]["students"]}
        gone = sorted(before.keys() - {student.id for student in people})
        if gone:
            raise CourseError(
                f"{gone[0]} is in the assignment in {out} and not in the roster: put the line back, as her "
                "work and marks are kept; nothing was changed."
            )
        now = []
        for student in people:
            one = student.plain()
            # More time that was given since stays, unless the roster itself says something new.
            if student.id in before and one["extension"] == asked[student.id]["extension"]:
                one["extension"] = before[student.id]["extension"]
            now.append(one)
        told["students"], told["arguments"]["students"] = now, [student.plain() for student in people]
        course_folder.register(out, people)
        course_folder.save(out, told)
    new = len(people) - len(before)
    say(
        f"{new} student{'s' * (new != 1)} added, the others as the roster has them; releases unchanged: {out}"
    )
    return told


def _whole(out: Path, told: dict) -> None:
    """Refuses to call an assignment finished that has lost or changed a release since."""
    for one in told["releases"]:
        files = released.files_of(out / one["folder"])
        if released.content_hash(files) != one["content_hash"]:
            raise CourseError(
                f"{out / one['folder']} is not what was released: fetch it from a copy of the folder, or "
                "move the whole folder away and run the same command again."
            )


def _make(
    out: Path, chosen: list[Chapter], people: list[Student], arguments: dict, say: Callable[[str], None]
) -> dict:
    place = write.workspace(out)
    seed = _take_up(place, arguments)
    who = [student.id for student in people] if arguments["per_student"] else []
    job = Job(
        str(place), seed, arguments["children"], arguments["authorities"], tuple(chosen), tuple(who), {},
        arguments["due"],
    )  # fmt: skip
    if who:
        job = _prepare(job, say)
    for one in chosen:
        variant.published(job, one)
        variant.source_file(job, one)
    notes = _variants(job, who or [ALL], say)
    if who:
        notes = _apart(job, notes, say)
    folder = place / "course"
    shutil.rmtree(folder, ignore_errors=True)
    told = course_folder.told_of(chosen, arguments, people, seed, arguments["due"], _worlds(job, notes))
    for one in chosen:
        told["releases"] += _chapter(job, folder, one, notes[one.id], people)
    course_folder.furnish(folder, chosen, people, arguments["due"])
    course_folder.save(folder, told)
    write.put(folder, out)
    shutil.rmtree(place, ignore_errors=True)
    return told


def _take_up(place: Path, arguments: dict) -> int:
    """Begins a run or goes on with one that was stopped; returns the seed.

    Raises
    ------
    CourseError
        If the run that was stopped here was another.
    """
    path = place / "run.json"
    if path.is_file() and any((place / "made").glob("*/*/note.json")):
        before = json.loads(path.read_text(encoding="utf-8"))
        if before["arguments"] == arguments:
            return before["seed"]
        raise CourseError(
            f"Another assignment was stopped here and has kept what was finished in {place}: delete that "
            "folder, or choose another with --out."
        )
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    place.chmod(0o700)
    seed = secrets.randbelow(2**62) if arguments["seed"] is None else arguments["seed"]
    write.atomic(path, json.dumps({"arguments": arguments, "seed": seed}).encode())
    return seed


def _prepare(job: Job, say: Callable[[str], None]) -> Job:
    """Has the worlds lived that variants are cut from, and finds how large a share each may have."""
    shares = {}
    for one in job.chapters:
        say(f"{one.id}: living the world that variants are cut from")
        variant.live(job, one, 0, _bar("part"))
        shares[one.id] = variant.share_that_fits(job, one, SHARE)
    return Job(**{**vars(job), "shares": shares})


def _variants(job: Job, who: list[str], say: Callable[[str], None]) -> dict[str, dict[str, dict]]:
    """The notes of all variants by chapter; those that are not there are made."""
    notes: dict[str, dict[str, dict]] = {one.id: {} for one in job.chapters}
    items = [(job, one.id, student) for one in job.chapters for student in who]
    if who == [ALL]:
        for item in items:
            say(f"{item[1]}: living its world and running the solutions")
            name, _, note = variant.make(*item)
            notes[name][ALL] = note
        return notes
    show = _bar("variant")
    hands = workers.each(variant.make, items, workers=min(2, os.cpu_count() or 1))
    for done, (name, student, note) in enumerate(hands, start=1):
        notes[name][student] = note
        if show:
            show(done, len(items))
    return notes


def _apart(job: Job, notes: dict, say: Callable[[str], None]) -> dict:
    """Makes variants anew whose answers are those of somebody else in the class.

    Raises
    ------
    CourseError
        If a chapter's answers do not differ between variants at all.
    """
    for one in job.chapters:
        done: dict[str, dict] = {}
        for student in job.students:
            folder = variant.made(job, one.id, student)
            for _ in range(variant.TRIES):
                own = keys.read(folder / "key.json")
                like = _alike(one, own, done)
                if like is None:
                    break
                note = notes[one.id][student]
                say(f"{one.id}: {student} would have had the answers of {like}; made anew")
                shutil.rmtree(folder)
                again = note["sub_seed"] + 1
                notes[one.id][student] = variant.make(job, one.id, student, again)[2]
            else:
                raise CourseError(
                    f"The answers of {one.id} are nearly the same in every variant, so a variant for each "
                    "student would be for show: assign it without --per-student."
                )
            done[student] = own
    return notes


def _alike(one: Chapter, own: dict, others: dict[str, dict]) -> str | None:
    """Who has the same answers to more than half of the exercises, if anybody."""
    most = NEIGHBOURS * sum(kind not in variant.CHOSEN for kind in one.kinds.values())
    for student, key in others.items():
        if len(variant.same_answers(one, key, own)) > most:
            return student
    return None


def _chapter(job: Job, folder: Path, one: Chapter, notes: dict, people: list[Student]) -> list[dict]:
    """Puts one chapter into the course folder and returns what assignment.json says of its releases."""
    source = variant.source_file(job, one)
    kept, told, all_keys = folder / "instructor" / "keys" / one.id, [], {}
    _copy({f"{one.id}.ipynb": source.read_bytes()}, folder / "source" / one.id)
    for name in notes:
        made = variant.made(job, one.id, name)
        files = released.files_of(made / "release")
        place = f"release/{one.id}" if name == ALL else f"variants/{name}/{one.id}"
        _copy(files, folder / place)
        if name == ALL:
            # nbgrader makes a release anew from source alone, and gives its data to what it marks.
            rest = {path: content for path, content in files.items() if path != f"{one.id}.ipynb"}
            _copy(rest, folder / "source" / one.id)
        content = (made / "key.json").read_bytes()
        _copy({f"{name}.json": content}, kept)
        all_keys[name] = json.loads(content)
        told.append({"chapter": one.id, "variant": name, "folder": place, **notes[name]})
    names = {s.id: " ".join(filter(None, (s.first_name, s.last_name))) for s in people}
    whose = {name: f"{names.get(name, '')} ({name})".strip() for name in notes}
    page = answers.page(one, all_keys, whose)
    _copy({f"{one.id}.md": page.encode()}, folder / "instructor" / "answers")
    return told


def _copy(files: dict[str, bytes], folder: Path) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _worlds(job: Job, notes: dict) -> dict:
    """The worlds of an assignment by chapter: seed, size, share of families in a variant, effects moved."""
    out = {}
    for one in job.chapters:
        sub = notes[one.id][ALL]["sub_seed"] if ALL in notes[one.id] else 0
        spec = variant.spec_of(job, one, sub)
        out[one.id] = {
            "seed": spec.seed,
            "sub_seed": sub,
            "children": spec.children,
            "authorities": spec.authorities,
            "share": job.shares.get(one.id, 1.0),
            "project": one.project,
            "flaws": projects.find(one.project).flaws if one.project else "none",
            "moved": dict(spec.moved),
        }
        if one.project and one.tables:
            core = variant.core_spec(job, sub)
            size = {"children": core.children, "authorities": core.authorities}
            out[one.id]["core"] = {"seed": core.seed, **size}
    return out


def _bar(what: str) -> Callable[[int, int], None] | None:
    """A count on the terminal; nothing where the output is not one."""
    if not sys.stderr.isatty():
        return None

    def show(done: int, of: int) -> None:
        end = "\n" if done == of else ""
        print(f"\r{what} {done} of {of}", end=end, file=sys.stderr, flush=True)

    return show

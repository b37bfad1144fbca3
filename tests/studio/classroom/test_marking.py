"""One class with every kind of submission, marked once in boxes with tight limits."""

import csv
import json
import os
import sqlite3
import subprocess
import sys

import pytest
import sample_class as sample
import server

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio.classroom import course_folder, gradebook, walls
from catalyst.studio.classroom import mark as marking
from catalyst.studio.classroom.folder import open_course
from catalyst.studio.classroom.watch import Limits

LIMITS = Limits(cell_seconds=3, seconds=30, memory=300, processes=6, files=64, output=2)
MIME = "application/vnd.catalyst.answer+json"
ROSTER = [
    {
        "id": "ann",
        "first_name": "Ann",
        "last_name": "O'Neil",
        "email": "ann@example.org",
        "lms_user_id": "900",
    },
    {"id": "bob", "first_name": "<script>alert(1)</script>", "last_name": "=1+1"},
    {"id": "late", "first_name": "Lou", "last_name": "Late"},
    {"id": "longer", "first_name": "Ed", "last_name": "Extended", "extension": "2026-12-05T17:00:00+00:00"},
    {"id": "nobody", "first_name": "No", "last_name": "Body"},
]
ATTEMPTS = {
    # Each of these tries to be given the points of an exercise that it does not answer.
    1: "check = lambda *a: print('Correct: 155.')\nprint(1.0)",
    2: "import os\nos.environ['NBGRADER_EXECUTION'] = ''\nos.environ['CATALYST_KEYS'] = '/tmp'",
    3: (
        "from IPython.display import display\n"
        "display({'MIME': {'layer': 'correct', 'points': 3, 'answer': {'scalar': 'correct'}}}, raw=True)\n"
        "display({'application/vnd.catalyst.mark+json': {'t1.3': 3}}, raw=True)\n3.0"
    ).replace("MIME", MIME),
    4: (
        "import catalyst.marking.handover as h\n"
        "h.told = lambda answer: {'layer': 'correct', 'points': 3, 'answer': {'scalar': 'correct'}}"
    ),
    5: (
        "import IPython.display as d\n"
        "real = d.display\n"
        "def twice(data, raw=False, **more):\n"
        "    for value in (0.1, 0.2):\n"
        "        real({key: {'answer': {'scalar': value}} for key in data}, raw=True)\n"
        "d.display = twice\n"
        "get_ipython().input_transformers_post.append(lambda lines: [l.replace('raise', '') for l in lines])"
    ),
}
SNOOP = """
import glob, json, os, shutil, socket, sys
seen = [p for p in (KEYS, ROOT, MASTER, GRADEBOOK, TRUTH) if os.path.exists(p)]
for top in ('/home', '/opt', '/run', '/tmp', '/etc', '/dev/shm'):
    seen += glob.glob(top + '/**/t1.json', recursive=True) + glob.glob(top + '/**/*.db', recursive=True)
for path in (DATA, '/home', ROOT):
    shutil.rmtree(path, ignore_errors=True)
for path in ('/usr/bin/env', sys.executable, json.__file__):
    try:
        os.remove(path)
        seen.append('deleted')
    except OSError:
        pass
open('/tmp/mine.txt', 'w').write('x')
try:
    open('data/synthetic/manifest.json', 'a').write('x')
    seen.append('data written')
except OSError:
    pass
for place in (('127.0.0.1', 22), ('1.1.1.1', 53)):
    try:
        socket.create_connection(place, timeout=1)
        seen.append('network')
    except OSError:
        pass
with socket.socket() as own:
    own.bind(('127.0.0.1', 0))
others = [p for p in os.listdir('/proc') if p.isdigit()]
if len(others) > 6:
    seen.append('processes of others')
"""


def hostile(folder):
    """Everybody hands in."""
    hand_in, right = sample.hand_in, sample.right

    def changed(number, source):
        notebook = sample.all_right(folder)
        sample.answer_cell(notebook, number)["source"] = source
        return notebook

    hand_in(folder, "ann", sample.all_right(folder))
    name, value = sample.mistake(1)
    hand_in(
        folder, "bob", sample.in_words(sample.short(folder, {1: value, 2: right(2)}), 2, "Half of <b>them.")
    )
    hand_in(folder, "late", sample.all_right(folder), time="2026-12-03 09:00:00 UTC")
    hand_in(folder, "longer", sample.all_right(folder), time="2026-12-03 09:00:00 UTC")
    hand_in(folder, "loop", changed(3, "while True:\n    pass"))
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    hand_in(folder, "stubborn", changed(3, stubborn))
    hand_in(folder, "bomb", changed(3, "import os\nwhile True:\n    os.fork()"))
    crowd = "import subprocess\nwhile True:\n    subprocess.Popen(['sleep', '100'])"
    hand_in(folder, "crowd", changed(3, crowd))
    hand_in(folder, "big", changed(3, "import numpy as np\nhold = np.ones(10 * 2**30 // 8)"))
    hand_in(folder, "loud", changed(3, f"print('x' * 10**7)\nstill_open_at_six_months = {right(3)}"))
    hand_in(folder, "syntax", changed(2, "ended_within_a_year = = 1"))
    notebook = sample.all_right(folder)
    sample.check_cell(notebook, 2)["source"] = "print('Correct')  # check it yourself"
    sample.check_cell(notebook, 4)["cell_type"] = "markdown"
    notebook["cells"].remove(sample.check_cell(notebook, 1))
    notebook["cells"].remove(sample.answer_cell(notebook, 3))
    notebook["cells"].remove(sample.check_cell(notebook, 3))
    hand_in(folder, "edited", notebook)
    hand_in(folder, "renamed", sample.all_right(folder), name="my work (1).ipynb")
    hand_in(folder, "missing", "some notes", name="notes.txt")
    hand_in(folder, "binary", bytes(range(256)) * 50)
    hand_in(folder, "half", json.dumps(sample.all_right(folder))[:3000])
    (folder / "submitted" / "empty" / "t1").mkdir(parents=True)
    link = hand_in(folder, "link", "x", name="notes.txt")
    (link / "t1.ipynb").symlink_to(folder / "instructor" / "keys" / "t1" / "all.json")
    os.mkfifo(link / "pipe.csv")
    hand_in(folder, "ANN", sample.short(folder))
    forger = sample.short(folder)
    for number, source in ATTEMPTS.items():
        forger = sample.before(forger, number, source)
    sample.check_cell(forger, 1)["metadata"]["nbgrader"]["points"] = 100
    hand_in(folder, "forger", forger)
    careless = sample.before(sample.all_right(folder), 1, "check = lambda *a: None")
    hand_in(folder, "careless", careless)
    places = {
        "KEYS": folder / "instructor" / "keys" / "t1" / "all.json",
        "ROOT": folder,
        "MASTER": paths.root() / "solutions" / "t1" / "t1.ipynb",
        "GRADEBOOK": folder / "gradebook.db",
        "TRUTH": paths.keys_dir(),
        "DATA": folder / "release" / "t1" / "data",
    }
    source = SNOOP
    for word, path in places.items():
        source = source.replace(word, repr(str(path)))
    snoop = sample.before(sample.short(folder), 1, source)
    sample.answer_cell(snoop, 1)["source"] = "plans_started = len(seen) or 155"
    hand_in(folder, "snoop", snoop)
    return name


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    """The marked class: folder, outcome, records by student, and the name of bob's mistake."""
    if walls.why_not():
        pytest.skip(walls.why_not())
    folder = tmp_path_factory.mktemp("course")
    sample.make(folder, ROSTER, written={"t1.2": 2}, late={"percent_a_day": 10})
    mistake = hostile(folder)
    before = snapshot(folder)
    outcome = marking.mark(folder, limits=LIMITS, workers=2)
    course = open_course(folder)
    records = {
        path.parent.name: json.loads(path.read_text(encoding="utf-8"))
        for path in (course.marking / "records").rglob("*.json")
    }
    return {"folder": folder, "outcome": outcome, "records": records, "mistake": mistake, "before": before}


def snapshot(folder):
    """What marking must leave as it is."""
    kept = [
        *(folder / "release").rglob("*"),
        *(folder / "submitted").rglob("*"),
        *(folder / "instructor" / "keys").rglob("*"),
    ]
    return {path: path.read_bytes() for path in kept if path.is_file()}


def points(classroom, student):
    record = classroom["records"][student]
    return [one["points"] for one in record["exercises"]]


def said(classroom, student):
    return "\n".join(note for note in classroom["outcome"].notes if note.startswith(f"{student}, "))


def test_right_answers_get_all_points(classroom):
    assert points(classroom, "ann") == [1, 2, 3, 3, 4]
    assert said(classroom, "ann") == ""


def test_a_known_mistake_is_named(classroom):
    first = classroom["records"]["bob"]["exercises"][0]
    assert first["mistake"] == classroom["mistake"]
    assert points(classroom, "bob") == [0, 2, 0, 0, 0]


@pytest.mark.parametrize(
    ("student", "due", "words"),
    [
        ("loop", [1, 2, 0, 3, 4], "t1.3|ran longer than 3 seconds"),
        ("stubborn", [1, 2, 0, 3, 4], "ran longer than a submission may"),
        # A copy of a whole kernel is counted as memory too: which limit is passed first is a matter of luck.
        ("bomb", [1, 2, 0, 3, 4], "than a submission may|was stopped"),
        ("crowd", [1, 2, 0, 3, 4], "more processes"),
        ("big", [1, 2, 0, 3, 4], "more memory"),
        ("loud", [1, 2, 3, 3, 4], "printed more than is kept"),
        ("syntax", [1, 0, 3, 3, 4], None),
        ("edited", [1, 2, 0, 3, 4], "check cell of t1.1 was deleted"),
        ("edited", [1, 2, 0, 3, 4], "check cell of t1.2 was edited"),
        ("edited", [1, 2, 0, 3, 4], "answer cell of t1-3-answer was deleted"),
        ("renamed", [1, 2, 3, 3, 4], "handed in as my work (1).ipynb"),
        ("careless", [1, 2, 3, 3, 4], None),
    ],
)
def test_it_costs_at_most_its_own_marks_and_is_named(classroom, student, due, words):
    assert points(classroom, student) == due
    for part in (words or "").split("|"):
        assert part in said(classroom, student)


def test_who_stopped_the_box_reads_why_and_what_stands_below_is_run_in_another(classroom):
    record = classroom["records"]["big"]
    assert "more memory" in record["exercises"][2]["message"]
    assert [one["layer"] for one in record["exercises"][3:]] == ["correct", "correct"]
    assert record["stopped"] is None


@pytest.mark.parametrize(
    ("student", "state", "words"),
    [
        ("missing", "missing", "t1.ipynb is missing"),
        ("binary", "unreadable", "binary file"),
        ("half", "unreadable", "half-copied"),
        ("empty", "empty", "folder is empty"),
        ("link", "missing", "not an ordinary file"),
    ],
)
def test_what_cannot_be_marked_is_named_and_gets_nothing(classroom, student, state, words):
    assert classroom["records"][student]["state"] == state
    assert words in said(classroom, student)
    marks = gradebook.marks(open_course(classroom["folder"]))
    assert marks[student, "t1"].total == 0


def test_a_duplicate_student_is_named_and_takes_no_place(classroom):
    assert any("submitted/ANN is the same student as submitted/ann" in n for n in classroom["outcome"].notes)
    assert "ANN" not in classroom["records"]


@pytest.mark.parametrize("number", sorted(ATTEMPTS))
def test_no_attempt_forges_a_mark(classroom, number):
    told = classroom["records"]["forger"]["exercises"][number - 1]
    assert told["points"] == 0
    assert told["of"] == sample.POINTS[number - 1]


def test_forged_points_reach_neither_gradebook_nor_notebook(classroom):
    folder = classroom["folder"]
    marks = gradebook.marks(open_course(folder))
    assert marks["forger", "t1"].total == 0
    marked = json.loads((folder / "autograded" / "forger" / "t1" / "t1.ipynb").read_text(encoding="utf-8"))
    graded = [cell for cell in marked["cells"] if cell["metadata"].get("nbgrader", {}).get("grade")]
    code = [cell for cell in graded if cell["cell_type"] == "code"]
    assert [output["output_type"] for cell in code for output in cell["outputs"]] == ["error"] * 5


def test_the_box_shows_and_harms_nothing(classroom):
    # Everything that the snoop found would have been counted in place of the right answer.
    assert points(classroom, "snoop")[0] == 1
    assert said(classroom, "snoop") == ""
    assert snapshot(classroom["folder"]) == classroom["before"]


def test_lateness_is_told_and_an_extension_counts(classroom):
    marks = gradebook.marks(open_course(classroom["folder"]))
    assert marks["late", "t1"].late == 40 * 3600
    assert marks["late", "t1"].penalty == pytest.approx(0.2 * 13)
    assert (marks["longer", "t1"].late, marks["longer", "t1"].total) == (0, 13)
    assert "late by 1 day 16 hours" in said(classroom, "late")


def test_tables_of_the_marks(classroom):
    def rows(name):
        with (classroom["folder"] / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.reader(lines))

    ours = {row[0]: row for row in rows("marks.csv")}
    assert ours["student"][4:8] == ["t1.1", "t1.2", "t1.2 in words", "t1.3"]
    assert ours["ann"][4:13] == ["1", "2", "0", "3", "3", "4", "0", "13", "15"]
    assert ours["late"][10:12] == ["2.6", "10.4"]
    # A total without what is still to be read would be taken for the whole.
    assert ours["bob"][4:12] == ["0", "2", "", "0", "0", "0", "", ""]
    assert ours["bob"][-1] == "1 to be read"
    assert ours["nobody"][4:12] == [""] * 8
    assert ours["nobody"][-1] == "not handed in"
    assert ours["half"][-1] == "cannot be read"
    moodle = rows("marks_moodle.csv")
    assert moodle[0] == ["First name", "Last name", "ID number", "Email address", "t1"]
    assert ["Ann", "O'Neil", "900", "ann@example.org", "13"] in moodle
    assert [row[-1] for row in moodle if row[2] == "bob"] == [""]
    canvas = rows("marks_canvas.csv")
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "t1"]
    assert canvas[1][0].strip() == "Points Possible"
    assert canvas[1][5] == "15"
    assert ["O'Neil, Ann", "", "900", "ann", "", "13"] in canvas
    # A spreadsheet must not run a name.
    assert all(not cell.startswith("=") for row in canvas for cell in row)


def test_each_student_gets_a_page_and_nbgrader_finds_it(classroom):
    folder = classroom["folder"] / "feedback"
    for student in classroom["records"]:
        page = (folder / student / "index.html").read_text(encoding="utf-8")
        assert page.count("<h1>") == 1
        assert "<html lang=" in page
        assert "http://" not in page and "https://" not in page
        # What 'nbgrader release_feedback' opens for each of them.
        for name in ("t1.html", "timestamp.txt", "submission_secret.txt"):
            assert (folder / student / "t1" / name).is_file()
    bob = (folder / "bob" / "index.html").read_text(encoding="utf-8")
    message = next(
        m for m in sample.the_key()["exercises"]["t1.1"]["mistakes"] if m["name"] == classroom["mistake"]
    )
    assert message["message"][:40] in bob
    assert "<script>" not in bob
    assert "2 of 15 points so far" in bob and "t1.2 in words: to be read, 2 points" in bob
    assert "Nothing was written" in (folder / "ann" / "index.html").read_text(encoding="utf-8")


def test_the_report_names_what_to_teach_again_and_whom_to_look_at(classroom):
    report = (classroom["folder"] / "instructor" / "class_report.html").read_text(encoding="utf-8")
    assert "What to teach again tomorrow" in report
    assert f"{classroom['mistake']}: 1" in report
    words = report[report.index("Answers in words") :]
    assert words[: words.index("How marks are spread")].count("&lt;script&gt;") == 1  # bob, to be read
    for student in ("loop", "bomb", "crowd", "big", "half", "ANN"):
        assert student in report
    assert "<script>" not in report


def test_a_second_run_marks_nothing_again_and_changes_no_mark(classroom):
    folder = classroom["folder"]
    was = (folder / "marks.csv").read_bytes()
    course = open_course(folder)
    with gradebook.open_book(course) as book:
        grade = book.find_grade("t1-3", "t1", "t1", "bob")
        grade.manual_score, grade.needs_manual_grade = 2.5, False
        words = book.find_grade("t1-2-written", "t1", "t1", "bob")
        assert words.needs_manual_grade  # formgrader lists it as to be read
        words.manual_score, words.needs_manual_grade = 1.5, False
        book.find_comment("t1-2-written", "t1", "t1", "bob").manual_comment = "Half of whom?"
        book.find_comment("t1-3-answer", "t1", "t1", "bob").manual_comment = "A good <start>"
        book.db.commit()
    outcome = marking.mark(folder, limits=LIMITS)
    assert (outcome.marked, outcome.failed) == (0, 0)
    now = (folder / "marks.csv").read_bytes()
    changed = [new for old, new in zip(was.splitlines(), now.splitlines(), strict=True) if old != new]
    assert len(changed) == 1 and b"bob" in changed[0] and b",0,2,1.5,2.5,0,0,0,6,15,,marked" in changed[0]
    page = (folder / "feedback" / "bob" / "index.html").read_text(encoding="utf-8")
    assert "6 of 15 points</strong>" in page
    assert "t1.2 in words: 1.5 of 2 points (set by hand)" in page
    after = page[page.index("t1.2 in words") :]
    assert "Half of whom?" in after[: after.index("t1.3")]
    assert "A good &lt;start&gt;" in after[after.index("t1.3") : after.index("t1.4")]
    # New work of hers is marked anew; the mark by hand stands, and the report says what the marking gives.
    better = sample.short(folder, {1: sample.right(1), 3: sample.right(3)})
    sample.hand_in(folder, "bob", sample.in_words(better, 2, "Half of the plans."))
    # Half a copy in place of whole work costs nothing that was given.
    sample.hand_in(folder, "longer", '{"cells": [')
    outcome = marking.mark(folder, limits=LIMITS, workers=1)
    assert outcome.marked == 1
    marks = gradebook.marks(course)
    assert marks["bob", "t1"].points["t1-3"] == 2.5
    assert marks["bob", "t1"].automatic["t1-3"] == 3
    assert any("bob, t1: t1.3: 2.5 points by hand stand; the marking gives 3" in n for n in outcome.notes)
    assert marks["bob", "t1"].points["t1-2-written"] == 1.5
    assert any("t1.2 in words: written anew since it was given 1.5 points" in n for n in outcome.notes)
    assert any("bob, t1: t1.2 went from 2 to 0 points (resubmitted)" in n for n in outcome.notes)
    assert marks["longer", "t1"].total == 13
    assert any("longer, t1: What was handed in before stays marked" in n for n in outcome.notes)


def test_marking_killed_midway_is_taken_up_again(tmp_path):
    if walls.why_not():
        pytest.skip(walls.why_not())
    folder = sample.make(tmp_path / "course", ROSTER[:2])
    wait = sample.before(sample.all_right(folder), 5, "import time\ntime.sleep(2)")
    for number in range(3):
        sample.hand_in(folder, f"s{number}", wait if number else sample.all_right(folder))
    command = [sys.executable, "-m", "catalyst.cli", "mark", str(folder), "--workers", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        course = open_course(folder)
        first = marking.record_path(course, "s0", "t1")
        while not first.is_file() and process.poll() is None:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(0.1)
        # Another marking of the same folder is kept out while this one runs, and so is whoever changes it.
        assert "is being marked or changed just now" in refusal(folder)
        told = (folder / "instructor" / "assignment.json").read_bytes()
        with pytest.raises(CourseError, match="is being marked or changed just now"):
            course_folder.extend(folder, "ann", "2026-12-24T12:00:00+00:00")
        assert (folder / "instructor" / "assignment.json").read_bytes() == told
        process.kill()
    outcome = marking.mark(folder, workers=1)
    assert outcome.kept >= 1
    assert outcome.kept + outcome.marked == 3
    assert {mark.total for mark in gradebook.marks(course).values()} == {13}


def refusal(folder, **more):
    with pytest.raises(CourseError) as caught:
        marking.mark(folder, **more)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_folder_that_cannot_be_marked_is_refused_in_one_sentence(tmp_path, monkeypatch):
    assert "no assignment" in refusal(tmp_path)
    (tmp_path / ".autumn.partial").mkdir()
    assert "is not finished" in refusal(tmp_path / "autumn")
    folder = sample.make(tmp_path / "course", ROSTER)
    path = folder / "instructor" / "assignment.json"
    whole = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(whole | {"format": 99}), encoding="utf-8")
    assert "format 99" in refusal(folder)
    path.write_text(json.dumps(whole | {"course_version": "0.0.1"}), encoding="utf-8")
    assert "version 0.0.1" in refusal(folder)
    path.write_text(json.dumps(whole)[:50], encoding="utf-8")
    assert "cannot be read" in refusal(folder)
    path.write_text(json.dumps(whole), encoding="utf-8")
    monkeypatch.setattr(walls, "why_not", lambda: "bubblewrap is not installed (here)")
    message = refusal(folder)
    assert "bubblewrap is not installed" in message and "--unsafe" in message
    keys = folder / "instructor" / "keys" / "t1" / "all.json"
    keys.write_text("{}", encoding="utf-8")
    assert "damaged" in refusal(folder, safe=False)
    assert not (folder / "marks.csv").exists()
    assert (
        not (folder / "gradebook.db").exists()
        or not sqlite3.connect(folder / "gradebook.db").execute("select count(*) from grade").fetchone()[0]
    )


def test_the_gradebook_opens_in_formgrader(classroom):
    """A Jupyter server in the course folder, asked for the pages that formgrader shows in JupyterLab."""
    folder = classroom["folder"]
    with server.jupyter(folder) as ask:
        listed = {one["student"]: one for one in json.loads(ask("formgrader/api/submissions/t1"))}
        assert listed["ann"]["score"] == 13
        assert listed["ann"]["autograded"]
        assert "formgrader" in ask("formgrader/gradebook/t1")
        notebooks = json.loads(ask("formgrader/api/submitted_notebooks/t1/t1"))
        identity = next(one["id"] for one in notebooks if one["student"] == "loop")
        page = ask(f"formgrader/submissions/{identity}")
        assert "t1.3: there is no answer" in page
        assert "Correct: 155." in page

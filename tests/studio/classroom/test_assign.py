"""The course folder: what is in it, that its numbers are not the book's, and that nothing in it is lost."""

import json
import os
import shutil

import nbformat
import pytest

from catalyst import cli, paths
from catalyst.errors import CourseError
from catalyst.marking.answers import decode
from catalyst.marking.check import judge, mark
from catalyst.studio import exercises
from catalyst.studio.classroom import assign as door
from catalyst.studio.classroom import course_folder, lock, released, variant


def told_of(course) -> dict:
    return json.loads((course / "instructor" / "assignment.json").read_text(encoding="utf-8"))


def key_of(course, name="all") -> dict:
    return json.loads((course / "instructor" / "keys" / "t1" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def copied(course, tmp_path):
    """A copy of the course folder, to be spoiled."""
    return shutil.copytree(course, tmp_path / "course")


@pytest.fixture
def handed_out(course, tmp_path, monkeypatch):
    """The release where a student works on it."""
    mine = shutil.copytree(course / "release" / "t1", tmp_path / "t1")
    monkeypatch.chdir(mine)
    for name in ("CATALYST_DATA", "CATALYST_KEYS", "CATALYST_BUILD_KEY", "NBGRADER_EXECUTION"):
        monkeypatch.delenv(name, raising=False)
    return mine


def test_the_folder_is_nbgraders_own(course):
    from nbgrader.api import Gradebook

    assert (course / "source" / "t1" / "t1.ipynb").is_file()
    assert {path.name for path in course.iterdir()} == {
        "gradebook.db", "instructor", "nbgrader_config.py", "release", "source",
    }  # fmt: skip
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "catalyst") as gradebook:
        (assignment,) = gradebook.assignments
        assert (assignment.name, str(assignment.duedate)) == ("t1", "2026-11-30 17:00:00")
        assert assignment.max_score == 1 + 2 + 5 + 3 + 4 + 2
        students = {one.id: (one.first_name, one.last_name) for one in gradebook.students}
    assert students == {"ann": ("Ann", "O'Neill"), "bjorn": ("Björn", "Åkesson, Jr")}
    told = told_of(course)
    assert told["students"][1]["extension"] == "2026-12-07T12:00:00+00:00"
    assert (told["format"], told["chapters"], told["per_student"]) == (1, ["t1"], False)
    (release,) = told["releases"]
    assert release["content_hash"] == released.content_hash(released.files_of(course / "release" / "t1"))
    if os.name != "nt":
        for private in ("source", "instructor", "gradebook.db"):
            assert (course / private).stat().st_mode & 0o077 == 0, private


def test_nbgrader_makes_the_same_release_again(copied):
    """An instructor may press the button in formgrader: nothing is lost, nothing else is given out."""
    from nbgrader.apps import GenerateAssignmentApp

    before = released.files_of(copied / "release" / "t1")
    here = os.getcwd()
    os.chdir(copied)
    try:
        app = GenerateAssignmentApp()
        app.initialize(["t1", "--force", "--log-level=ERROR"])
        app.start()
    finally:
        os.chdir(here)
        GenerateAssignmentApp.clear_instance()
    assert released.files_of(copied / "release" / "t1") == before


def test_published_answers_are_wrong_here(course):
    own = paths.root() / "data" / "synthetic"
    published = json.loads((paths.root() / ".keys" / paths.release_hash(own) / "t1.json").read_text("utf-8"))
    for name, entry in key_of(course)["exercises"].items():
        verdict = mark(name, entry, decode(published["exercises"][name]["answer"]))
        assert verdict.layer == "value", name


def test_a_place_for_an_answer_in_words_stands_below_its_exercise(course):
    told = json.loads((course / "release" / "t1" / "t1.ipynb").read_text(encoding="utf-8"))
    ids = [cell["id"] for cell in told["cells"]]
    at = ids.index("t1-2-check")
    assert ids[at + 1 : at + 3] == ["t1-2-written-ask", "t1-2-written"]
    assert "t1.2, in words (2 points)" in "".join(told["cells"][at + 1]["source"])
    place = told["cells"][at + 2]
    assert place["source"] == ["*Write your answer here.*"]
    graded = place["metadata"]["nbgrader"]
    assert (graded["grade"], graded["solution"], graded["locked"], graded["points"]) == (True, True, False, 2)
    readme = (course / "release" / "t1" / "README.md").read_text(encoding="utf-8")
    assert "| t1.2 in words, read by a person | 2 | |" in readme
    assert "5 exercises, 17 points" in readme
    assert told_of(course)["written"] == {"t1.2": 2}


def test_the_key_holds_each_mistake_under_its_own_name(course):
    for name, entry in key_of(course)["exercises"].items():
        assert len(entry["mistakes"]) >= 3
        for mistake in entry["mistakes"]:
            assert mark(name, entry, decode(mistake["answer"])).name == mistake["name"]
    page = (course / "instructor" / "answers" / "t1.md").read_text(encoding="utf-8")
    assert f"**Answer:** {decode(key_of(course)['exercises']['t1.1']['answer'])}\n" in page
    assert "## t1.3 (5 points)" in page
    assert "You restarted the clock on 1 April" in page


def test_check_records_and_says_when_it_is_marked(handed_out, course):
    """The right answer, a wrong one and a mistake are all told the same; the form alone is judged."""
    entry = key_of(course)["exercises"]["t1.4"]
    said = {judge("t1.4", decode(one["answer"])).message for one in [entry, *entry["mistakes"]]}
    (only,) = said
    assert only == "t1.4: your answer is recorded in this notebook, and is marked after you hand it in."
    assert judge("t1.4", ...).layer == "blank"
    assert judge("t1.4", "a fifth").layer == "type"
    assert judge("t1.5", {"to month 9": 1.0}).layer == "shape"


def test_an_answer_is_kept_in_the_notebook(handed_out):
    """Solved and run as a student would: the outputs of the check cells hold the answers."""
    from nbclient import NotebookClient

    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("from catalyst import check"),
            nbformat.v4.new_code_cell('check("t1.2", 0.5)'),
            nbformat.v4.new_code_cell('check("t1.2", ...)'),
        ]
    )
    environment = {**os.environ, "PYTHONPATH": str(paths.root() / "src")}
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(handed_out)}}).execute(
        env=environment
    )
    (kept,) = notebook.cells[1].outputs
    assert kept.data["application/vnd.catalyst.answer+json"] == {"answer": {"scalar": 0.5}}
    assert kept.data["text/plain"].endswith("is marked after you hand it in.")
    assert notebook.cells[2].outputs[0].text == "t1.2 not attempted yet.\n"


def test_no_key_is_built_for_an_assignment(handed_out, monkeypatch, tmp_path):
    """Or the published solutions would tell a student at once whether she is right."""
    monkeypatch.setenv("CATALYST_KEYS", str(tmp_path / "keys"))
    assert exercises.ensure_keys() is False
    with pytest.raises(CourseError, match="there is no key to build for them"):
        exercises.make()
    assert not (tmp_path / "keys").exists()


def test_equal_arguments_again_change_nothing(course, asked):
    before = released.files_of(course)
    said = []
    told = door.assign(out=course, **{**asked, "say": said.append})
    assert told == told_of(course)
    assert released.files_of(course) == before
    assert said == [f"The assignment is there already, and nothing was changed: {course}"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"seed": 2}, "differs in seed"),
        ({"names": ["t1", "f4"]}, "differs in chapters, points, masters"),
        ({"due": None}, "differs in due"),
        ({"points": {}}, "differs in points"),
        ({"written": {"t1.2": 3}}, "differs in written"),
        ({"per_student": True}, "differs in per_student"),
    ],
)
def test_another_assignment_is_refused(change, why, course, asked):
    before = released.files_of(course)
    with pytest.raises(CourseError, match=f"holds another assignment .it {why}.*move that folder away"):
        door.assign(out=course, **{**asked, **change})
    assert released.files_of(course) == before


def test_what_is_not_an_assignment_is_left_alone(asked, tmp_path):
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    with pytest.raises(CourseError, match="is not empty and holds no assignment"):
        door.assign(out=tmp_path / "thesis", **asked)
    with pytest.raises(CourseError, match="is a file, and an assignment needs a folder"):
        door.assign(out=tmp_path / "thesis" / "chapter.txt", **asked)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]
    assert (tmp_path / "thesis" / "chapter.txt").read_text() == "years of work"


def spoil(course, **change) -> None:
    told = told_of(course)
    (course / "instructor" / "assignment.json").write_text(json.dumps({**told, **change}), encoding="utf-8")


def test_a_folder_of_another_version_is_told_so(copied, asked):
    spoil(copied, format=2, course_version="9.9")
    with pytest.raises(CourseError, match=r"was made by version 9.9 of the course in another layout"):
        door.assign(out=copied, **asked)
    spoil(copied, format=1, course_version="0.0.9", arguments={})
    with pytest.raises(CourseError, match=r"made by another state of the course .version 0.0.9."):
        door.assign(out=copied, **asked)
    (copied / "instructor" / "assignment.json").write_text("{", encoding="utf-8")
    with pytest.raises(CourseError, match="cannot be read, so nothing was changed"):
        course_folder.extend(copied, "ann", None)


def test_a_release_that_was_changed_since_is_not_called_finished(copied, asked):
    (copied / "release" / "t1" / "README.md").write_text("Due whenever.")
    with pytest.raises(CourseError, match="is not what was released"):
        door.assign(out=copied, **asked)


def test_a_stopped_run_leaves_nothing_and_is_taken_up_again(course, asked, tmp_path, monkeypatch):
    """Killed just before its end: no folder; run again, nothing is made twice, and the result is the same."""
    out = tmp_path / "course"
    place = tmp_path / ".course.partial"
    (place / "made" / "t1").mkdir(parents=True)

    def killed(*_):
        raise KeyboardInterrupt

    # What the first run had finished, as it stands in the workspace then.
    arguments = told_of(course)["arguments"]
    made = place / "made" / "t1" / "all"
    shutil.copytree(course / "release" / "t1", made / "release")
    shutil.copy(course / "instructor" / "keys" / "t1" / "all.json", made / "key.json")
    note = told_of(course)["releases"][0]
    (made / "note.json").write_text(json.dumps(note), encoding="utf-8")
    (place / "run.json").write_text(
        json.dumps({"arguments": arguments, "seed": asked["seed"]}), encoding="utf-8"
    )
    monkeypatch.setattr("catalyst.studio.classroom.world.make", lambda *_: pytest.fail("lived again"))
    with monkeypatch.context() as stopped:
        stopped.setattr(course_folder, "furnish", killed)
        with pytest.raises(KeyboardInterrupt):
            door.assign(out=out, **asked)
    assert not out.exists()
    with pytest.raises(CourseError, match="Another assignment was stopped here"):
        door.assign(out=out, **{**asked, "due": None})

    def furnished(folder, *_):
        for name in ("gradebook.db", "nbgrader_config.py"):
            shutil.copy(course / name, folder / name)

    monkeypatch.setattr(course_folder, "furnish", furnished)
    door.assign(out=out, **asked)
    assert not place.exists()
    mine, theirs = released.files_of(out), released.files_of(course)
    assert mine.keys() == theirs.keys()
    changing = {"gradebook.db", "instructor/assignment.json"}
    assert [name for name in mine if name not in changing and mine[name] != theirs[name]] == []


def test_a_leak_stops_the_release(asked, tmp_path, monkeypatch, course):
    """A master whose solution stands in a hint as well is not released."""
    text = (course / "release" / "t1" / "t1.ipynb").read_text(encoding="utf-8")
    leaking = text.replace("## t1.1 How many plans?", "one_each = rows.drop_duplicates(plan)")
    monkeypatch.setattr(variant, "generate", lambda master: leaking)
    monkeypatch.setattr(variant, "data", lambda *_: {"data/synthetic/manifest.json": b'{"tables": {}}'})
    monkeypatch.setattr(variant, "live", lambda *_: None)
    monkeypatch.setattr(variant.solve, "key", lambda *_: key_of(course))
    out = tmp_path / "course"
    with pytest.raises(CourseError, match=r"Nothing was released: t1.ipynb holds part of the solution"):
        door.assign(out=out, **asked)
    assert not out.exists()


def test_unfit_worlds_are_passed_over_and_told_of(asked, tmp_path, monkeypatch, course):
    """Mistakes that fall together, then an answer that is the published one: the next worlds are tried."""
    own = key_of(course)
    published = json.loads(json.dumps(own))
    for entry in published["exercises"].values():
        entry["answer"] = {"scalar": -1} if entry["kind"] != "mapping" else {"mapping": []}
    tries = []

    def key(master, data, fits, truth):
        tries.append(1)
        if len(tries) == 1:
            raise exercises.NotApart("two mistakes fall together")
        for name, entry in own["exercises"].items():
            again = {"answer": {"scalar": -1}} if len(tries) == 2 and name == "t1.2" else {}
            fits(name, entry | again)
        return own

    monkeypatch.setattr(variant, "published", lambda *_: published)
    monkeypatch.setattr(variant, "data", lambda *_: {"data/synthetic/manifest.json": b'{"tables": {}}'})
    monkeypatch.setattr(variant, "live", lambda *_: None)
    monkeypatch.setattr(variant.solve, "key", key)
    monkeypatch.setattr(course_folder, "furnish", lambda *_: None)
    (release,) = door.assign(out=tmp_path / "course", **asked)["releases"]
    assert release["sub_seed"] == 2
    assert [one["sub_seed"] for one in release["tried"]] == [0, 1]
    assert release["tried"][0]["why"] == "two mistakes fall together"
    assert "the published answer of t1.2 is right here too" in release["tried"][1]["why"]
    assert release["same_as_published"] == []


def test_a_class_may_grow(copied, asked, roster_file, tmp_path):
    """Who joins late is taken in; more time that was given meanwhile stays; nobody is thrown out."""
    from nbgrader.api import Gradebook

    release = released.files_of(copied / "release")
    course_folder.extend(copied, "ann", "2026-12-24T12:00:00+00:00")
    later = tmp_path / "later.csv"
    text = roster_file.read_text(encoding="utf-8").replace("O'Neill", "Neill").replace("12-07T12", "12-08T12")
    later.write_text(f"{text}cy,Cy,Li,,\n", encoding="utf-8")
    told = door.assign(out=copied, **{**asked, "students": later})
    assert told == told_of(copied)
    assert [(one["id"], one["last_name"], one["extension"]) for one in told["students"]] == [
        ("ann", "Neill", "2026-12-24T12:00:00+00:00"),
        ("bjorn", "Åkesson, Jr", "2026-12-08T12:00:00+00:00"),
        ("cy", "Li", None),
    ]
    with Gradebook(f"sqlite:///{copied / 'gradebook.db'}", "catalyst") as gradebook:
        assert {one.id: one.last_name for one in gradebook.students}["ann"] == "Neill"
        assert len(gradebook.students) == 3
    assert released.files_of(copied / "release") == release
    # Not while it is being marked, or marks would be of another class than the one that was read.
    again = {**asked, "students": later}
    later.write_text(later.read_text(encoding="utf-8") + "di,Di,Ng,,\n", encoding="utf-8")
    with lock.alone(copied), pytest.raises(CourseError, match="is being marked or changed just now"):
        door.assign(out=copied, **again)
    assert told == told_of(copied)
    with pytest.raises(CourseError, match=r"cy is in the assignment .* and not in the roster"):
        door.assign(out=copied, **asked)
    assert told == told_of(copied)


def test_more_time_can_be_given_and_taken_back(copied, capsys):
    assert cli.main(["extend", str(copied), "ann", "2026-12-24T12:00Z"]) == 0
    assert "ann has more time until" in capsys.readouterr().out
    assert told_of(copied)["students"][0]["extension"] == "2026-12-24T12:00:00+00:00"
    assert cli.main(["extend", str(copied), "ann", "none"]) == 0
    assert told_of(copied)["students"][0]["extension"] is None
    capsys.readouterr()
    assert cli.main(["extend", str(copied), "anna", "2026-12-24"]) == 2
    assert capsys.readouterr().err.endswith("Did you mean 'ann'?\n")
    assert cli.main(["extend", str(copied / "release"), "ann", "2026-12-24"]) == 2
    assert "is no course folder of an assignment" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--due", "soon"], "--due is a day such as 2026-11-30"),
        (["--points", "t1.3"], "--points takes an exercise and its points, from 1 to 1,000"),
        (["--points", "t1.3=0"], "--points takes an exercise and its points, from 1 to 1,000"),
        (["--points", "t1.3=2", "--points", "t1.3=3"], "--points t1.3 is given more than once"),
        (["--points", "t9.1=2"], "--points names the exercise 't9.1', which is not assigned"),
        (["--written", "t9.1=2"], "--written names the exercise 't9.1', which is not assigned"),
        (["--seed", "-1"], "--seed must be a whole number from 0"),
        (["--students", "nobody.csv"], "There is no roster nobody.csv"),
        (["t1o"], "There are no exercises 't1o'. Did you mean 't1'?"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_sentence(arguments, sentence, roster_file, tmp_path, capsys):
    out = tmp_path / "course"
    given = ["assign", "t1", "--students", str(roster_file), "--out", str(out), *arguments]
    if not arguments[0].startswith("-"):
        given = ["assign", *arguments, "--students", str(roster_file), "--out", str(out)]
    assert cli.main(given) == 2
    told = capsys.readouterr().err
    assert sentence in told
    assert told.count("\n") == 1
    assert not out.exists()


def test_each_student_has_answers_of_her_own(asked, tmp_path, monkeypatch):
    """The same exercises, other families under other names: small, and no two alike."""
    out = tmp_path / "course"
    monkeypatch.setattr(course_folder, "furnish", lambda *_: None)
    told = door.assign(
        out=out, **{**asked, "names": ["f1"], "points": {}, "written": {}, "per_student": True}
    )
    assert not (out / "release").exists()
    files, keys = {}, {}
    for release in told["releases"]:
        who = release["variant"]
        assert release["folder"] == f"variants/{who}/f1"
        files[who] = released.files_of(out / release["folder"])
        assert sum(map(len, files[who].values())) <= variant.MOST_BYTES
        keys[who] = json.loads((out / "instructor" / "keys" / "f1" / f"{who}.json").read_text("utf-8"))
        assert keys[who]["release"] == release["data_hash"]
    assert set(keys) == {"ann", "bjorn"}
    alike = []
    for name, entry in keys["ann"]["exercises"].items():
        if mark(name, entry, decode(keys["bjorn"]["exercises"][name]["answer"])).layer == "correct":
            alike.append(name)
    assert len(alike) <= 2, alike
    import pandas as pd

    ids = [
        set(
            pd.read_parquet(out / "variants" / who / "f1/data/synthetic/cin_child_identifiers.parquet")[
                "LAchildID"
            ]
        )
        for who in keys
    ]
    assert not ids[0] & ids[1]
    assert "| Ann O'Neill (ann) |" in (out / "instructor" / "answers" / "f1.md").read_text(encoding="utf-8")
    assert not (out / "source" / "f1" / "data").exists()

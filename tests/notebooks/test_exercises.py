"""Every exercise, as its master makes it and as a learner meets it; the sample proves that the tests bite."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient

from catalyst import paths
from catalyst.marking import key as keys
from catalyst.studio import masters
from catalyst.studio.assignments import generate

REAL = sorted(path.stem for path in (paths.root() / "solutions").glob("*/*.ipynb"))

# nbgrader's own programs take many seconds to start: one course is enough for every day.
ONE_OF_THEM = pytest.mark.parametrize(
    "course",
    [
        name if i == 0 else pytest.param(name, marks=pytest.mark.slow)
        for i, name in enumerate([*REAL, "sample"])
    ],
    indirect=True,
)


BEGIN_AFRESH = """\
import json
import os
import sys

os.environ.clear()
os.environ.update(json.loads({environment!r}))
os.chdir({folder!r})
for name in [name for name in sys.modules if name.partition(".")[0] == "catalyst"]:
    del sys.modules[name]
get_ipython().run_line_magic("reset", "-f")"""


@pytest.fixture(scope="module")
def kernel():
    """The kernel in which all notebooks of this file are run, one after another.

    Each begins with no name defined, with an environment and a course of its own; only the libraries need not
    be imported anew. That each runs in a kernel of its own is proved where keys and book are made.
    """
    running = KernelManager(kernel_name="python3")
    source = os.pathsep.join([str(paths.root() / "src"), os.environ.get("PYTHONPATH", "")])
    running.start_kernel(
        extra_arguments=["--IPKernelApp.log_level=40"], env={**os.environ, "PYTHONPATH": source}
    )
    yield running
    running.shutdown_kernel(now=True)


def run(kernel, notebook, folder: Path, **environment):
    """Run a notebook to its end, whatever its cells raise, and return it with its outputs."""
    inherited = {name: value for name, value in os.environ.items() if name != "NBGRADER_EXECUTION"}
    begin = BEGIN_AFRESH.format(environment=json.dumps({**inherited, **environment}), folder=str(folder))
    notebook.cells.insert(0, nbformat.v4.new_code_cell(begin))
    NotebookClient(notebook, km=kernel, timeout=120, allow_errors=True).execute()
    assert notebook.cells.pop(0).outputs == []
    return notebook


def checks(notebook) -> dict:
    """The check cells of a notebook that was run: what each printed or raised, by the exercise's id."""
    return {
        cell.metadata.catalyst["id"]: cell.outputs
        for cell in notebook.cells
        if cell.cell_type == "code" and "id" in cell.metadata.get("catalyst", {})
    }


def printed(outputs) -> str:
    return "".join(output.text for output in outputs if output.output_type == "stream").strip()


def errors(notebook) -> list[str]:
    return [
        f"{cell.id}: {output.ename}: {output.evalue}"
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "error"
    ]


def assert_solution_is_marked_correct(kernel, course) -> None:
    """The master, run as a learner with the right answers would: all correct, each mistake told as meant."""
    notebook = run(kernel, masters.read(course.master), course.master.parent, NBGRADER_EXECUTION="validate")
    assert errors(notebook) == []
    for exercise, outputs in checks(notebook).items():
        assert printed(outputs).startswith("Correct"), (exercise, printed(outputs))


def test_the_master_has_all_it_needs(course):
    assert masters.faults(course.master) == []


def test_the_exercise_is_what_its_master_gives(course):
    committed = course.exercise.read_bytes()
    assert generate(course.master).encode("utf-8") == committed, "run 'python3 course.py exercises'"
    assert generate(course.master).encode("utf-8") == committed
    assert committed.endswith(b"}\n") and b"\r" not in committed


@ONE_OF_THEM
def test_nbgrader_itself_makes_the_same_exercise(course, tmp_path):
    shutil.copy(paths.root() / "nbgrader_config.py", tmp_path)
    shutil.copytree(course.master.parent, tmp_path / "solutions" / course.name)
    # nbgrader calls alembic by name, from the environment that it is installed in.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", course.name],
        cwd=tmp_path,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    made = tmp_path / "exercises" / course.name / f"{course.name}.ipynb"
    assert made.read_bytes() == course.exercise.read_bytes()


WRONG = """\
import json

from catalyst.marking.answers import decode

{name} = decode(json.loads({answer!r}))"""


def visited(kernel, course) -> SimpleNamespace:
    """An exercise run once, from top to bottom, by a learner who has done nothing yet.

    After each check cell the same check is made behind nbgrader's Validate button, first blank as it is, then
    with the first known mistake for an answer.
    """
    known = keys.read(course.key)["exercises"]
    notebook = masters.read(course.exercise)
    own, cells = list(notebook.cells), []
    met = {exercise.position: exercise for exercise in masters.exercises(notebook)}
    asked: dict[str, dict] = {"blank": {}, "mistaken": {}}

    def more(source: str):
        cells.append(nbformat.v4.new_code_cell(source))
        return cells[-1]

    for position, cell in enumerate(own):
        cells.append(cell)
        if position in met:
            name, identity = met[position].name, met[position].spec["id"]
            answer = json.dumps(known[identity]["mistakes"][0]["answer"])
            more("import os\n\nos.environ['NBGRADER_EXECUTION'] = 'validate'")
            asked["blank"][identity] = more(cell.source)
            more(WRONG.format(name=name, answer=answer))
            asked["mistaken"][identity] = more(cell.source)
            more(f"{name} = ...\ndel os.environ['NBGRADER_EXECUTION']")
    notebook.cells = cells
    run(kernel, notebook, course.exercise.parent)
    return SimpleNamespace(own=nbformat.v4.new_notebook(cells=own), **asked)


@pytest.fixture(scope="module")
def visits() -> dict[str, SimpleNamespace]:
    """What has been visited so far, by the course's name."""
    return {}


@pytest.fixture
def visit(kernel, course, visits) -> SimpleNamespace:
    if course.name not in visits:
        visits[course.name] = visited(kernel, course)
    return visits[course.name]


def test_a_blank_exercise_runs_clean_and_says_not_attempted(course, visit):
    assert errors(visit.own) == []
    said = {exercise: printed(outputs) for exercise, outputs in checks(visit.own).items()}
    assert said == {exercise: f"{exercise} not attempted yet." for exercise in said}
    assert len(said) == len(masters.exercises(masters.read(course.master)))


def test_the_solution_is_correct_and_each_mistake_gets_its_own_message(kernel, course):
    assert_solution_is_marked_correct(kernel, course)


def test_validate_fails_every_blank_cell(course, visit):
    assert list(visit.blank) == list(keys.read(course.key)["exercises"])
    for exercise, cell in visit.blank.items():
        assert_only_error(cell, f"{exercise} not attempted yet.")


def test_validate_fails_a_wrong_answer_and_names_it(course, visit):
    known = keys.read(course.key)["exercises"]
    assert list(visit.mistaken) == list(known)
    for exercise, cell in visit.mistaken.items():
        assert_only_error(cell, known[exercise]["mistakes"][0]["message"])


def assert_only_error(cell, message: str) -> None:
    assert [output.output_type for output in cell.outputs] == ["error"]
    assert cell.outputs[0].evalue == message
    assert cell.outputs[0].traceback == [f"AssertionError: {message}"]


@ONE_OF_THEM
def test_nbgraders_own_validator_says_the_same(course, monkeypatch):
    from nbgrader.validator import Validator

    monkeypatch.setenv("PYTHONPATH", str(paths.root() / "src"))

    results = Validator().validate(str(course.exercise))
    known = json.loads(course.key.read_text(encoding="utf-8"))["exercises"]
    assert set(results) == {"failed"}
    said = [failed["raw_error"].strip() for failed in results["failed"]]
    assert said == [f"AssertionError: {exercise} not attempted yet." for exercise in known]


def test_nothing_of_the_solution_stands_in_the_exercise(course):
    text = course.exercise.read_text(encoding="utf-8")
    shown = "\n".join(cell.source for cell in masters.read(course.exercise).cells)
    master = masters.read(course.master)
    kept_open = "\n".join(
        masters.outside(cell.source) for cell in master.cells if not masters.is_hidden(cell)
    )
    secret = []
    for cell in master.cells:
        if masters.is_hidden(cell):
            secret += cell.source.splitlines()
        elif cell.cell_type == "code":
            secret += masters.solution_lines(cell.source)
    secret = {line.strip() for line in secret if len(line.strip()) > 3}
    secret = {line for line in secret if line not in kept_open}
    assert secret
    assert [line for line in sorted(secret) if line in shown] == []
    for entry in keys.read(course.key)["exercises"].values():
        for mistake in entry["mistakes"]:
            assert mistake["message"] not in shown
            assert json.dumps(mistake["message"], ensure_ascii=False)[1:-1] not in text
    for word in ("SOLUTION", "wrong(", "also(", "catalyst.marking", "HIDDEN TESTS", '"mistake"'):
        assert word not in text
    assert not re.search(r'"outputs": \[\s*\{', text)


def test_what_a_learner_sees_of_an_exercise_is_all_there(course):
    """Taking out the secrets must not take out a question, a hint or a check."""
    master, exercise = masters.read(course.master), masters.read(course.exercise)
    assert [cell.id for cell in exercise.cells] == [
        cell.id for cell in master.cells if not masters.is_hidden(cell)
    ]
    for cell in exercise.cells:
        grader = cell.metadata.get("nbgrader", {})
        if grader.get("grade"):
            assert cell.metadata["deletable"] is False and cell.metadata["editable"] is False
        if grader:
            assert re.fullmatch(r"[0-9a-f]{32}", grader["checksum"])
        if cell.cell_type == "code":
            ast.parse(cell.source)
    assert nbformat.validate(exercise) is None


# --- the proof that these tests bite -----------------------------------------------------------------


@pytest.fixture
def mutable(sample, tmp_path, monkeypatch):
    """The sample course with a key of its own, to be spoilt."""
    shutil.copytree(sample.environment["CATALYST_KEYS"], tmp_path / "keys")
    monkeypatch.setenv("CATALYST_KEYS", str(tmp_path / "keys"))
    return sample


def reseal(path: Path, change) -> None:
    key = json.loads(path.read_text(encoding="utf-8"))
    change(key["exercises"])
    path.write_text(json.dumps(keys.seal(key)), encoding="utf-8")


def mark_other_answer(exercises):
    exercises["s1.1"]["answer"] = {"scalar": 0.61}


def widen_tolerance(exercises):
    exercises["s1.1"]["tolerance"] = 0.2


def swap_messages(exercises):
    first, second = exercises["s1.2"]["mistakes"]
    first["message"], second["message"] = second["message"], first["message"]


def forget_mistake(exercises):
    exercises["s1.5"]["mistakes"].pop()


def refuse_second_answer(exercises):
    exercises["s1.1"]["accept"].clear()


@pytest.mark.parametrize(
    "change",
    [
        mark_other_answer,
        swap_messages,
        *(
            pytest.param(f, marks=pytest.mark.slow)
            for f in (widen_tolerance, forget_mistake, refuse_second_answer)
        ),
    ],
)
def test_a_changed_key_turns_the_tests_red(kernel, mutable, change):
    reseal(mutable.key, lambda exercises: None)
    reseal(mutable.key, change)
    with pytest.raises(AssertionError):
        assert_solution_is_marked_correct(kernel, mutable)


def test_a_changed_key_that_is_not_resealed_turns_the_tests_red(kernel, mutable):
    text = mutable.key.read_text(encoding="utf-8")
    mutable.key.write_text(text.replace('"tolerance": 0.005', '"tolerance": 0.006'), encoding="utf-8")
    with pytest.raises(AssertionError):
        assert_solution_is_marked_correct(kernel, mutable)

"""Exercises and their key out of the masters in ``solutions/``. Depends on ``marking`` and ``masters``.

``make`` does everything; ``ensure_keys`` builds only what is out of step with the data, the masters or the
code that marks, and costs next to nothing when all is in step.
"""

import hashlib
import importlib.util
import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import before_after, masters

SECONDS_A_CELL = 120
SHOWN = ("progress.py", "standing.py")


class NotApart(CourseError):
    """Answers and mistakes of a key that cannot be told apart on the data in use."""


def build_truth() -> None:
    """Build the truth behind the data in use beside their key, in a course that knows how to."""
    if importlib.util.find_spec("catalyst.studio.truths") is not None:
        from catalyst.studio import truths

        truths.build()


def make(
    solutions: Path | None = None,
    exercises: Path | None = None,
    say: Callable[[str], None] = print,
    truth: Callable[[], None] = build_truth,
) -> None:
    """Make every exercise, and build the truth and every key anew on the data in use.

    Parameters
    ----------
    solutions, exercises : Path, optional
        Where the masters are and where the exercises go; the project's own folders if not given.
    say : callable
        Takes one line of report at a time.
    truth : callable
        Builds the truth.

    Raises
    ------
    CourseError
        If a master lacks something, stops with an error, or has answers that cannot be told apart. Nothing
        is half-written: each file is replaced whole.
    """
    if _assigned():
        raise CourseError(
            "The data in use are those of an assignment, which is marked after it was handed in: there is no "
            "key to build for them; run this command in the course's own folder, without CATALYST_DATA."
        )
    solutions = solutions or paths.root() / "solutions"
    exercises = exercises or paths.root() / "exercises"
    found = _masters(solutions)
    if not found:
        raise CourseError(f"There are no masters in {solutions}: expected <id>/<id>.ipynb.")
    missing = [fault for master in found for fault in masters.faults(master)]
    if missing:
        raise CourseError("\n".join(missing))

    from catalyst.studio.assignments import generate

    for master in found:
        text = generate(master)
        target = exercises / master.stem / master.name
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            write_whole(target, text)
            say(f"{target.parent.name}/{target.name}: made anew")
    _build(solutions, found, say, truth)
    _ensure_test(solutions, say)


def ensure_keys(
    solutions: Path | None = None,
    say: Callable[[str], None] = print,
    truth: Callable[[], None] = build_truth,
) -> bool:
    """Build the truth and the keys that are absent or out of step.

    They are out of step when the release, a master, the pins or the code that marks has changed since. For
    the data of an assignment nothing is built.

    Returns
    -------
    bool
        Whether anything had to be built.

    Raises
    ------
    CourseError
        As ``make`` does.
    """
    if _assigned():
        return False
    solutions = solutions or paths.root() / "solutions"
    found = _masters(solutions)
    stamp = paths.keys_dir() / "stamp"
    kept = all((paths.keys_dir() / f"{master.stem}.json").is_file() for master in found)
    truth_stands = _truth_stands()
    if kept and truth_stands and stamp.is_file() and stamp.read_text(encoding="utf-8") == _stamp(found):
        _ensure_test(solutions, say)
        return False
    stale = [master for master in found if not _in_step(master)]
    missing = [fault for master in stale for fault in masters.faults(master)]
    if missing:
        raise CourseError("\n".join(missing))
    _build(solutions, stale, say, None if truth_stands else truth)
    _ensure_test(solutions, say)
    return True


def _assigned() -> bool:
    """Whether the data in use belong to an assignment: with a key, ``check`` would tell its answers."""
    return (paths.data_dir() / "assigned.json").is_file()


def _ensure_test(solutions: Path, say: Callable[[str], None]) -> None:
    """The test before and after belongs to this course, not to any folder of masters."""
    if solutions == paths.root() / "solutions":
        before_after.ensure(say)


def write_whole(path: Path, text: str) -> None:
    """Write a text file in one step: whoever reads it sees the old one or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        # mkstemp makes files for its owner alone; a course is read by others too.
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _masters(solutions: Path) -> list[Path]:
    return [path for path in sorted(solutions.glob("*/*.ipynb")) if not path.name.startswith(".")]


def _build(
    solutions, stale: list[Path], say: Callable[[str], None], truth: Callable[[], None] | None
) -> None:
    folder = paths.keys_dir()
    if truth is not None:
        say("building the truth behind these data")
        truth()
        write_whole(folder / "truth.stamp", _truth_code())
    for master, key in zip(stale, _keys(stale, say), strict=True):
        write_whole(folder / f"{master.stem}.json", json.dumps(key, indent=1, ensure_ascii=False) + "\n")
    found = _masters(solutions)
    for path in folder.glob("*.json"):
        if path.stem not in {*before_after.FORMS, *(master.stem for master in found)}:
            path.unlink()
    write_whole(folder / "stamp", _stamp(found))


def _keys(stale: list[Path], say: Callable[[str], None]) -> Iterator[dict]:
    """The keys of these masters in their order; more than two are made side by side, as each takes long."""
    if len(stale) <= 2:
        for master in stale:
            say(f"{master.stem}: running the solutions for the key")
            yield key_of(master, say)
        return
    # Started afresh: a copy of this process would share the threads of what built the truth.
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        running = [pool.submit(key_of, master) for master in stale]
        try:
            for master, key in zip(stale, running, strict=True):
                say(f"{master.stem}: running the solutions for the key")
                yield key.result()
        finally:
            for key in running:
                key.cancel()


def key_of(
    master: Path,
    say: Callable[[str], None] = print,
    strict: bool | None = None,
    runner: Callable[[Path, object], list[dict]] | None = None,
) -> dict:
    """The key of one master on the data in use, run and proved.

    Parameters
    ----------
    master : Path
        The master's notebook.
    say : callable
        Takes one line of report at a time.
    strict : bool, optional
        Whether mistakes that cannot be told apart are refused; if not given, on the committed data alone.
    runner : callable, optional
        What runs the master and returns what was recorded; a kernel of its own if not given.

    Returns
    -------
    dict
        What ``.keys/<release hash>/<id>.json`` holds: for each exercise its spec, answer, shape, accepted
        answers, mistakes and the truth to show; the hashes of release, master and marking code.
    """
    from catalyst.marking import key

    notebook = masters.read(master)
    lines = (runner or run)(master, notebook)
    specs = {exercise.spec["id"]: exercise.spec for exercise in masters.exercises(notebook)}
    for line in lines:
        if line["exercise"] not in specs:
            raise CourseError(
                f"{master.name}: an answer or mistake for '{line['exercise']}', which has no check cell."
            )
    if strict is None:
        strict = paths.data_dir().resolve() == (paths.root() / "data" / "synthetic").resolve()
    entries = {}
    for identity, spec in specs.items():
        mine = [line for line in lines if line["exercise"] == identity]
        entries[identity] = entry_of(master, spec, mine, strict, say)
    return key.seal(
        {
            "version": key.VERSION,
            "notebook": master.stem,
            "release": paths.release_hash(),
            "solution": _sha(master.read_bytes()),
            "marking": _code(),
            "exercises": entries,
        }
    )


def run(master: Path, notebook) -> list[dict]:
    """Run a master in a kernel of its own and return what ``check``, ``wrong`` and ``also`` recorded.

    Raises
    ------
    CourseError
        If a cell raises or runs longer than two minutes; the message names the cell and the error.
    """
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    with tempfile.TemporaryDirectory() as folder:
        recorded = Path(folder) / "recorded.jsonl"
        recorded.touch()
        environment = {key: value for key, value in os.environ.items() if key != "NBGRADER_EXECUTION"}
        environment |= {
            "CATALYST_BUILD_KEY": str(recorded),
            "CATALYST_DATA": str(paths.data_dir()),
            "CATALYST_PROGRESS": "off",
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": os.pathsep.join(
                filter(None, [str(paths.root() / "src"), os.environ.get("PYTHONPATH")])
            ),
        }
        client = NotebookClient(
            notebook,
            timeout=SECONDS_A_CELL,
            kernel_name="python3",
            resources={"metadata": {"path": str(master.parent)}},
            # The kernel is ours and local: its notice about encryption would only puzzle the reader.
            extra_arguments=["--IPKernelApp.log_level=40"],
        )
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise CourseError(_stopped(master, notebook, f"{error.ename}: {error.evalue}")) from None
        except CellTimeoutError:
            raise CourseError(
                _stopped(master, notebook, f"more than {SECONDS_A_CELL} seconds in one cell")
            ) from None
        except DeadKernelError:
            raise CourseError(
                _stopped(master, notebook, "a kernel that died, perhaps for want of memory")
            ) from None
        return [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]


def _stopped(master: Path, notebook, why: str) -> str:
    for position, cell in enumerate(notebook.cells):
        if any(output.output_type == "error" for output in cell.get("outputs", [])):
            return f"{masters.where(master, position, cell)} stops with {why}"
    return f"{master.name} stops with {why}"


def entry_of(master: Path, spec: dict, lines: list[dict], strict: bool, say: Callable[[str], None]) -> dict:
    """The key's entry of one exercise, from what was recorded of it while its master ran; see ``key_of``.

    Raises
    ------
    NotApart
        If ``strict`` and two of its answers and mistakes cannot be told apart.
    CourseError
        If it is not what an entry must be.
    """
    from catalyst.marking import kinds
    from catalyst.marking.answers import decode

    identity = spec["id"]
    here = f"{master.name}, {identity}"
    answers = [line["answer"] for line in lines if line["what"] == "answer"]
    if len(answers) != 1:
        raise CourseError(f"{here}: check was called {len(answers)} times in the solution; once is due.")
    try:
        reading = kinds.read(spec, decode(answers[0]))
        entry = {name: value for name, value in spec.items() if name not in ("id", "truth", "project")}
        entry |= {"shape": kinds.shape(spec, reading), "answer": answers[0]}
        kinds.fit(entry, reading)
    except kinds.Refused as refused:
        raise CourseError(f"{here}: the solution's own answer is refused: {refused}") from None
    fractions = [v for v in reading.cells.values() if isinstance(v, float) and v == v and not v.is_integer()]
    if fractions and "tolerance" not in spec:
        raise CourseError(f"{here}: the answer has decimals, so the check cell's metadata needs a tolerance.")
    entry["accept"] = [
        {"answer": line["answer"], "reason": line["reason"]} for line in lines if line["what"] == "accept"
    ]
    entry["mistakes"] = [
        {"name": line["name"], "answer": line["answer"], "message": line["message"]}
        for line in lines
        if line["what"] == "mistake"
    ]
    entry["truth"] = _truth_row(here, spec.get("truth"), spec.get("project"))
    _tell_apart(here, entry, strict, say)
    _prove(here, identity, entry)
    return entry


def _tell_apart(here: str, entry: dict, strict: bool, say: Callable[[str], None]) -> None:
    """Every known mistake must differ from the answers and from the others by more than the tolerance.

    On the committed data this is the author's duty. On data of another seed two may fall together by chance:
    then the first one is named, and the other is marked as the same.
    """
    from catalyst.marking import kinds
    from catalyst.marking.answers import decode
    from catalyst.marking.compare import same

    for part in ("name", "message"):
        values = [mistake[part] for mistake in entry["mistakes"]]
        for value in sorted({value for value in values if values.count(value) > 1}):
            raise CourseError(f"{here}: two mistakes have the same {part}, '{value}'.")
    if len(entry["mistakes"]) < 2:
        raise CourseError(f"{here}: only {len(entry['mistakes'])} mistakes were recorded; give at least two.")
    known: list[tuple[str, dict]] = []

    def cells(stored: dict, what: str) -> dict:
        try:
            return kinds.read(entry, decode(stored)).cells
        except kinds.Refused as refused:
            raise CourseError(f"{here}: {what} is refused before its value is read: {refused}") from None

    known.append(("the answer", cells(entry["answer"], "the answer")))
    known += [
        (f"accepted answer {i}", cells(o["answer"], "an accepted answer"))
        for i, o in enumerate(entry["accept"], 1)
    ]
    for mistake in entry["mistakes"]:
        what = f"the mistake '{mistake['name']}'"
        mine = cells(mistake["answer"], what)
        for other, theirs in known:
            if same(entry, theirs, mine):
                if strict:
                    raise NotApart(
                        f"{here}: {what} and {other} are within the tolerance of one another on these data; "
                        "make the question, the mistake or the tolerance such that they can be told apart."
                    )
                mistake["same_as"] = other
                say(f"{here}: on these data {what} gives the same as {other}, which is told instead")
                break
        else:
            known.append((what, mine))


def _prove(here: str, identity: str, entry: dict) -> None:
    """The key must say what its author meant: correct for the answers, for each mistake its own message."""
    from catalyst.marking.answers import decode
    from catalyst.marking.check import mark

    for stored in [entry["answer"], *(other["answer"] for other in entry["accept"])]:
        verdict = mark(identity, entry, decode(stored))
        if verdict.layer != "correct":
            raise CourseError(f"{here}: the key does not accept its own answer, but says: {verdict.message}")
    for mistake in entry["mistakes"]:
        verdict = mark(identity, entry, decode(mistake["answer"]))
        if verdict.name != mistake["name"] and "same_as" not in mistake:
            raise NotApart(
                f"{here}: the mistake '{mistake['name']}' is not named, but told: {verdict.message}"
            )


def _truth_row(here: str, name: str | None, project: str | None) -> dict | None:
    if name is None or not (paths.keys_dir() / "truth.parquet").is_file():
        return None
    from catalyst.marking.answers import is_missing, plain
    from catalyst.marking.truth import truth

    try:
        row = truth(name, project)
    except CourseError as error:
        raise CourseError(f"{here}: {error}") from None
    values = {part: plain(row[part]) for part in row.index}
    return {part: value for part, value in values.items() if not is_missing(value)}


def _truth_stands() -> bool:
    """Whether the truth was built by the code that builds it now."""
    folder = paths.keys_dir()
    stamp = folder / "truth.stamp"
    if not (folder / "truth.parquet").is_file():
        return False
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == _truth_code()


def _truth_code() -> str:
    files = sorted((paths.root() / "src" / "catalyst" / "studio").glob("truths*.py"))
    files += [folder / "manifest.json" for folder in paths.projects().values()]  # some have truth tables
    return _sha(b"\0".join(path.read_bytes() for path in files))


def _in_step(master: Path) -> bool:
    from catalyst.marking import key

    try:
        kept = key.read(paths.keys_dir() / f"{master.stem}.json")
    except CourseError:
        return False
    return kept["solution"] == _sha(master.read_bytes()) and kept["marking"] == _code()


def _stamp(found: list[Path]) -> str:
    return _sha("\n".join([_code(), *(f"{m.stem} {_sha(m.read_bytes())}" for m in found)]).encode())


def _code() -> str:
    """The hash of what else decides a key: the code that marks, the pins, the project extracts."""
    return _sha(b"\0".join(path.read_bytes() for path in _code_files() if path.is_file()))


def _code_files() -> Iterator[Path]:
    package = paths.root() / "src" / "catalyst"
    # What a learner has done is kept and shown there as well; it decides no mark.
    yield from sorted(
        set((package / "marking").glob("*.py")) - {package / "marking" / name for name in SHOWN}
    )
    yield from sorted((package / "studio").glob("truths*.py"))
    yield from (package / "studio" / name for name in ("exercises.py", "masters.py"))
    yield paths.root() / "requirements.txt"
    yield package / "facts" / "project_truths.csv"
    yield from (folder / "manifest.json" for folder in paths.projects().values())


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()

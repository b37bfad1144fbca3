"""The capstone: a folder with a world of the learner's own, whose outcomes come after the protocol.

``begin`` makes the world without the tables of outcomes, and the forms; ``register`` takes the protocol's
hash and date, and only then writes the outcome tables of its question. Who can run the code can make the
world again from its seed: the seal is a discipline, not a lock. Depends on the release, on
``capstone_facts`` and on ``capstone_forms``.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import catalyst
from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import capstone_forms as forms
from catalyst.studio.capstone_facts import questions, questions_text, rubric_table, sealed

TEMPLATES = Path(__file__).parent / "templates"
CHILDREN, AUTHORITIES = 40_000, 24
NOTE, REGISTER = paths.STUDY_NOTE, paths.STUDY_REGISTER
DATA = Path("data") / "synthetic"  # where ``load`` looks from a notebook in the folder
# What a learner gets, and the template it is made from.
GIVEN = {
    "protocol.md": "capstone_protocol.md",
    "analysis.ipynb": "capstone_analysis.ipynb",
    "cohort_flow.csv": "capstone_cohort_flow.csv",
    "output_request.md": "capstone_output_request.md",
    "reflection.md": "capstone_reflection.md",
}
Say = Callable[[str], None]


def now() -> str:
    """This moment in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def begin(out: Path, seed: int, children: int | None, authorities: int | None, say: Say) -> dict:
    """Makes the folder: a world without outcomes, the forms and a note of what was made; all or nothing.

    Parameters
    ----------
    out : Path
        The folder, which may not be there yet, or be empty.
    seed, children, authorities : int
        The world; 40,000 children and 24 authorities if not given.
    say : callable
        Takes lines on how it goes.

    Raises
    ------
    CourseError
        If anything stands in the folder, or the world cannot be made. Then nothing is changed.
    """
    from catalyst.release import make, schema, write

    out = out.expanduser().absolute()
    children, authorities = children or CHILDREN, authorities or AUTHORITIES
    _refuse_occupied(out, seed)
    names = [name for name in schema.released(False) if name not in sealed()]
    with write.locked(out):
        _refuse_occupied(out, seed)
        made = write.workspace(out)
        say(
            f"Making the world of seed {seed}: {children:,} children, {authorities} authorities, no "
            "outcomes ..."
        )
        manifest = make.make_release(
            made / DATA, children=children, seed=seed, authorities=authorities, tables=names
        )
        note = {
            "version": catalyst.__version__,
            "seed": seed,
            "children": children,
            "authorities": authorities,
            "made_utc": now(),
            "data_content_hash": manifest["content_hash"],
            "sealed": sealed(),
        }
        with write.plainly(out):
            for name, text in _texts(note, out).items():
                write.atomic(made / name, text.encode())
            (made / "outputs").mkdir(exist_ok=True)
            for left in made.glob("data/.*.lock"):
                left.unlink()
            write.atomic(made / NOTE, as_json(note))
        write.put(made, out)
    return note


def _refuse_occupied(out: Path, seed: int) -> None:
    if out.is_dir() and not any(out.iterdir()):
        return
    if (out / NOTE).is_file():
        there = read(out)["seed"]
        other = "" if there == seed else f", or name another folder with --out for the one of seed {seed}"
        raise CourseError(
            f"{out} holds a study on the world of seed {there} already, and was left as it is: go on with "
            f"it{other}."
        )
    if out.exists():
        raise CourseError(f"{out} is there already and holds no study: name another folder with --out.")


def _texts(note: dict, out: Path) -> dict[str, str]:
    """The files of a new study, from the templates."""
    texts = {name: (TEMPLATES / made_of).read_text(encoding="utf-8") for name, made_of in GIVEN.items()}
    texts["protocol.md"] = texts["protocol.md"].replace("{questions}", ", ".join(questions()))
    texts["README.md"] = (
        (TEMPLATES / "capstone_readme.md")
        .read_text(encoding="utf-8")
        .format(
            seed=note["seed"],
            children=f"{note['children']:,}",
            authorities=note["authorities"],
            made=note["made_utc"][:10],
            out=f'"{out}"' if " " in str(out) else out,
            questions=questions_text(),
            rubric=rubric_table(),
        )
    )
    return texts


def read(folder: Path) -> dict:
    """The note of a study.

    Raises
    ------
    CourseError
        If the folder holds none.
    """
    try:
        note = json.loads((folder / NOTE).read_text(encoding="utf-8"))
        return note | {"seed": int(note["seed"]), "data_content_hash": str(note["data_content_hash"])}
    except FileNotFoundError:
        raise CourseError(
            f"There is no study in {folder}: begin one with 'python3 course.py capstone --seed S --out "
            f"{folder}'."
        ) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise CourseError(
            f"{folder / NOTE} cannot be read: put back a copy of it, or begin a new study in another folder."
        ) from None


def registered(folder: Path) -> dict | None:
    """What was registered in a study; None before the first time."""
    path = folder / REGISTER
    if not path.exists():
        return None
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        _ = told["question"], told["entries"][-1]["sha256"], told["entries"][0]["utc"], told["outcomes"]
        return told
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        raise CourseError(
            f"{path} cannot be read: it is written by the course and not to be changed."
        ) from None


def register(folder: Path, say: Say) -> dict:
    """Registers the protocol as it stands, or an amendment of it; writes the outcomes the first time.

    Raises
    ------
    CourseError
        If the form is not filled, or a change comes without a reason. Then nothing is written.
    """
    from catalyst.release import write

    folder = folder.expanduser().absolute()
    read(folder)  # before a lock is made beside a folder that is not there
    with write.locked(folder):
        note, told = read(folder), registered(folder)
        content = forms.content(folder / "protocol.md")
        found = forms.protocol(content, questions())
        digest = hashlib.sha256(content).hexdigest()
        if told is None or digest != told["entries"][-1]["sha256"]:
            told = _entered(folder, note, told, content, found, digest)
            say(f"Registered {told['entries'][-1]['utc']}: sha256 {digest}")
        else:
            say(
                f"This protocol is registered already, since {told['entries'][-1]['utc']}; nothing was "
                "changed."
            )
        if told["outcomes"] is None:
            told = _open(folder, note, told, say)
    return told


def _entered(folder: Path, note: dict, told: dict | None, content: bytes, found: dict, digest: str) -> dict:
    """One more entry; an earlier one is never touched, and each carries the hash of the one before."""
    from catalyst.release import write

    told = told or {
        "version": catalyst.__version__,
        "question": found["Question"],
        "entries": [],
        "outcomes": None,
    }
    reason = None
    if told["entries"]:
        if found["Question"] != told["question"]:
            raise CourseError(
                f"The question was registered as {told['question']}: another one is another study, in a "
                "folder "
                "and on a seed of its own."
            )
        reason = forms.new_reason(found["Amendments"], told["entries"][-1].get("amendments", ""))
    number = len(told["entries"]) + 1
    before = hashlib.sha256(as_json(told["entries"][-1])).hexdigest() if told["entries"] else None
    kept = f"registered/protocol_{number:02d}.md"
    entry = {
        "number": number,
        "utc": now(),
        "sha256": digest,
        "kept_as": kept,
        "data_content_hash": note["data_content_hash"],
        "outcomes_were_written": told["outcomes"] is not None,
        "reason": reason,
        "amendments": found["Amendments"],
        "entry_before_sha256": before,
    }
    told = told | {"entries": [*told["entries"], entry]}
    with write.plainly(folder):
        (folder / "registered").mkdir(exist_ok=True)
        write.atomic(folder / kept, content)
        write.atomic(folder / REGISTER, as_json(told))
    return told


def _open(folder: Path, note: dict, told: dict, say: Say) -> dict:
    """Makes the world once more, with the question's outcomes, and sets them beside the other tables."""
    from catalyst.release import make, write

    data, later = folder / DATA, sealed(told["question"])
    manifest = json.loads((data / "manifest.json").read_text(encoding="utf-8"))
    if note["version"] != catalyst.__version__:
        raise CourseError(
            f"This world was made by version {note['version']} of the course, and this is "
            f"{catalyst.__version__}: "
            "its outcomes can only be written by the version that made it."
        )
    say(f"Writing the outcomes of {told['question']}: {', '.join(later)} ...")
    with_outcomes = folder / ".with_outcomes"
    shutil.rmtree(with_outcomes, ignore_errors=True)
    names = [*(name for name in manifest["tables"] if name not in later), *later]
    asked = {name: note[name] for name in ("children", "seed", "authorities")}
    names = [name for name in names if name != "dictionary"]
    made = make.make_release(with_outcomes, **asked, tables=names)
    there = manifest["tables"]
    other = [n for n in there if n in names and n not in later and made["tables"][n] != there[n]]
    if other:
        shutil.rmtree(with_outcomes, ignore_errors=True)
        raise CourseError(
            f"The world made now differs from the one in {data} ({other[0]}): the code has changed since. No "
            "outcome was written; the registration stands."
        )
    with write.plainly(folder):
        last = with_outcomes / "manifest.json"
        for path in sorted(with_outcomes.iterdir()):
            if path != last and (
                path.stem in later or not (data / path.name).exists() or path.suffix != ".parquet"
            ):
                os.replace(path, data / path.name)
        for path in with_outcomes.glob("dictionary.parquet"):
            os.replace(path, data / path.name)
        os.replace(last, data / "manifest.json")
        shutil.rmtree(with_outcomes, ignore_errors=True)
        told = told | {
            "outcomes": {"utc": now(), "tables": later, "data_content_hash": made["content_hash"]},
        }
        write.atomic(folder / REGISTER, as_json(told))
    return told


def as_json(value) -> bytes:
    """A note or an entry as it is written and hashed."""
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()

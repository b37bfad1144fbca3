"""How a study stands, and the one file to hand in: no data, and nothing that is not finished.

Depends on ``capstone`` and ``capstone_forms``.
"""

import hashlib
import io
import json
import re
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten

from catalyst.errors import CourseError
from catalyst.studio import capstone, capstone_facts
from catalyst.studio import capstone_forms as forms

NOTE = "handed_in.json"
OUTPUTS = {".csv", ".md", ".txt", ".png", ".svg", ".html", ".json"}
MOST_BYTES, MOST_LINES = 5_000_000, 500
KEYS = ("LAchildID", "CHILD", "FamilyRefAnonymous", "PupilMatchingRefAnonymous")  # never in an output


def missing(folder: Path) -> list[str]:
    """What a study lacks before it can be handed in, each without a full stop; empty when nothing."""
    folder = Path(folder)
    capstone.read(folder)
    told = capstone.registered(folder)
    found = _protocol_faults(folder, told)
    if told and told["outcomes"] is None:
        found.append("the outcomes are not written yet: register again")
    found += forms.notebook_faults(folder / "analysis.ipynb") + forms.flow_faults(folder / "cohort_flow.csv")
    found += forms.text_faults(folder / "output_request.md", forms.REQUEST)
    found += forms.text_faults(folder / "reflection.md", forms.REFLECTION, forms.REFLECTION_WORDS)
    found += [
        f"outputs/{path.name} has more than {MOST_LINES} lines: an output is a summary, not rows of children"
        for path in outputs(folder)
        if path.suffix.lower() == ".csv" and path.read_bytes().count(b"\n") > MOST_LINES
    ]
    found += [
        f"outputs/{path.name} has a column of keys ({keys[0]}): what leaves an environment names nobody"
        for path in outputs(folder)
        if path.suffix.lower() == ".csv" and (keys := _keys_of(path))
    ]
    if not outputs(folder):
        found.append(f"outputs/ holds no output to ask for ({', '.join(sorted(OUTPUTS))})")
    return found


def _keys_of(path: Path) -> list[str]:
    """The columns of a table that hold keys of children, families or pupils."""
    first = path.read_bytes().partition(b"\n")[0].decode("utf-8", "replace")
    return [name for name in KEYS if name in re.split(r"[,;\t\s\"]+", first)]


def _protocol_faults(folder: Path, told: dict | None) -> list[str]:
    if told is None:
        return ["the protocol is not registered"]
    found = []
    for entry in told["entries"]:
        kept = folder / entry["kept_as"]
        if not kept.is_file() or hashlib.sha256(kept.read_bytes()).hexdigest() != entry["sha256"]:
            found.append(f"{entry['kept_as']} is not what was registered")
    try:
        same = (
            hashlib.sha256(forms.content(folder / "protocol.md")).hexdigest() == told["entries"][-1]["sha256"]
        )
    except CourseError as problem:
        return [*found, str(problem).rstrip(".")]
    return (
        found if same else [*found, "protocol.md has changed since it was registered: register the amendment"]
    )


def outputs(folder: Path) -> list[Path]:
    """The files of the folder ``outputs`` that may be handed in: no tables of the release among them."""
    return sorted(
        path
        for path in (folder / "outputs").rglob("*")
        if path.is_file() and path.suffix.lower() in OUTPUTS and not path.name.startswith(".")
    )


def status(folder: Path) -> list[str]:
    """How a study stands, in lines."""
    note, told = capstone.read(folder), capstone.registered(folder)
    lines = [
        f"World of seed {note['seed']}: {note['children']:,} children, {note['authorities']} authorities, "
        "made "
        f"{note['made_utc']}, content hash {note['data_content_hash'][:16]}."
    ]
    if told is None:
        text = forms.content(folder / "protocol.md").decode("utf-8-sig")
        empty = forms.empty(text, forms.FIELDS[1:])
        if not forms.sections(text).get("question"):
            empty.insert(0, "Question")
        left = f"; empty: {', '.join(empty)}" if empty else _ready(text)
        lines.append(
            f"Protocol: {len(forms.FIELDS) - len(empty)} of {len(forms.FIELDS)} fields filled{left}."
        )
        question = forms.sections(text).get("question", "").strip("` ")
        small = capstone_facts.too_small(question, note["children"])
        lines += [small] if small else []
        lines.append(
            f"Outcomes: not written before it is registered ({len(capstone_facts.sealed())} tables sealed)."
        )
    else:
        for entry in told["entries"]:
            when = "after outcomes were written" if entry["outcomes_were_written"] else "before any outcome"
            reason = f": {shorten(entry['reason'], 100, placeholder=' ...')}" if entry["reason"] else ""
            lines.append(
                f"Protocol {entry['number']} registered {entry['utc']}, {when}, "
                f"{entry['sha256'][:16]}{reason}"
            )
        now = hashlib.sha256(forms.content(folder / "protocol.md")).hexdigest()
        fits = now == told["entries"][-1]["sha256"]
        lines.append("protocol.md " + ("has the registered hash." if fits else "is NOT what was registered."))
        if told["outcomes"]:
            lines.append(
                f"Outcomes written {told['outcomes']['utc']}: {', '.join(told['outcomes']['tables'])}."
            )
    lacking = missing(folder)
    lines += (
        ["Missing for handing in:", *(f"  - {fault}" for fault in lacking)]
        if lacking
        else ["Nothing is missing: pack it with 'python3 course.py capstone --pack YOUR_ID.zip'."]
    )
    return lines


def _ready(text: str) -> str:
    """The end of the line on a protocol whose fields are all filled."""
    try:
        forms.protocol(text.encode(), capstone_facts.questions())
    except CourseError as problem:
        return f"; {str(problem).removeprefix('Not registered: ').rstrip('.')}"
    return "; it can be registered"


def pack(folder: Path, out: Path) -> Path:
    """Makes the file to hand in: forms, analysis, registration, outputs, and when each was last changed.

    Raises
    ------
    CourseError
        If anything is missing, all of it in one sentence, or the file is there already.
    """
    from catalyst.release import write

    lacking = missing(folder)
    if lacking:
        raise CourseError(f"Not packed: {'; '.join(lacking)}.")
    if out.exists():
        raise CourseError(f"{out} is there already and was left as it is: give --pack another name.")
    names = [capstone.NOTE, capstone.REGISTER, *capstone.GIVEN]
    paths = [folder / name for name in names]
    paths += [folder / entry["kept_as"] for entry in capstone.registered(folder)["entries"]]
    paths += outputs(folder)
    if sum(path.stat().st_size for path in paths) > MOST_BYTES:
        raise CourseError(
            f"Not packed: notebook and outputs are larger than {MOST_BYTES:,} bytes together; outputs are "
            "summaries, "
            "and large figures can be saved smaller."
        )
    files = {}
    for path in paths:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        files[path.relative_to(folder).as_posix()] = {"changed_utc": changed, "sha256": digest}
    told = {"packed_utc": capstone.now(), "files": files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in paths:
            packed.write(path, path.relative_to(folder).as_posix())
        packed.writestr(NOTE, json.dumps(told, indent=1))
    with write.plainly(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        write.atomic(out, buffer.getvalue())
    return out

"""What a learner writes in a study: protocol, request, reflection, the table of the cohort's steps.

Reads them and says what is empty or cannot be. Depends on nothing of the course but its error.
"""

import csv
import io
import json
import re
from collections.abc import Mapping
from pathlib import Path

from catalyst.errors import CourseError

FIELDS = (
    "Question", "Population", "Time zero", "Exposure and comparison", "Outcome", "Estimand", "Estimator",
    "Clustering", "Missing data", "What would change my mind", "Disclosure plan",
)  # fmt: skip
MORE = "Amendments"  # empty until something changes
REQUEST = (
    "What it is", "Unit and smallest count", "What was hidden or rounded", "What it was compared with",
    "Why it is safe",
)  # fmt: skip
REFLECTION = (
    "What changed between protocol and result", "Which choice mattered most", "Whom I would ask",
    "What I would do otherwise",
)  # fmt: skip
FEWEST_WORDS, REFLECTION_WORDS = 3, 150
MOST_BYTES = 200_000


def content(path: Path) -> bytes:
    """A form as it lies there.

    Raises
    ------
    CourseError
        If it is missing, cannot be read, or is no text.
    """
    try:
        found = path.read_bytes()
        found.decode("utf-8-sig")
    except FileNotFoundError:
        raise CourseError(f"{path} is missing: put it back, or begin a new study.") from None
    except OSError as error:
        raise CourseError(f"{path} cannot be read: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise CourseError(f"{path} is not plain text in UTF-8: save it so.") from None
    if len(found) > MOST_BYTES:
        raise CourseError(f"{path} is larger than a form can be: leave tables and figures out of it.")
    return found


def sections(text: str) -> dict[str, str]:
    """What stands under each heading of the second level, without hints; twins are joined."""
    plain = re.sub(r"<!--.*?(-->|\Z)", "", text.replace("\r\n", "\n"), flags=re.DOTALL)
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## +", plain, flags=re.MULTILINE)[1:]:
        heading, _, rest = part.partition("\n")
        found.setdefault(heading.strip().casefold(), []).append(rest.strip())
    return {name: "\n".join(filter(None, parts)) for name, parts in found.items()}


def empty(text: str, fields: tuple[str, ...]) -> list[str]:
    """The fields of a form that say nothing yet."""
    there = sections(text)
    return [name for name in fields if len(_words(there.get(name.casefold(), ""))) < FEWEST_WORDS]


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.replace("...", " "))


def protocol(text: bytes, questions: Mapping[str, object]) -> dict[str, str]:
    """The protocol's fields by their names.

    Raises
    ------
    CourseError
        If a field is empty (every empty one is named), or the question is none of the course's.
    """
    told = text.decode("utf-8-sig")
    there = sections(told)
    question = there.get("question", "").strip().strip("`")
    lacking = empty(told, FIELDS[1:])
    if not question:
        lacking.insert(0, "Question")
    if lacking:
        raise CourseError(
            f"Not registered: fill {_listed(lacking)} in protocol.md (three words at least; the hints "
            "between "
            "<!-- and --> are not counted)."
        )
    if question not in questions:
        raise CourseError(
            f"Not registered: the question '{question[:60]}' is none of {', '.join(questions)}; write one of "
            "these names, and nothing else, under the heading Question."
        )
    return {name: there.get(name.casefold(), "") for name in (*FIELDS, MORE)} | {"Question": question}


def new_reason(now: str, before: str) -> str:
    """What the section of amendments says beyond what it said.

    Raises
    ------
    CourseError
        If it says nothing new, or an earlier reason is gone.
    """
    if before and not now.startswith(before):
        raise CourseError(
            "Not registered: the earlier lines under Amendments have been changed; set them back, and "
            "write the "
            "new reason below them."
        )
    added = now[len(before) :].strip()
    if len(_words(added)) < FEWEST_WORDS:
        raise CourseError(
            "Not registered: the protocol has changed since it was registered; write under Amendments what "
            "has "
            "changed and why, below what stands there, and register again."
        )
    return added


def flow_faults(path: Path) -> list[str]:
    """What the table of the cohort's steps lacks."""
    try:
        rows = list(csv.DictReader(io.StringIO(content(path).decode("utf-8-sig"), newline="")))
    except (CourseError, csv.Error) as problem:
        return [str(problem).rstrip(".")]
    if not rows or not {"step", "children_left", "families_left", "why"} <= set(rows[0]):
        return ["cohort_flow.csv needs the columns step, children_left, families_left and why"]
    found, before, blank = [], None, []
    if len(rows) < 3:
        found.append("cohort_flow.csv has fewer than three steps")
    for number, row in enumerate(rows, start=1):
        counts = [(row[name] or "").replace(",", "").strip() for name in ("children_left", "families_left")]
        if not all(count.isascii() and count.isdigit() for count in counts):
            blank.append(str(number))
            continue
        children, families = map(int, counts)
        if families > children:
            found.append(f"cohort_flow.csv has more families than children in step {number}")
        if before is not None and (children > before[0] or families > before[1]):
            found.append(f"cohort_flow.csv grows from step {number - 1} to step {number}")
        before = children, families
    if blank:
        steps = f"step{'s' if len(blank) > 1 else ''} {_listed(blank)}"
        found.append(f"cohort_flow.csv has no whole numbers in {steps}")
    return found


def notebook_faults(path: Path) -> list[str]:
    """What the analysis lacks as it lies there: a run from top to bottom, without an error or a blank."""
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code" and "".join(cell["source"]).strip()]
        counts = [cell["execution_count"] for cell in code]
        outputs = [out["output_type"] for cell in code for out in cell["outputs"]]
    except (OSError, ValueError, KeyError, TypeError):
        return [f"{path.name} cannot be read as a notebook"]
    found = []
    if any("".join(cell["source"]).strip() == "..." for cell in cells):
        found.append(f"{path.name} has parts that are still '...'")
    if not code or counts != list(range(1, len(counts) + 1)):
        found.append(f"{path.name} was not run from the top: Kernel, Restart and Run All, then save")
    if "error" in outputs:
        found.append(f"{path.name} stopped with an error")
    return found


def text_faults(path: Path, fields: tuple[str, ...], words: int = 0) -> list[str]:
    """What the request or the reflection lacks."""
    try:
        text = content(path).decode("utf-8-sig")
    except CourseError as problem:
        return [str(problem).rstrip(".")]
    lacking = empty(text, fields)
    found = [f"{path.name} says nothing under {_listed(lacking)}"] if lacking else []
    written = sum(len(_words(part)) for part in sections(text).values())
    if words and written < words:
        found.append(f"{path.name} has {written} words of at least {words}")
    return found


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))

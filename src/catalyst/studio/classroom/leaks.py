"""What must never reach a student, searched for in every byte of a release before it is written.

The solution's code, the values and messages of the key, the seed and the effects moved. Two ways at
once: nothing of the secrets may be found, and nothing may be there that has no reason to be (metadata that
nobody needs, outputs, columns that the schema does not have). Depends on the masters and the schema.
"""

import json
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import pyarrow.parquet as pq

from catalyst.errors import CourseError
from catalyst.marking.answers import fingerprint
from catalyst.release import extract, schema
from catalyst.studio import masters

SHORTEST_LINE = 12  # characters; shorter ones ("]", "}") stand in every notebook
SHORTEST_WORDS = 25  # of a mistake's message that may be told apart from other text
CELL_METADATA = {"nbgrader", "catalyst", "tags", "mystnb", "editable", "deletable"}
NOTEBOOK_METADATA = {"catalyst", "kernelspec", "language_info", "celltoolbar"}
TEXTS = (".ipynb", ".md", ".json", ".csv")
PARQUET_METADATA = {b"ARROW:schema"}


@dataclass(frozen=True)
class Secrets:
    """What is searched for, and the text that everybody has anyway."""

    code: frozenset[str]
    words: frozenset[str]
    decimals: tuple[float, ...]
    whole: frozenset[int]
    marks: frozenset[str]
    public: str


class Leak(CourseError):
    """A release that tells what it must not."""


def secrets(
    master, key: dict, public: Iterable[str], seeds: Iterable[int], moved: dict[str, float]
) -> Secrets:
    """What a release must not tell.

    Parameters
    ----------
    master : notebook
        With its solutions and known mistakes.
    key : dict
        The key of the variant.
    public : iterable of str
        Texts that everybody has: the exercises as the course publishes them, the due date.
    seeds : iterable of int
        The seeds that the world, the pseudonyms and the draws came from.
    moved : dict
        The planted effects of this world.
    """
    common = "\n".join(public)
    plain = _squeezed(common)
    code = {_squeezed(line) for cell in master.cells for line in _secret_lines(cell)}
    words, numbers = set(), list(moved.values())
    for entry in key["exercises"].values():
        for part in ("answer", "truth"):
            numbers += _numbers(entry.get(part))
        for other in (*entry.get("accept", []), *entry.get("mistakes", [])):
            numbers += _numbers(other["answer"])
            told = other.get("message", other.get("reason", ""))
            words |= {told, *(part for part in re.split(r"(?<=[.:;?!])\s+", told))}
        words |= {fingerprint(entry["answer"])}
    return Secrets(
        code=frozenset(line for line in code if len(line) >= SHORTEST_LINE and line not in plain),
        words=frozenset(
            _squeezed(told) for told in words if len(told) >= SHORTEST_WORDS and _squeezed(told) not in plain
        ),
        decimals=tuple({n for n in numbers if isinstance(n, float) and not n.is_integer()}),
        whole=frozenset(
            int(n) for n in numbers if float(n).is_integer() and abs(n) >= 100 and not _whole(n, common)
        ),
        marks=frozenset(str(seed) for seed in seeds if len(str(seed)) >= 8)
        | {masters.BEGIN, masters.END, "BEGIN HIDDEN TESTS", "wrong(", "catalyst.marking", "CATALYST_"},
        public=common,
    )


def check(files: dict[str, bytes], hidden: Secrets) -> None:
    """Searches every byte of a release.

    Parameters
    ----------
    files : dict of str to bytes
        The release, by the path in it.

    Raises
    ------
    Leak
        Naming file and what it tells, without telling it again.
    """
    for name, content in sorted(files.items()):
        for what in _found(name, content, hidden):
            raise Leak(
                f"Nothing was released: {name} holds {what}, which students must not have; mend the master "
                "(or tell the makers of the course) and run the same command again."
            )


def _found(name: str, content: bytes, hidden: Secrets) -> Iterator[str]:
    yield from _in_bytes(content, hidden)
    if name.endswith(".parquet"):
        yield from _in_table(name, content, hidden)
        return
    if not name.endswith(TEXTS):
        yield f"a kind of file ({name.rpartition('.')[2]}) that no release has"
        return
    text = content.decode("utf-8", errors="replace")
    if name.endswith((".ipynb", ".json")):
        try:
            told = json.loads(text)
        except ValueError:
            yield "text that is no JSON"
            return
        # As code and prose read, not as JSON escapes them; keys of metadata too.
        text = "\n".join(_strings(told))
        if name.endswith(".ipynb"):
            yield from _in_notebook(told)
    yield from _in_text(text, hidden, whole=not name.startswith("data/") or name.endswith("assigned.json"))


def _in_bytes(content: bytes, hidden: Secrets) -> Iterator[str]:
    """The secrets as they would stand in any kind of file."""
    for secret in (*hidden.code, *hidden.words, *hidden.marks):
        if secret.encode() in content or json.dumps(secret)[1:-1].encode() in content:
            yield f"part of the solution, of a known mistake or of a seed ({len(secret)} characters)"
    for number in hidden.decimals:
        digits = f"{abs(number):.9f}".lstrip("0")[:8]
        if len(digits.strip(".0")) >= 6 and digits.encode() in content:
            yield "a number of the key"


def _in_text(text: str, hidden: Secrets, whole: bool) -> Iterator[str]:
    plain = _squeezed(text)
    for secret in (*hidden.code, *hidden.words, *hidden.marks):
        if secret in plain:
            yield f"part of the solution, of a known mistake or of a seed ({len(secret)} characters)"
    for number in hidden.decimals:
        for form in _forms(number):
            if _stands(form, text) and not _stands(form, hidden.public):
                yield "a number of the key or of the world's effects"
    for number in hidden.whole if whole else ():
        if _whole(number, text):
            yield "a whole number of the key"


def _in_notebook(told: dict) -> Iterator[str]:
    if set(told.get("metadata", {})) - NOTEBOOK_METADATA:
        yield f"metadata of the notebook that nothing needs ({_more(told['metadata'], NOTEBOOK_METADATA)})"
    for cell in told["cells"]:
        here = cell.get("id", "a cell")
        metadata = cell.get("metadata", {})
        if set(metadata) - CELL_METADATA:
            yield f"metadata of the cell {here} that nothing needs ({_more(metadata, CELL_METADATA)})"
        if set(metadata.get("catalyst", {})) - masters.SPEC_PARTS:
            yield f"more in the metadata of {here} than a check cell says of itself"
        if set(metadata.get("tags", [])) & masters.HIDDEN_TAGS:
            yield f"the cell {here}, which is the instructor's"
        if cell.get("outputs") or cell.get("execution_count") is not None or cell.get("attachments"):
            yield f"outputs or attachments in the cell {here}"


def _in_table(name: str, content: bytes, hidden: Secrets) -> Iterator[str]:
    file = pq.ParquetFile(BytesIO(content))
    metadata = file.metadata.metadata or {}
    if set(metadata) - PARQUET_METADATA or file.schema_arrow.metadata:
        yield "metadata of the table beyond names and types"
    table = file.read()
    wanted = extract.arrow_schema(schema.table(name.rpartition("/")[2].removesuffix(".parquet")))
    if not table.schema.equals(wanted, check_metadata=False):
        yield "columns that the table does not have"
    if any(field.metadata and set(field.metadata) - {b"PARQUET:field_id"} for field in file.schema_arrow):
        yield "metadata of a column"
    texts = []
    for column in table.columns:
        values = column.combine_chunks()
        values = getattr(values, "dictionary", values)
        if str(values.type) in ("string", "large_string"):
            texts += values.drop_null().unique().to_pylist()
    yield from _in_text("\n".join(texts), hidden, whole=False)


def _more(metadata: dict, known: set[str]) -> str:
    return ", ".join(sorted(set(metadata) - known))


def _strings(told) -> Iterator[str]:
    """Every text in JSON, and every number as text; a cell's lines as one text."""
    if isinstance(told, dict):
        for name, value in told.items():
            yield str(name)
            if name == "source" and isinstance(value, list):
                yield "".join(value)
            yield from _strings(value)
    elif isinstance(told, list):
        for value in told:
            yield from _strings(value)
    elif told is not None:
        yield str(told)


def _squeezed(text: str) -> str:
    """Text in one line, so that a break or an indentation hides nothing."""
    return re.sub(r"\s+", " ", text).strip()


def _secret_lines(cell) -> list[str]:
    if cell.cell_type != "code":
        return []
    return cell.source.split("\n") if masters.is_hidden(cell) else masters.solution_lines(cell.source)


def _numbers(told) -> list[float]:
    """All numbers of a stored answer or a row of the truth."""
    if isinstance(told, dict):
        return [number for value in told.values() for number in _numbers(value)]
    if isinstance(told, list):
        return [number for value in told for number in _numbers(value)]
    if isinstance(told, bool) or not isinstance(told, (int, float)) or not math.isfinite(told):
        return []
    return [told]


def _forms(number: float) -> set[str]:
    """A number as people write it, also in percent: rounded and cut off, four digits or more."""
    out = set()
    for value in (abs(number), 100 * abs(number)):
        shown = f"{value:.12f}"
        lead = len(shown) - len(shown.lstrip("0."))
        out.add(shown[: max(lead, 1 if value < 1 else 0) + 5].rstrip("."))
        decimals = 3 - math.floor(math.log10(value)) if value else 4
        out.add(f"{value:.{max(decimals, 0)}f}")
    return {form for form in out if "." in form and len(form.strip("0.").replace(".", "")) >= 4}


def _stands(form: str, text: str) -> bool:
    """Whether a text holds a number that begins so."""
    at = text.find(form)
    while at >= 0:
        if at == 0 or not (text[at - 1].isdigit() or text[at - 1] == "."):
            return True
        at = text.find(form, at + 1)
    return False


def _whole(number: float, text: str) -> bool:
    told = f"{abs(int(number))}"
    grouped = f"{abs(int(number)):,}"
    return bool(re.search(rf"(?<![\w.,-])(?:{re.escape(told)}|{re.escape(grouped)})(?!\w|[,.-]\w)", text))

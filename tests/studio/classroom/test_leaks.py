"""Nothing of the solution, the key or the seed in any byte that students get: searched for, and planted."""

import json
import re
from dataclasses import replace
from io import BytesIO

import pyarrow.parquet as pq
import pytest

from catalyst import paths
from catalyst.marking.answers import decode
from catalyst.studio import masters
from catalyst.studio.classroom import leaks, released, variant

MASTER = paths.root() / "solutions" / "t1" / "t1.ipynb"


@pytest.fixture(scope="module")
def release(course):
    return released.files_of(course / "release" / "t1")


@pytest.fixture(scope="module")
def key(course):
    return json.loads((course / "instructor" / "keys" / "t1" / "all.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def told(course):
    return json.loads((course / "instructor" / "assignment.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def hidden(release, key, told):
    master = masters.read(MASTER)
    public = [masters.outside(cell.source) for cell in master.cells if not masters.is_hidden(cell)]
    public += [content.decode() for name, content in release.items() if name.endswith("manifest.json")]
    world = told["world"]["t1"]
    return leaks.secrets(master, key, public, (told["seed"], world["seed"]), world["moved"])


def everything(release) -> str:
    """Every released byte as text: as it stands, as JSON reads it, and the metadata and texts of tables."""
    out = []
    for name, content in release.items():
        out += [name, content.decode("utf-8", errors="replace")]
        if name.endswith((".ipynb", ".json")):
            out.append(
                json.dumps(json.loads(content), ensure_ascii=False).replace("\\n", "\n").replace('\\"', '"')
            )
        if name.endswith(".parquet"):
            file = pq.ParquetFile(BytesIO(content))
            out.append(f"{file.metadata.metadata} {file.schema_arrow.metadata} {file.schema}")
            out += [str(field.metadata) for field in file.schema_arrow]
            for column in file.read().columns:
                if "string" in str(column.type):
                    out += map(str, column.unique().to_pylist())
    return "\n".join(out)


def test_no_released_byte_tells_the_solution_or_the_key(release, key, told):
    """Written anew, without the checker that assign itself runs."""
    text = everything(release)
    flat = re.sub(r"\s+", " ", text)
    master = masters.read(MASTER)
    seen = "\n".join(masters.outside(cell.source) for cell in master.cells if not masters.is_hidden(cell))
    lines = [line.strip() for cell in master.cells for line in masters.solution_lines(cell.source)]
    lines += [s.strip() for c in master.cells if masters.is_hidden(c) for s in c.source.split("\n")]
    secret = [line for line in lines if len(line) > 8 and line not in seen]
    assert len(secret) > 60
    assert [line for line in secret if line in text] == []
    messages = [mistake["message"] for entry in key["exercises"].values() for mistake in entry["mistakes"]]
    assert len(messages) > 14
    assert [message for message in messages if message[:40] in flat] == []
    numbers = []
    for entry in key["exercises"].values():
        for stored in [entry, *entry["accept"], *entry["mistakes"]]:
            value = decode(stored["answer"])
            numbers += list(value.values()) if isinstance(value, dict) else [value]
    fractions = [number for number in numbers if isinstance(number, float)]
    assert len(fractions) > 15
    digits = [f"{number:.6f}"[:6] for number in fractions] + [
        f"{100 * number:.4f}"[:6] for number in fractions
    ]
    assert [some for some in digits if some in text and some not in seen] == []
    for secret_number in (told["seed"], told["world"]["t1"]["seed"], *told["world"]["t1"]["moved"].values()):
        if len(str(secret_number)) > 5:
            assert str(secret_number) not in text
    for word in ("BEGIN SOLUTION", "END SOLUTION", "wrong(", "also(", "catalyst.marking", "planned_end"):
        assert word not in text


def test_a_release_holds_what_it_needs_and_no_more(release, key):
    assert set(release) == {
        "README.md", "t1.ipynb", "data/synthetic/LIMITS.md", "data/synthetic/assigned.json",
        "data/synthetic/cin_child_identifiers.parquet", "data/synthetic/cin_child_protection_plans.parquet",
        "data/synthetic/cin_details.parquet",
        "data/synthetic/dictionary.csv", "data/synthetic/manifest.json",
        "data/synthetic/ssda903_episodes.parquet",
    }  # fmt: skip
    assigned = json.loads(release["data/synthetic/assigned.json"])
    assert set(assigned) == {"version", "chapter", "due", "exercises"}
    for name, entry in assigned["exercises"].items():
        assert set(entry) <= {"kind", "unit", "minutes", "shape"}, name
    assert json.loads(release["data/synthetic/manifest.json"])["arguments"] == {}


def test_the_release_as_it_is_passes(release, hidden):
    leaks.check(release, hidden)


def notebook(release, change) -> dict[str, bytes]:
    """The release with something done to its notebook."""
    content = json.loads(release["t1.ipynb"])
    change(content)
    return release | {"t1.ipynb": json.dumps(content).encode()}


def table(release, change) -> dict[str, bytes]:
    """The release with something done to one of its tables."""
    name = "data/synthetic/ssda903_episodes.parquet"
    buffer = BytesIO()
    pq.write_table(change(pq.read_table(BytesIO(release[name]))), buffer, compression="zstd")
    return release | {name: buffer.getvalue()}


def answer(key, name) -> float:
    return decode(key["exercises"][name]["answer"])


LINE = "one_each = rows.drop_duplicates(plan)"
MESSAGE = "This counts only children's first plans. A second plan is a plan that started, too; leave"
PLANTED = {
    "a line of the solution": lambda r, k, t: notebook(
        r, lambda n: n["cells"][3]["source"].append(f"\n{LINE}")
    ),
    "the same line, indented and broken": lambda r, k, t: r
    | {"README.md": r["README.md"] + b"\n    one_each =\n   rows.drop_duplicates(plan)"},
    "a mistake's message in the notebook's metadata": lambda r, k, t: notebook(
        r, lambda n: n["metadata"]["catalyst"].update(note=MESSAGE)
    ),
    "a sentence of it in a cell's metadata": lambda r, k, t: notebook(
        r, lambda n: n["cells"][5]["metadata"].update(catalyst={"unit": MESSAGE.split(". ")[0] + "."})
    ),
    "an answer to four digits": lambda r, k, t: r
    | {"README.md": r["README.md"] + f"\nAbout {answer(k, 't1.4'):.4f} of them".encode()},
    "an answer in percent": lambda r, k, t: notebook(
        r, lambda n: n["cells"][1]["source"].append(f"{100 * answer(k, 't1.4'):.2f}%")
    ),
    "an answer in assigned.json": lambda r, k, t: r
    | {"data/synthetic/assigned.json": json.dumps({"answer": answer(k, "t1.2")}).encode()},
    "an answer of many digits inside binary": lambda r, k, t: r
    | {"data/synthetic/ssda903_episodes.parquet": b"PAR1" + f"{answer(k, 't1.4'):.9f}".encode()},
    "an effect that was moved": lambda r, k, t: r
    | {"data/synthetic/LIMITS.md": max(map(str, t["world"]["t1"]["moved"].values()), key=len).encode()},
    "the seed": lambda r, k, t: r
    | {"data/synthetic/manifest.json": json.dumps({"arguments": {"seed": t["seed"]}}).encode()},
    "the world's seed as a key of metadata": lambda r, k, t: notebook(
        r, lambda n: n["cells"][3]["metadata"].update({"tags": [str(t["world"]["t1"]["seed"])]})
    ),
    "metadata that nothing needs": lambda r, k, t: notebook(r, lambda n: n["metadata"].update(author="x")),
    "metadata of a cell that nothing needs": lambda r, k, t: notebook(
        r, lambda n: n["cells"][2]["metadata"].update(hint="x")
    ),
    "a cell of the instructor": lambda r, k, t: notebook(
        r, lambda n: n["cells"][2]["metadata"].update(tags=["mistake"])
    ),
    "an output": lambda r, k, t: notebook(r, lambda n: n["cells"][2].update(execution_count=1)),
    "metadata of a table": lambda r, k, t: table(r, lambda x: x.replace_schema_metadata({"made": "x"})),
    "a column too many": lambda r, k, t: table(r, lambda x: x.append_column("true_end", x["CHILD"])),
    "a file of another kind": lambda r, k, t: r | {"data/key.pickle": b"x"},
}  # fmt: skip


@pytest.mark.parametrize("what", PLANTED)
def test_a_planted_leak_is_found(what, release, key, told, hidden):
    with pytest.raises(leaks.Leak, match="which students must not have"):
        leaks.check(PLANTED[what](release, key, told), hidden)


def test_text_in_a_table_is_found(release, hidden):
    """Compressed, so that no search of its bytes would do."""
    import pyarrow as pa

    def write_over(some):
        field = some.schema.field("CHILD")
        texts = pa.array([MESSAGE] * len(some)).dictionary_encode().cast(field.type)
        return some.set_column(some.column_names.index("CHILD"), field, texts)

    with pytest.raises(leaks.Leak, match="part of the solution"):
        leaks.check(table(release, write_over), hidden)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("There are 1487 plans", True),
        ("1,487 plans", True),
        ("(1487).", True),
        ("is 1487, not more", True),
        ("21487", False),
        ("0.1487", False),
    ],
)
def test_a_whole_number_of_the_key_is_found(text, found, release, hidden):
    """As a number of its own, not as part of another; short ones stand in every text."""
    secret = replace(hidden, whole=frozenset({1487}))
    planted = release | {"README.md": release["README.md"] + f"\n{text}".encode()}
    if not found:
        leaks.check(planted, secret)
        return
    with pytest.raises(leaks.Leak, match="a whole number of the key"):
        leaks.check(planted, secret)


@pytest.mark.parametrize(
    "master", sorted((paths.root() / "solutions").glob("*/*.ipynb")), ids=lambda path: path.stem
)
def test_no_chapter_is_refused_for_what_everybody_has(master):
    """The exercises as published and the dictionary of the data hold no line that counts as solution."""
    root, read = paths.root(), masters.read(master)
    dictionary = (root / "data" / "synthetic" / "dictionary.csv").read_text(encoding="utf-8")
    hidden = leaks.secrets(read, {"exercises": {}}, [*variant.open_text(read), dictionary], (), {})
    exercise = (root / "exercises" / master.stem / master.name).read_bytes()
    leaks.check({master.name: exercise, "data/dictionary.csv": dictionary.encode()}, hidden)

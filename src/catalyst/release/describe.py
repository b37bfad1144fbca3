"""The words that travel with a release: README, limits, and the dictionary as data. Depends on schema."""

from io import BytesIO

import pyarrow as pa
from pyarrow import csv as arrow_csv

from catalyst.release import projects, schema, window, write
from catalyst.release.parts import MOST_IN_ONE

LIMITS = """\
# Limits of these data

These records are invented. A computer programme made up families, lives and services, then wrote down what
services would have written. No row is a person and no authority is a real place.

- **No figure from these data is a finding** about children, families or services in England. Do not cite one.
- **They were made to teach.** Some national figures were imitated, such as how many children are on a child
  protection plan and for how long. What was not imitated on purpose may be far from life.
- **Relations are planted.** What goes with what was decided beforehand, sometimes on evidence, often as a
  design choice. To learn that an effect exists here is to learn what the makers put in.
- **The people are simpler than people.** Families here do not read letters, lose heart, get better by luck
  that nobody recorded, or know more than the record does.
- **The flaws are chosen.** Missing keys, codes that change and yearly re-submission are here because they
  are in real extracts. Real extracts have others, and worse.
- **They carry no disclosure risk, and so teach no care by themselves.** Treat every table as if it were about
  real children: the habits are what you take with you.

What the returns leave out or simplify here:

- No UPN and no postcode is written: a made-up one could be somebody's. Rules of the returns that need them
  cannot pass.
- Dates of birth, and expected dates of birth, are set to the first of the month.
- Working days are Monday to Friday; bank holidays are left out.
- From when the census asked for factors 22A and 23A is not confirmed; here they are used in all years.
  18B, 18C, 19B, 19C and 24A are used from the 2021-22 return on, 18A and 19A before.
- A change of the category of abuse has no date in the records; see the dictionary for when it shows.
- Child in need plans are here in all years; in life their dates are published from the 2021-22 return on.
- No young person who is looked after is a parent herself in these data: MOTHER in SSDA903 is always 0.
- What other organisations hold is simpler than theirs{linked}.
- {handed_in}.
"""
_WITHOUT_FLAWS = {
    "linked": ", and linked without error where a key is given",
    "handed_in": "Every authority hands in every return, in time and once",
}
_WITH_FLAWS = {
    "linked": ". Links to them were missed for some and are false for a few, more often for some groups",
    "handed_in": (
        "Some returns were never handed in, some rows were handed in twice, and values are wrong here and "
        "there: on purpose, at rates that the course knows. Made with `--flaws none`, the same world has none"
    ),
}

README = """\
# Synthetic records of children's social care

**Everything here is invented.** No row is a person, no authority is a real place, and no figure from these
data is a finding. They were made for a course, in which the truth behind them is known. Read `LIMITS.md`
first.

A world of {children:,} children aged 0 to 17 (on 31 March 2025) in {authorities} fictional authorities,
followed over the returns of {first} to {last}. In the folder is every child with any record in those
returns, so the tables are not a population: for one, see `authorities`.

Each return is a yearly slice from 1 April to 31 March. What is open over several years is handed in again
every year, as in life; `Year` says which return a row comes from. `dictionary.csv` explains every column
and code.

| Table | One row is | Rows |
|---|---|---:|
{rows}

Join on `LEA`, `LAchildID` (`CHILD` in SSDA903) and `Year`; a child's number means nothing without the
authority. `PupilMatchingRefAnonymous` finds the same person elsewhere, where it is known.

{more}Made with seed {seed} by version {version}. Content hash: `{content_hash}`
(of each table: `manifest.json`). It covers names, types, values and row order, not the bytes of the files.

{licence}
"""

LICENCE = (
    "The data in this folder are synthetic and free for any use under CC0 1.0. The text is under CC BY 4.0. "
    "Names and codes of the returns are those of the Department for Education, under the Open Government "
    "Licence v3.0."
)


PARTS = """\
## In parts

A release of more than {most:,} children is not one file a table: the larger tables are folders of files
`part-00000`, `part-00001` and so on, each of which holds whole families. In a part, rows stand in the
order of the table's key; the parts follow one another in the order of the authorities in which families
began, and a family that moved away stays in its part. So a child's rows are always in parts of the same
number, and a table can be worked through part by part, `pandas.read_parquet("absence/part-00000.parquet")`,
or, with memory for it, as a whole, `pandas.read_parquet("absence")`. `parts.csv` has the rows and the
content hash of each part; the hash of a table is made of them.

"""
WINDOW = """\
What ends after 31 March {end} is left open. Counts that a row carries, such as the hearings of a case, and
the population of `authorities` are those of the whole record, up to 31 March 2025.

"""


def files(manifest: dict) -> dict[str, bytes]:
    """README, limits and dictionary of a release, as contents by file name."""
    dictionary = dictionary_table(list(manifest["tables"]))
    as_csv = BytesIO()
    arrow_csv.write_csv(dictionary, as_csv)
    return {
        "README.md": readme(manifest).encode(),
        "LIMITS.md": limits(manifest).encode(),
        "dictionary.csv": as_csv.getvalue(),
        "dictionary.parquet": write.parquet(dictionary),
    }


def limits(manifest: dict) -> str:
    """The page of limits of a release: with flaws it says so."""
    flawed = manifest["arguments"].get("flaws", "none") != "none"
    return LIMITS.format(**(_WITH_FLAWS if flawed else _WITHOUT_FLAWS))


def dictionary_table(names: list[str]) -> pa.Table:
    """One row per column and code of the named tables (one row where a column has no codes)."""
    rows = []
    for name in names:
        table = schema.table(name)
        for column in table.columns.values():
            base = {
                "table": name,
                "official_table": table.official,
                "column": column.name,
                "kind": column.kind,
                "key": column.name in table.key,
                "ours": bool(column.ours) or table.source == "ours",
                "description": column.description,
                "missing": column.missing,
                "code": None,
                "meaning": None,
                "first_return": None,
                "last_return": None,
            }
            for code, meaning in column.codes.items():
                first, last = meaning.first or None, meaning.last if meaning.last < 9999 else None
                rows.append(
                    base | {"code": code, "meaning": meaning.text, "first_return": first, "last_return": last}
                )
            if not column.codes:
                rows.append(base)
    kinds = {"key": pa.bool_(), "ours": pa.bool_(), "first_return": pa.int16(), "last_return": pa.int16()}
    names = list(rows[0]) if rows else []
    return pa.Table.from_pylist(
        rows, schema=pa.schema([pa.field(n, kinds.get(n, pa.string())) for n in names])
    )


def readme(manifest: dict) -> str:
    """The README of a release."""
    asked, tables = manifest["arguments"], manifest["tables"]
    changed = [f"`--set {k}={'on' if v else 'off'}`" for k, v in asked["settings"].items()]
    changed += [f"`--cut {arrow}`" for arrow in asked["cuts"]]
    start, end = asked.get("start", window.FIRST), asked.get("end", window.LAST)
    more = projects.readme(projects.find(asked["project"])) if "project" in asked else ""
    more += WINDOW.format(end=end) if end != window.LAST else ""
    if any("parts" in entry for entry in tables.values()):
        more += PARTS.format(most=MOST_IN_ONE)
    if changed:
        more += f"This is a twin world, made with {', '.join(changed)}.\n\n"
    return README.format(
        children=asked["children"],
        authorities=asked["authorities"],
        seed=asked["seed"],
        first=f"{start}-{(start + 1) % 100:02d}",
        last=f"{end - 1}-{end % 100:02d}",
        rows="\n".join(f"| `{n}` | {schema.table(n).unit} | {e['rows']:,} |" for n, e in tables.items()),
        more=more,
        version=manifest["version"],
        content_hash=manifest["content_hash"],
        licence=LICENCE,
    )

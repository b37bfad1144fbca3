"""The dataset guide and data dictionary of the book, written from the release's schemas.

Columns stand in definition lists and not in wide tables, so that the pages read on a telephone.
Depends on release, joins and paths; says of project extracts what their manifests hold.
"""

from pathlib import Path

from catalyst import paths
from catalyst.release import projects, schema
from catalyst.studio import joins

SHORT = 6  # longer code lists fold away
_SHARED = ("PupilMatchingRefAnonymous", "LEA", "LAchildID", "CHILD", "Year", "CINdetailsID")
_KINDS = {
    "date": "date",
    "code": "code",
    "text": "text",
    "key": "pseudonymised reference",
    "number": "whole number",
    "flag": "0 or 1",
}
_OURS = {
    "ours": "Ours: the real return has no such column.",
    "linkage": "Not in the return: a linked extract adds it.",
    "return": "Not in the return's tables: added when the yearly returns are put together.",
}

PROJECTS = "dictionary_projects"
# Pages, in order: file, title, and the returns on it.
PAGES = {
    "dictionary_children_in_need": ("Children in need census", ("cin",)),
    "dictionary_looked_after": ("Children looked after (SSDA903)", ("903",)),
    "dictionary_schools": ("Schools and pupils", ("npd",)),
    "dictionary_health": ("Birth and health", ("birth", "hospital", "mental_health")),
    "dictionary_households": ("Households", ("household",)),
    "dictionary_justice": ("Police and courts", ("police", "courts", "family_court")),
    "dictionary_local": ("Early help and domestic abuse", ("early_help", "domestic_abuse")),
    "dictionary_services": ("Workforce, money, programmes", ("workforce", "spend", "programmes")),
    "dictionary_adults": ("Young adults", ("leo", "adult")),
    "dictionary_linkage": ("Linkage", ("linkage",)),
    "dictionary_places": ("Authorities", ("ours",)),
    PROJECTS: ("Project extracts", (schema.PROJECT,)),
}
INTRODUCTION = """\
# Dataset guide and data dictionary

What stands in every table of the course's data, whom it covers, where it comes from in life, how the tables
join and how to read each column. All of it is invented; see [](../limits.md). The real datasets, and how one
applies for them, are described in [](landscape.md).

Column names and codes are the official ones wherever they are published or confirmed: of the children in
need census and of SSDA903, the return on children looked after, both of the Department for Education, and
of other data where researchers' own code that runs on the real data shows them. A column that the real data
do not have under this name is marked as ours, or as added by linkage. Load a table by its name:

```python
from catalyst import load

plans = load("cin_child_protection_plans")
```

## The tables

"""

EXTRACTS = """\
Some questions are about what happens to few children, and the core extract holds too few of them. A project
extract is cut for one such question from a larger world of the same rules, as a researcher would ask for it:
everyone with the event that the question is about, and a sample of the others. Two hold everybody: the panel
of authorities, for what changes in places, and that on mothers who were in care. One more, for linkage, is
smaller than the core extract, and has the indexes that no researcher receives. Children, authorities and
keys of an extract are its own and join nothing in another. Its tables are those of the other pages, with
fewer rows; load one by naming the project:

```python
from catalyst import load

plans = load("cin_plan_dates", project="plans_before_care")
```

How large each is, follows from [what each planted effect rests on](recovery.md). The core extract is enough
for T3, T8 and T10, and for all of T7 but mothers who were in care. Some effects are out of reach of the
extracts too: rare kinds of abuse (T1), differences between ethnic groups that are near nothing once
deprivation is held equal (T9), the first year of early support (T11). The table says so of each.

**Use the weights.** Who is in, and for how many children each stands, says the table of the sample, which no
other release has. A share, a mean or a risk without the weights is one of the extract and of no population.

"""

JOINS = """\
## How the tables join

**Each return is a slice of one year.** A return covers 1 April to 31 March and knows nothing of what comes
after. What is open over several years is handed in every year, so the same episode or plan stands in several
slices: first open, later with its end. Before you count, keep one row of each, that of the last `Year`.

**A child is known by authority and number.** `LAchildID` means nothing without `LEA`: two authorities may use
the same number for two children. `CHILD` in SSDA903 is the same number. A child who moves to another
authority, or is adopted, gets a new one. `PupilMatchingRefAnonymous` finds the same person again across
authorities and returns, for about seven records in ten.

**Counters are no keys across years.** `CINdetailsID`, `AssessmentID` and `CPPID` start again at 1 in every
slice. To follow an episode or a plan from one year to the next, join on its start date.

| To put together | Join on |
|---|---|
| a child and what is recorded of the child in a year (one to many) | `LEA`, `LAchildID`, `Year` |
| an episode and its assessments, enquiries and plans (one to many) | these and `CINdetailsID` |
| an assessment and its factors (one to many) | these and `AssessmentID` |
| a protection plan and its reviews (one to many) | `LEA`, `LAchildID`, `Year`, `CINdetailsID`, `CPPID` |
| the same plan in two years (many to many) | `LEA`, `LAchildID`, `CPPstartDate` |
| the census and SSDA903 of one authority (many to many) | `LEA`, and `LAchildID` with `CHILD` |
| the same person elsewhere (many to many) | the pupil reference, where known |

A missing key is no key: in pandas, `NaN` joins `NaN`. Drop rows without a key before you join on it, and say
`validate=` in every merge.

"""


def write_pages(out: Path) -> None:
    """Writes the guide, a page for each group of tables and the diagram of joins, for the release in use.

    Parameters
    ----------
    out : folder, made if it is not there

    Raises
    ------
    CourseError
        If there is no finished release, or it holds a table that the schema does not know.
    """
    rows = {name: entry["rows"] for name, entry in paths.manifest()["tables"].items()}
    extracts = {name: paths.manifest(folder) for name, folder in paths.projects().items()}
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    for name, text in pages(rows, extracts).items():
        (out / f"{name}.md").write_text(text, encoding="utf-8")
    (out / "joins.svg").write_text(joins.diagram(_groups(rows)), encoding="utf-8")


def pages(rows: dict[str, int], extracts: dict[str, dict] | None = None) -> dict[str, str]:
    """The pages in MyST Markdown by name; every page is there, even one without tables.

    Parameters
    ----------
    rows : number of rows of each table of the release
    extracts : manifests of the project extracts at hand, by name
    """
    groups = _groups(rows)
    out = {"data_dictionary": _guide(groups, rows)}
    for name, (title, _) in PAGES.items():
        lines = [
            f"# {title}",
            "",
            "Part of the [dataset guide](data_dictionary.md). Everything here is invented.",
            "",
        ]
        if name == PROJECTS:
            lines += _extracts(extracts or {}, rows)
        for table in groups[title]:
            lines += _table(table, rows[table.name])
        if not groups[title] and name != PROJECTS:
            lines += ["The release in use holds no such table.", ""]
        out[name] = "\n".join(lines).rstrip() + "\n"
    return out


def _groups(rows: dict[str, int]) -> dict[str, list[schema.Table]]:
    """The tables of the release by title of their page."""
    tables = [schema.table(name) for name in rows]
    return {title: [t for t in tables if t.source in some] for title, some in PAGES.values()}


def _extracts(extracts: dict[str, dict], rows: dict[str, int]) -> list[str]:
    """What each project extract holds, and the tables that no other release has."""
    lines = [EXTRACTS.rstrip() + "\n"]
    for name, manifest in sorted(extracts.items()):
        asked, tables = manifest["arguments"], manifest["tables"]
        lines += [f"(project-{_anchor(name)})=", f"## {name}", ""]
        lines += [projects.readme(projects.find(name)).rstrip() + "\n"]
        lines += [
            f"Its world has {asked['children']:,} children aged 0 to 17 (on 31 March 2025) in "
            f"{asked['authorities']} fictional authorities.\n"
        ]
        for table in map(schema.table, tables):
            count = f"{tables[table.name]['rows']:,} rows, one for {table.unit}"
            lines.append(f"- [{table.title}](#table-{_anchor(table.name)}), `{table.name}`: {count}.")
        lines += [""]
    if not extracts:
        lines += ["None has been made here: `python3 course.py data --project NAME` makes one.", ""]
    own = dict.fromkeys(name for m in extracts.values() for name in m["tables"])
    for table in map(schema.table, own):
        if table.source == schema.PROJECT or table.name not in rows:
            found = [m["tables"][table.name]["rows"] for m in extracts.values() if table.name in m["tables"]]
            lines += _table(table, sum(found))
    return lines


def _guide(groups: dict[str, list[schema.Table]], rows: dict[str, int]) -> str:
    lines = [INTRODUCTION.rstrip() + "\n"]
    for title, tables in groups.items():
        if not tables:
            if title == PAGES[PROJECTS][0]:
                lines += [
                    f"### {title}",
                    "",
                    f"Cut from larger worlds for one question: [here]({PROJECTS}.md).",
                    "",
                ]
            continue
        lines += [f"### {title}", ""]
        for t in tables:
            covers = f" {t.coverage.rstrip('.')}." if t.coverage else ""
            what = f"{rows[t.name]:,} rows, one for {t.unit}.{covers}"
            lines.append(f"- [{t.title}](#table-{_anchor(t.name)}), `{t.name}`: {what}")
        lines += [""]
    lines += [JOINS.rstrip() + "\n", *joins.figure(groups)]
    every = [table for tables in groups.values() for table in tables]
    return "\n".join([*lines, *_shared(every)]).rstrip() + "\n"


def is_shared(column: schema.Column) -> bool:
    """Whether a column is explained once for all tables: of the same name, and in the same words."""
    if column.name not in _SHARED:
        return False
    first = next(t[column.name] for t in schema.tables().values() if column.name in t.columns)
    return column.description == first.description


def _anchor(name: str) -> str:
    return name.replace("_", "-")


def _shared(tables: list[schema.Table]) -> list[str]:
    lines = ["## Columns that many tables share", ""]
    for name in _SHARED:
        holder = next((t for t in tables if any(c.name == name for c in t.columns.values())), None)
        if holder:
            lines += _definition(holder[name])
    return lines


def _table(table: schema.Table, rows: int) -> list[str]:
    shared = [c.name for c in table.columns.values() if is_shared(c)]
    own = [c for c in table.columns.values() if not is_shared(c)]
    lines = [f"(table-{_anchor(table.name)})=", f"## {table.title}", "", table.description, ""]
    lines += [f"- **Load as:** `{table.name}`"]
    lines += [f"- **One row:** {table.unit} ({rows:,} rows)"]
    lines += ["- **Key:** " + ", ".join(f"`{k}`" for k in table.key)]
    if table.coverage:
        lines += [f"- **Covers:** {table.coverage}"]
    if table.joins:
        lines += ["- **Joins:** " + "; ".join(table.joins).replace("->", "→")]
    lines += [f"- **In life:** {table.counterpart}"]
    if shared:
        lines += ["- **Shared columns:** " + ", ".join(f"`{name}`" for name in shared)]
    lines += [""]
    for column in own:
        lines += _definition(column)
    for column in own:
        lines += _codes(column)
    notes = [c for c in table.columns.values() if c.note not in ("", "Key") and c.name not in ("LEA", "Year")]
    if notes:
        lines += [f":::{{dropdown}} What the return demands of {table.official}", ""]
        lines += ["Numbers are those of the return's validation rules; Q marks a query.", ""]
        lines += [f"- `{c.name}`: {_plain(c.note)}" for c in notes] + [":::", ""]
    return lines


def _definition(column: schema.Column) -> list[str]:
    missing = column.missing[0].upper() + column.missing[1:]
    if column.empty:
        nothing = f"**Always empty: {column.missing.removeprefix('always: ')}.**"
    elif column.nullable:
        nothing = f"*Nothing recorded:* {missing[0].lower() + missing[1:]}."
    else:
        nothing = f"*{missing} missing.*" if missing == "Never" else f"*{missing}.*"
    ours = f" **{_OURS[column.ours]}**" if column.ours else ""
    codes = ""
    if len(column.codes) > 0 and not _folds(column) and column.kind == "code":
        codes = " Codes: " + "; ".join(f"`{c}` {m.text}{_span(m)}" for c, m in column.codes.items()) + "."
    return [f"`{column.name}` ({_KINDS[column.kind]})", f": {column.description}.{ours}{codes} {nothing}", ""]


def _plain(note: str) -> str:
    """A note of the official dictionary with nothing in it that Markdown would read as its own."""
    return note.replace("*", "\\*").replace("<", "&lt;")


def _folds(column: schema.Column) -> bool:
    return len(column.codes) > SHORT


def _span(meaning: schema.Meaning) -> str:
    if meaning.first:
        return f" (from the {meaning.first - 1}-{meaning.first % 100:02d} return)"
    if meaning.last < 9999:
        return f" (to the {meaning.last - 1}-{meaning.last % 100:02d} return)"
    return ""


def _codes(column: schema.Column) -> list[str]:
    if not _folds(column):
        return []
    title = f"The {len(column.codes)} codes of {column.name}"
    lines = [f":::{{dropdown}} {title}", "", "| Code | Meaning |", "|---|---|"]
    lines += [f"| `{code}` | {m.text}{_span(m)} |" for code, m in column.codes.items()]
    return [*lines, ":::", ""]

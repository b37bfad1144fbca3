"""Project extracts: a chapter's own cut from a larger world than the core extract's, as projects get in life.

All with the event that the project is about are in, and a sample of the others with a known weight. A table
beside the records, ``project_sample``, ``project_pupils`` or ``project_families``, says who is in and with
what weight. Depends on schema, keys, window and luck.
"""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from catalyst.errors import CourseError
from catalyst.release import extract, keys, schema
from catalyst.release.window import compact
from catalyst.world.codes import ETHNICITY
from catalyst.world.luck import Luck

FAMILY, CHILD, PUPIL = "FamilyRefAnonymous", "LAchildID", "PupilMatchingRefAnonymous"


class Event(NamedTuple):
    """Who has the event: those with a row in ``table``, with one of ``codes`` in ``column`` if named."""

    table: str
    column: str = ""
    codes: tuple[str, ...] = ()


class Project(NamedTuple):
    """A project extract.

    ``people`` is the table of who is in the project's population; ``unit`` the column that tells them apart;
    of those without the ``event`` one in ``one_in`` is drawn. Without an event everybody is in. ``flaws`` is
    the preset of flaws on purpose with which it is released; ``only`` names the estimands that it is for, if
    not all of its chapters'.
    """

    name: str
    chapters: tuple[str, ...]
    children: int
    authorities: int
    seed: int
    tables: tuple[str, ...]
    sample: str = ""
    people: str = ""
    unit: str = ""
    event: Event | None = None
    one_in: int = 1
    flaws: str = "none"
    only: tuple[str, ...] = ()

    def shows(self, estimand: str) -> bool:
        """Whether the extract has what an estimand of its chapters is told from."""
        return not self.only or estimand in self.only


_CASES = (
    "authorities", "cin_child_identifiers", "cin_details", "cin_assessments", "cin_plan_dates",
    "cin_section47", "cin_child_protection_plans", "ssda903_header", "ssda903_episodes",
    "early_help_episodes",
)  # fmt: skip
_PUPILS = (
    "authorities", "school_census", "schools", "cin_child_identifiers", "cin_details", "cin_disabilities",
    "cin_child_protection_plans", "ssda903_header", "ssda903_episodes",
)  # fmt: skip
_PANEL = (
    "authorities", "authority_years", "workforce_authority", "spending", "programme_rollout", "cin_header",
    "cin_details", "cin_section47", "pre_proceedings", "ssda903_episodes",
)  # fmt: skip
# Of T7 the question alone that the core extract is too small for: mothers once in care themselves.
_MOTHERS = (
    "authorities", "cin_child_identifiers", "cin_details", "cin_assessments", "cin_child_protection_plans",
    "ssda903_episodes", "parent_care_histories",
)  # fmt: skip
_GROUPS = (
    "authorities", "child_low_income", "cin_header", "cin_child_identifiers", "cin_details",
    "ssda903_header", "ssda903_episodes",
)  # fmt: skip
_WHITE, _UNKNOWN = ("WBRI", "WIRI", "WIRT", "WROM", "WOTH"), ("REFU", "NOBT")
_MINORITY = tuple(code for code in ETHNICITY if code not in (*_WHITE, *_UNKNOWN))
_LINKAGE = (
    "school_census", "births", "linkage_school", "linkage_social_care", "linkage_hospital", "linkage_police",
    "link_school_hospital",
)  # fmt: skip
# Children in need plans before care (T1b): all who were ever looked after. Plans for special needs (T4): all
# with an education, health and care plan. Ethnic groups (T9): all families of a group other than White. The
# worlds are so large that the others alone are nearly as many as each analysis was tried with; how much
# larger, the power table says. The panel of authorities (T6, T11) is for changes in places, and holds
# everybody; so does that on mothers (T7), which needs no one but children in need. So does that for linkage
# (F2), the one with flaws on purpose: without them no link is missed.
PROJECTS = (
    Project(
        "plans_before_care", ("t1b",), 180_000, 24, 2027, _CASES,
        "project_sample", "cin_child_identifiers", CHILD, Event("ssda903_header"), 3,
    ),
    Project(
        "special_needs", ("t4",), 102_000, 24, 2027, _PUPILS,
        "project_pupils", "school_census", PUPIL, Event("school_census", "SENprovision", ("E",)), 2,
    ),
    Project(
        "ethnic_groups", ("t9",), 130_000, 24, 2030, _GROUPS,
        "project_families", "child_low_income", FAMILY, Event("child_low_income", "Ethnicity", _MINORITY), 5,
    ),
    Project(
        "mothers_in_care", ("t7",), 58_000, 24, 2031, _MOTHERS, only=("t7.log_hr_mother_in_care",)
    ),
    Project("authority_panel", ("t6", "t11", "t11b"), 130_000, 150, 2028, _PANEL),
    Project("linkage", ("f2",), 6_000, 6, 2029, _LINKAGE, flaws="standard"),
)  # fmt: skip
CORE = Project("core", (), 30_000, 24, 2026, ())  # the teaching extract, which everybody has
# By what names each unit goes; a family's children are found in the census's list of children.
COLUMNS = {CHILD: (CHILD, "CHILD"), PUPIL: (PUPIL,), FAMILY: (FAMILY,)}


def find(name: str) -> Project:
    """A project by name.

    Raises
    ------
    CourseError
        If there is none of that name.
    """
    for project in PROJECTS:
        if project.name == name:
            return project
    raise CourseError(
        f"There is no project '{name}': the projects are {', '.join(p.name for p in PROJECTS)}."
    )


def cut(project: Project, tables: dict[str, pa.Table], seed: int) -> dict[str, pa.Table]:
    """The extract: rows of those in the sample, and the table of the sample.

    Parameters
    ----------
    tables : the project's tables of the whole world
    seed : the seed of the world, from which the sample is drawn

    Returns
    -------
    dict of Arrow tables; of tables that name families alone, those of the sample's families; tables that name
    neither are whole
    """
    if project.event is None:
        return tables
    sample = _sample(project, tables, seed)
    out = {}
    wanted = inside(project, tables, sample)
    for name, table in tables.items():
        column = next((c for c in wanted if c in table.column_names), None)
        if column:
            table = compact(table.filter(pc.is_in(_text(table, column), wanted[column])))
        out[name] = table
    return out | {project.sample: sample}


def inside(project: Project, tables: dict[str, pa.Table], sample: pa.Table) -> dict[str, pa.Array]:
    """Who is in the sample, by every column that names them: first by the project's own unit.

    Returns
    -------
    dict of column to Arrow arrays of text; a row is cut by the first of them that its table has
    """
    wanted = dict.fromkeys(COLUMNS[project.unit], _text(sample, project.unit).combine_chunks())
    people = tables["cin_child_identifiers" if project.unit == FAMILY else project.people]
    some = people.filter(pc.is_in(_text(people, project.unit), wanted[project.unit]))
    for unit in (FAMILY, CHILD):
        if project.unit in (FAMILY, CHILD) and unit != project.unit:
            wanted |= dict.fromkeys(COLUMNS[unit], _text(some, unit).combine_chunks())
    return wanted


def _sample(project: Project, tables: dict[str, pa.Table], seed: int) -> pa.Table:
    """One row for each of those in the extract: who, whether with the event, and for how many each stands."""
    described = schema.table(project.sample)
    population = tables[project.people]
    everybody = np.unique(_known(population, project.unit))
    table = tables[project.event.table]
    if project.event.column:
        table = table.filter(
            pc.is_in(_text(table, project.event.column), pa.array(project.event.codes, pa.string()))
        )
    column = next(c for c in COLUMNS[project.unit] if c in table.column_names)
    event = np.isin(everybody, _known(table, column))
    # The key itself is luck; drawn once more, so that who is in says nothing of how keys are ordered.
    drawn = Luck(seed)(f"project.{project.name}", keys.values(everybody)) < 1 / project.one_in
    kept = event | drawn
    columns = {
        project.unit: pa.array(everybody[kept]).dictionary_encode(),
        "Event": event[kept].astype(np.int8),
        "Weight": np.where(event, 1, project.one_in)[kept].astype(np.int16),
    }
    if "LEA" in described.columns:
        place = dict(
            zip(
                _text(population, project.unit).to_pylist(), _text(population, "LEA").to_pylist(), strict=True
            )
        )
        columns["LEA"] = pa.array([place[who] for who in everybody[kept]]).dictionary_encode()
    wanted = extract.arrow_schema(described)
    return pa.table({name: columns[name] for name in wanted.names}).cast(wanted)


def _text(table: pa.Table, column: str) -> pa.ChunkedArray:
    return table[column].cast(pa.string())


def _known(table: pa.Table, column: str) -> np.ndarray:
    return np.asarray(_text(table, column).drop_null().to_pylist(), dtype=str)


def readme(project: Project) -> str:
    """What the README of a project extract says of it."""
    chapters = ", ".join(chapter.upper() for chapter in project.chapters)
    if project.event is None:
        return (
            f"This is the project extract `{project.name}`, for {chapters}: these tables, of every child.\n\n"
        )
    event = project.event
    codes = " or ".join(f"`{code}`" for code in event.codes)
    which = f" with {codes} in `{event.column}`" if event.column else ""
    every, those, units = {
        FAMILY: ("every family", "the families", "families"),
    }.get(project.unit, ("everyone", "those", "people"))
    return (
        f"This is the project extract `{project.name}`, for {chapters}, and so not every child is in it. Of "
        f"{those} in `{project.people}` it holds {every} with a row in `{event.table}`{which}, and of the "
        f"others one in {project.one_in}, drawn by lot. `{project.sample}` says who is in: `Weight` is the "
        f"number of {units} for whom each stands, so that weighted figures are figures of the whole world. "
        "The rows of everyone else are left out of every table that names a child, and those of other "
        "families out of every table that names a family; tables about places are whole.\n\n"
    )

"""What a release is asked for, checked: each refusal is one sentence that says what is wrong and what to do.

Depends on schema, window, parts, projects and the world's specification.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalyst.errors import CourseError
from catalyst.release import extract, projects, schema, window
from catalyst.release import flaws as presets
from catalyst.release.parts import MOST_IN_ONE
from catalyst.world import life

MOST_CHILDREN = 15_000_000
MOST_CHILDREN_OF_AUTHORITY = 500_000  # numbers of workers and sums of money are made for no larger place
FEWEST_CHILDREN_PER_AUTHORITY = 20
MOST_AUTHORITIES, MOST_WORKERS = 153, 256
FORMATS = ("parquet", "csv")
CLEAN = "none"


@dataclass(frozen=True)
class Asked:
    """What decides a release, and how a manifest says it."""

    spec: life.Spec
    names: tuple[str, ...]
    window: window.Window
    flaws: str
    form: str
    in_one: bool
    project: str | None
    arguments: dict


def check(
    children,
    seed,
    authorities,
    tables: list[str] | None,
    settings: Mapping[str, bool | str] | None,
    cuts: tuple[str, ...],
    start,
    end,
    flaws: str,
    form: str,
    in_one: bool | None,
    project: str | None,
) -> Asked:
    """Checks the arguments of :func:`catalyst.release.make.make_release`.

    Raises
    ------
    CourseError
        If they cannot be what was meant.
    """
    authorities = whole("authorities", authorities, 1, MOST_AUTHORITIES)
    children = whole("children", children, FEWEST_CHILDREN_PER_AUTHORITY * authorities, MOST_CHILDREN)
    seed = whole("seed", seed, 0, 2**63 - 1)
    seen = _window(start, end)
    if form not in FORMATS:
        raise CourseError(f"--format is {' or '.join(FORMATS)}, not '{form}'.")
    if project is not None:
        flaws, tables = projects.find(project).flaws, list(projects.find(project).tables)
    spoiled = presets.preset(flaws).any
    names = None if tables is None else extract.chosen_tables(tables, presets.preset(flaws))
    if names == []:
        raise CourseError(
            f"No table was named; leave --tables out for all {len(schema.released(spoiled))}, or name some "
            "of those in the book's data dictionary."
        )
    settings = {name: _on(name, value) for name, value in sorted((settings or {}).items())}
    spec = life.Spec(seed, children, authorities, settings, tuple(cuts))
    if children > MOST_CHILDREN_OF_AUTHORITY:
        _room(spec)
    few = children <= MOST_IN_ONE or project is not None
    in_one = few if in_one is None else bool(in_one)
    arguments = {
        "children": children,
        "seed": seed,
        "authorities": authorities,
        "tables": None if names is None else [name for name in schema.tables() if name in names],
        "settings": settings,
        "cuts": sorted(cuts),
    }
    # What is as it always was goes unsaid: the teaching extract's manifest says no more than it did.
    unusual = {
        "start": (seen.start, window.FIRST),
        "end": (seen.end, window.LAST),
        "flaws": (flaws, CLEAN),
        "format": (form, FORMATS[0]),
        "in_one": (in_one, few),
        "project": (project, None),
    }
    arguments |= {name: value for name, (value, usual) in unusual.items() if value != usual}
    names = tuple(name for name in schema.released(spoiled) if names is None or name in names)
    return Asked(spec, names, seen, flaws, form, in_one, project, arguments)


def whole(name: str, value, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``, given as a number or as digits."""
    try:
        if isinstance(value, bool) or (not isinstance(value, str) and int(value) != value):
            raise ValueError
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise CourseError(
            f"--{name} must be a whole number, not '{value}'; give one from {low:,} to {high:,}."
        ) from None
    if not low <= number <= high:
        few = (
            f" ({FEWEST_CHILDREN_PER_AUTHORITY} for each authority)"
            if name == "children" and number < low
            else ""
        )
        raise CourseError(
            f"--{name} {number:,} is out of range; give a whole number from {low:,}{few} to {high:,}."
        )
    return number


def _window(start, end) -> window.Window:
    first = window.FIRST if start is None else whole("start", start, 0, 9999)
    last = window.LAST if end is None else whole("end", end, 0, 9999)
    if first < window.FIRST or last > window.LAST:
        raise CourseError(
            f"The records run from 1 April {window.FIRST} to 31 March {window.LAST}: --start {first} and "
            f"--end {last} must lie within."
        )
    if first >= last:
        raise CourseError(
            "The window runs from 1 April of --start to 31 March of --end, so --end must be later than "
            f"{first}, not {last}."
        )
    return window.Window(first, last)


def _room(spec: life.Spec) -> None:
    """Refuses a world with more children in one place than its records are made for."""
    largest = int(life.World(spec).places.children.max())
    if largest > MOST_CHILDREN_OF_AUTHORITY:
        raise CourseError(
            f"Some authority would have {largest:,} children, and the most is "
            f"{MOST_CHILDREN_OF_AUTHORITY:,}: ask for more --authorities than {spec.authorities}, or for "
            "fewer --children."
        )


def _on(name: str, value: bool | str) -> bool:
    if value not in (True, False, "on", "off"):
        raise CourseError(f"--set {name} takes on or off, not '{value}'.")
    return value in (True, "on")

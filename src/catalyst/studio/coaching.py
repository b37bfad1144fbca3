"""The hand-written part of a chapter's coaching guide, ``coaching/<id>.yaml``: what it must hold.

All else in a guide is derived: from the chapter's metadata, and from the wrong-answer bank of its exercises.
A mistake is named by its exercise and its name, so that one that is renamed there is missed here. Depends on
masters.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import masters

# The parts of a session in the order in which they come; an hour holds one trap, one estimand, one worksheet.
PARTS = ("welcome", "trap", "estimand", "exercise", "mistakes", "meaning", "worksheet", "close")
HOUR = ("welcome", "trap", "estimand", "meaning", "worksheet", "close")
LENGTHS = (60, 90)
SHORTEST_MINUTES = 3
MISTAKES = 2
TEXTS = ("opening", "trap", "estimand", "stuck", "ahead", "no_access")
LISTS = {"meaning": 2, "missing": 2, "worksheet": 5}
PAIRS = {
    "ask": ("tell", "ask", 3),
    "mistakes": ("mistake", "ask", MISTAKES),
    "lacks": ("column", "instead", 2),
}


@dataclass(frozen=True)
class Part:
    """A part of a session: what kind it is, the exercise if it is one, and its minutes."""

    kind: str
    minutes: int
    exercise: str | None = None


@dataclass
class Guide:
    """The hand-written part of a guide, as it stands in the YAML file."""

    id: str
    texts: dict[str, str]
    lists: dict[str, list[str]]
    pairs: dict[str, list[tuple[str, str]]]
    plans: dict[int, list[Part]]


def source(chapter: str, folder: Path | None = None) -> Path:
    """The YAML file of a chapter's guide, whether or not it is there."""
    return (folder or paths.root()) / "coaching" / f"{chapter}.yaml"


def read(path: Path) -> Guide:
    """A guide from its file.

    Raises
    ------
    CourseError
        If it is no YAML or not of this form; the sentence names the file and the part.
    """
    import yaml

    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CourseError(f"There is no coaching guide {path.name} in {path.parent}.") from None
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        raise CourseError(f"{path.name} cannot be read as YAML.") from None
    wanted = {*TEXTS, *LISTS, *PAIRS, "plans"}
    if not isinstance(data, dict) or set(data) != wanted:
        given = set(data) if isinstance(data, dict) else set()
        odd = sorted(given ^ wanted)
        raise CourseError(f"{path.name}: it should hold {', '.join(sorted(wanted))}; look at '{odd[0]}'.")
    for name in TEXTS:
        if not isinstance(data[name], str) or not data[name].strip():
            raise CourseError(f"{path.name}: '{name}' should be text.")
    for name in LISTS:
        if not isinstance(data[name], list) or not all(isinstance(part, str) for part in data[name]):
            raise CourseError(f"{path.name}: '{name}' should be a list of texts.")
    pairs = {}
    for name, (one, other, _) in PAIRS.items():
        entries = data[name]
        if not isinstance(entries, list) or not all(
            isinstance(entry, dict) and set(entry) == {one, other} for entry in entries
        ):
            raise CourseError(f"{path.name}: '{name}' should be a list of '{one}' with '{other}'.")
        pairs[name] = [(str(entry[one]).strip(), str(entry[other]).strip()) for entry in entries]
    return Guide(
        path.stem,
        {name: data[name].strip() for name in TEXTS},
        {name: [part.strip() for part in data[name]] for name in LISTS},
        pairs,
        _plans(path, data["plans"]),
    )


def _plans(path: Path, plans) -> dict[int, list[Part]]:
    if not isinstance(plans, dict) or set(plans) != set(LENGTHS):
        raise CourseError(f"{path.name}: 'plans' should hold one of 60 and one of 90 minutes.")
    made = {}
    for length, parts in plans.items():
        made[length] = []
        for name, minutes in parts.items() if isinstance(parts, dict) else ():
            kind, _, exercise = str(name).partition(" ")
            if kind not in PARTS or bool(exercise) != (kind == "exercise") or type(minutes) is not int:
                raise CourseError(
                    f"{path.name}: in the plan of {length} minutes '{name}: {minutes}' should be one of "
                    f"{', '.join(PARTS)} (an exercise with its id) and whole minutes."
                )
            made[length].append(Part(kind, minutes, exercise or None))
    return made


def faults(guide: Guide, bank: dict[tuple[str, str], str], minutes: dict[str, int]) -> list[str]:
    """What a guide lacks, a sentence each.

    Parameters
    ----------
    guide : Guide
    bank : dict
        The messages of the chapter's known mistakes, by exercise and name, as :func:`bank_of`.
    minutes : dict of str to int
        The minutes of the chapter's exercises, by id.
    """
    here, found = f"{guide.id}.yaml", []
    for name, least in LISTS.items():
        if len(guide.lists[name]) < least:
            found.append(f"{here}: '{name}' should have {least} entries or more.")
    for name, (*_, least) in PAIRS.items():
        if len(guide.pairs[name]) < least:
            found.append(f"{here}: '{name}' should have {least} entries or more.")
    if len(guide.pairs["mistakes"]) != MISTAKES:
        found.append(f"{here}: name two mistakes to expect, not {len(guide.pairs['mistakes'])}.")
    found += [
        f"{here}: the wrong-answer bank has no mistake '{name}': it may have been renamed there."
        for name, _ in guide.pairs["mistakes"]
        if mistake(name) not in bank
    ]
    questions = [
        guide.texts["opening"],
        *(ask for name in ("ask", "mistakes") for _, ask in guide.pairs[name]),
    ]
    found += [f"{here}: '{text}' should ask something." for text in questions if "?" not in text]
    for length, parts in guide.plans.items():
        found += _plan_faults(f"{here}, plan of {length} minutes", length, parts, minutes)
    return found


def _plan_faults(here: str, length: int, parts: list[Part], minutes: dict[str, int]) -> list[str]:
    found, kinds = [], [part.kind for part in parts]
    total = sum(part.minutes for part in parts)
    if total != length:
        found.append(f"{here}: its parts add up to {total}.")
    if any(part.minutes < SHORTEST_MINUTES for part in parts):
        found.append(f"{here}: no part can be shorter than {SHORTEST_MINUTES} minutes.")
    if kinds != sorted(kinds, key=PARTS.index):
        found.append(f"{here}: its parts are not in the order {', '.join(PARTS)}.")
    missing = [kind for kind in HOUR if kinds.count(kind) != 1]
    if missing:
        found.append(f"{here}: it needs {missing[0]} once.")
    if length == min(LENGTHS) and set(kinds) - set(HOUR):
        found.append(
            f"{here}: an hour holds one trap, one estimand and one worksheet; the notebook is pre-work."
        )
    for part in parts:
        if part.exercise and part.exercise not in minutes:
            found.append(f"{here}: there is no exercise {part.exercise}.")
        elif part.exercise and part.minutes < minutes[part.exercise]:
            found.append(
                f"{here}: {part.exercise} takes {minutes[part.exercise]} minutes by its own metadata."
            )
    return found


def mistake(name: str) -> tuple[str, str]:
    """``"t1.2 / ended only"`` as the exercise and the name of the mistake in its bank."""
    exercise, _, short = name.partition("/")
    return exercise.strip(), short.strip()


def bank_of(chapter: str, folder: Path | None = None) -> dict[tuple[str, str], str]:
    """The messages of a chapter's known mistakes, by exercise and name, as its master has them.

    Those whose name or message is worked out in the run are not among them.
    """
    master = (folder or paths.root()) / "solutions" / chapter / f"{chapter}.ipynb"
    if not master.is_file():
        return {}
    found = {}
    for cell in masters.read(master).cells:
        if cell.cell_type != "code" or "mistake" not in masters.tags(cell):
            continue
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "wrong"):
                continue
            if len(node.args) == 4 and all(isinstance(node.args[i], ast.Constant) for i in (0, 1, 3)):
                found[node.args[0].value, node.args[1].value] = node.args[3].value
    return found


def chapter_faults(chapter: str, specs: list[dict], folder: Path | None = None) -> list[str]:
    """What the coaching guide of a chapter lacks; that it is not there, if so."""
    path = source(chapter, folder)
    if not path.is_file():
        return [f"coaching/{path.name} is missing: the chapter has no coaching guide."]
    try:
        guide = read(path)
    except CourseError as problem:
        return [str(problem)]
    minutes = {spec["id"]: spec.get("minutes", 0) for spec in specs}
    left = ["TO FILL still stands in coaching/" + path.name] if "TO FILL" in path.read_text("utf-8") else []
    return [*left, *faults(guide, bank_of(chapter, folder), minutes)]

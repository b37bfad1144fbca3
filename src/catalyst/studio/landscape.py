"""The data landscape: what is published of the agenda's datasets, of where they are held and of what hinders.

One YAML file for each stands in ``facts/datasets``, ``facts/environments`` and ``facts/challenges``. Every
statement in it is one of three kinds: a fact with its source in ``book/references.bib``, a reading of ours,
or something that was looked for and not found. Depends on the catalogue, the release's schema and PyYAML.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import catalogue

FACT, OURS, MISSING = "text", "ours", "missing"
KINDS = (FACT, OURS, MISSING)
# What each file says, in the order of its page.
TOPICS = {
    "datasets": {
        "contents": "What is in it",
        "unit": "What one record is",
        "years": "Which years",
        "coverage": "Who is in it",
        "social_care": "What it holds of children's social care",
        "linkage": "How it is linked",
        "rates": "How many were linked",
        "unseen": "What cannot be seen in it",
        "access": "How to apply",
        "time": "Time and cost",
        "documentation": "Where to read more",
        "synthetic": "A synthetic version",
        "studies": "Studies that used it",
    },
    "environments": {
        "holds": "What it holds",
        "who": "Who may work there",
        "steps": "Steps of an application",
        "time": "Time and cost",
        "inside": "What it is like inside",
        "outputs": "How outputs leave",
        "status": "Also to know",
    },
    "challenges": {"what": "What it is", "hides": "Whom it hides", "today": "What a researcher can do today"},
}
# The topics of a dataset that the comparison shows: exactly one statement of each has a short form.
COMPARED = ("unit", "years", "coverage", "linkage", "rates", "unseen")
_KEYS = {
    "datasets": {
        *("place", "name", "short", "nation", "environment", "known_as", "purpose", "opening"),
        *("facts", "agenda", "stands_in", "not_here", "ask"),
    },
    "environments": {"place", "name", "short", "nation", "facts"},
    "challenges": {"place", "name", "question", "facts", "chapters", "agenda"},
}
# Said of a dataset only where it needs saying: that its environment is our reading.
_OPTIONAL = {"environment_is_ours"}
NATIONS = ("England", "Scotland", "Wales", "Northern Ireland", "United Kingdom")


@dataclass(frozen=True)
class Statement:
    """One thing that is said: its words, which of the three kinds it is, its sources and its short form."""

    words: str
    kind: str
    sources: tuple[str, ...] = ()
    brief: str = ""


@dataclass(frozen=True)
class Entry:
    """What one file says: its name, its statements by topic, and all else as it stands there."""

    id: str
    facts: dict[str, tuple[Statement, ...]]
    rest: dict

    def __getattr__(self, name: str):
        try:
            return self.rest[name]
        except KeyError:
            raise AttributeError(name) from None

    def brief(self, topic: str) -> str:
        """The short form of what is said on one of ``COMPARED``."""
        return next(statement.brief for statement in self.facts[topic] if statement.brief)

    def ids(self) -> list[str]:
        """The questions of the agenda that a dataset can serve, or that a challenge hinders."""
        return [
            identity
            for part in self.agenda
            for identity in (part["ids"] if isinstance(part, dict) else [part])
        ]


def entries(kind: str, folder: Path | None = None) -> dict[str, Entry]:
    """The files of one kind by their names, in the order of their places.

    Parameters
    ----------
    kind : ``datasets``, ``environments`` or ``challenges``
    folder : Path, optional
        Where the three folders stand; the course's own facts if not given.

    Raises
    ------
    CourseError
        If a file cannot be read as YAML. What else may be wrong with it, :func:`faults` says.
    """
    found = [_entry(path, path.stat().st_mtime_ns) for path in _paths(kind, folder or catalogue.FACTS)]
    return {entry.id: entry for entry in sorted(found, key=lambda entry: entry.place)}


def sources(folder: Path | None = None) -> set[str]:
    """The keys of every work that the landscape cites."""
    return {
        source
        for kind in TOPICS
        for entry in entries(kind, folder).values()
        for statements in entry.facts.values()
        for statement in statements
        for source in statement.sources
    }


def faults(folder: Path | None = None) -> list[str]:
    """What is wrong with the files, a sentence each that begins with the file; empty when all is whole.

    Raises
    ------
    CourseError
        If a file cannot be read as YAML.
    """
    folder = folder or catalogue.FACTS
    found = []
    for kind in TOPICS:
        places = Counter()
        for name, raw in _files(kind, folder):
            here = f"{kind}/{name}.yaml"
            missing, strange = _KEYS[kind] - set(raw), set(raw) - _KEYS[kind] - _OPTIONAL
            found += [f"{here}: '{key}' is missing." for key in sorted(missing)]
            found += [f"{here}: '{key}' is not known." for key in sorted(strange)]
            if missing or strange:
                continue
            places[raw["place"]] += 1
            if places[raw["place"]] > 1:
                found.append(f"{here}: another file stands at place {raw['place']}.")
            found += [f"{here}: {fault}" for fault in _facts_faults(kind, raw["facts"])]
            found += [f"{here}: {fault}" for fault in _rest_faults(kind, raw, folder)]
    return found


def _facts_faults(kind: str, facts: dict) -> Iterator[str]:
    topics = TOPICS[kind]
    yield from (f"'{topic}' is no topic." for topic in facts if topic not in topics)
    for topic in topics:
        statements = facts.get(topic) or []
        if not statements:
            yield f"nothing is said on '{topic}'; say at least that it was not found."
        for number, statement in enumerate(statements, start=1):
            yield from (f"{topic}, statement {number}: {fault}" for fault in _statement_faults(statement))
        briefs = [s["brief"] for s in statements if isinstance(s, dict) and s.get("brief")]
        wanted = 1 if kind == "datasets" and topic in COMPARED else 0
        if len(briefs) != wanted:
            yield f"'{topic}' has {len(briefs)} short forms; it needs {wanted}."


def _statement_faults(statement) -> Iterator[str]:
    kinds = [kind for kind in KINDS if isinstance(statement, dict) and str(statement.get(kind) or "").strip()]
    if len(kinds) != 1:
        yield f"it is to be exactly one of {', '.join(KINDS)}."
        return
    yield from (f"'{key}' is not known." for key in statement if key not in (*KINDS, "source", "brief"))
    named = _listed(statement.get("source"))
    if kinds == [FACT] and not named:
        yield "a fact needs a source."
    if kinds != [FACT] and named:
        yield f"what is '{kinds[0]}' has no source; with one it is a fact."
    for source in named:
        if source not in _bibliography():
            yield f"the source '{source}' is not in book/references.bib."


def _rest_faults(kind: str, raw: dict, folder: Path) -> Iterator[str]:
    from catalyst.release import schema

    asked = {row["id"] for row in catalogue.facts("agenda")}
    if kind == "environments":
        if raw["nation"] not in NATIONS:
            yield f"'{raw['nation']}' is no nation; it may be {', '.join(NATIONS)}."
        return
    named = [part["ids"] if kind == "datasets" else [part] for part in raw["agenda"]]
    ids = [identity for part in named for identity in part]
    if not ids:
        yield "no question of the agenda is named."
    for identity, times in Counter(map(str, ids)).items():
        if identity not in asked or times > 1:
            yield f"question '{identity}' stands there {times} times, or is none of the agenda."
    # 5.10 without quotation marks is the number 5.1, another question.
    yield from (f"question {i} needs quotation marks." for i in ids if not isinstance(i, str))
    if kind == "challenges":
        planned = {row["id"] for row in catalogue.facts("chapters")}
        yield from (
            f"chapter '{c.get('id')}' is not planned." for c in raw["chapters"] if c.get("id") not in planned
        )
        if not raw["chapters"]:
            yield "no chapter is named."
        return
    if raw["nation"] not in NATIONS:
        yield f"'{raw['nation']}' is no nation; it may be {', '.join(NATIONS)}."
    held = {name for name, _ in _files("environments", folder)}
    if raw["environment"] and raw["environment"] not in held:
        yield f"the environment '{raw['environment']}' has no file."
    tables = [table for part in raw["stands_in"] for table in part.get("tables", [])]
    if not tables:
        yield "no synthetic table stands in for it."
    yield from (f"'{table}' is no synthetic table." for table in tables if table not in schema.tables())
    if raw["known_as"]:
        answers = catalogue.facts("agenda_answers")
        meant = [
            row["id"] for row in answers if raw["known_as"] in map(str.strip, row["datasets"].split(";"))
        ]
        if not meant:
            yield f"agenda_answers.csv names no dataset '{raw['known_as']}'."
        yield from (
            f"agenda_answers.csv names it for question {i}, which is not listed."
            for i in meant
            if i not in ids
        )


def _paths(kind: str, folder: Path) -> list[Path]:
    return sorted((folder / kind).glob("*.yaml"))


def _files(kind: str, folder: Path) -> Iterator[tuple[str, dict]]:
    """The name and content of each file of a kind, read anew only when it was changed."""
    for path in _paths(kind, folder):
        yield path.stem, _read(path, path.stat().st_mtime_ns)


@cache
def _read(path: Path, changed: int) -> dict:
    import yaml

    # The loader in C, where there is one, reads these files eight times as fast.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        where = getattr(problem, "problem_mark", None)
        line = f" near line {where.line + 1}" if where else ""
        raise CourseError(f"{path.parent.name}/{path.name} cannot be read{line}: mend its YAML.") from None
    if not isinstance(data, dict) or not isinstance(data.get("facts", {}), dict):
        raise CourseError(f"{path.parent.name}/{path.name} is to hold names with values, 'facts' among them.")
    return data


@cache
def _bibliography() -> frozenset[str]:
    text = (paths.root() / "book" / "references.bib").read_text(encoding="utf-8")
    return frozenset(re.findall(r"^@\w+\{([^,\s]+),", text, re.MULTILINE))


@cache
def _entry(path: Path, changed: int) -> Entry:
    raw = _read(path, changed)
    facts = {
        topic: tuple(_statement(statement) for statement in statements)
        for topic, statements in raw["facts"].items()
    }
    return Entry(path.stem, facts, {key: value for key, value in raw.items() if key != "facts"})


def _statement(raw: dict) -> Statement:
    kind = next(kind for kind in KINDS if raw.get(kind))
    words = " ".join(raw[kind].split())
    return Statement(words, kind, tuple(_listed(raw.get("source"))), (raw.get("brief") or "").strip())


def _listed(value) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])

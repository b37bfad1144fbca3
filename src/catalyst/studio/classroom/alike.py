"""Pairs of submissions that are suspiciously alike: a place to look, never a verdict. Depends on nothing.

The code of the answer cells is taken as tokens, without comments and layout; runs of tokens are hashed and
thinned out by winnowing (Schleimer, Wilkerson and Aiken 2003). What many of a class share, or what was
released, says nothing; what two share and hardly anyone else has does.
"""

import hashlib
import io
import keyword
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass

RUN, WINDOW = 8, 4
LEAST_SHARED, LEAST_ALIKE = 6, 0.6
COMMON = 0.1  # a print that more than this share of the class (and more than three) has is common
MOST_PAIRS = 25


@dataclass(frozen=True)
class Pair:
    """Two students: the share and number of rare prints they have in common, and the exercises in which both
    gave the same wrong answer that is no known mistake.
    """

    chapter: str
    one: str
    other: str
    alike: float
    shared: int
    wrong: tuple[str, ...] = ()


def prints(answers: dict[str, str], release) -> list[str]:
    """The prints of what was typed into the answer cells, without what had been released in them."""
    given = {
        cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source
        for cell in release.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }
    found: set[str] = set()
    for identity, source in sorted(answers.items()):
        found |= _winnow(_tokens(source)) - _winnow(_tokens(given.get(identity, "")))
    return sorted(found)


def _tokens(source: str) -> list[str]:
    """Code as tokens; as words where it cannot be read as code."""
    kept = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type in (tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP):
                kept.append(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError):
        return source.split()
    return kept


def _winnow(tokens: list[str]) -> set[str]:
    if not any(not keyword.iskeyword(token) for token in tokens) or len(tokens) < RUN:
        return set()
    hashes = [
        hashlib.blake2b("\0".join(tokens[i : i + RUN]).encode(errors="replace"), digest_size=6).hexdigest()
        for i in range(len(tokens) - RUN + 1)
    ]
    return {min(hashes[i : i + WINDOW]) for i in range(max(1, len(hashes) - WINDOW + 1))}


def pairs(records: list[dict]) -> list[Pair]:
    """The pairs of a class that share more than chance and the task explain, the most alike first.

    Parameters
    ----------
    records : list of dict
        Records of marked submissions, each with its ``prints`` and what was said of its exercises.
    """
    found = []
    for chapter in sorted({record["chapter"] for record in records}):
        held = {r["student"]: set(r.get("prints", ())) for r in records if r["chapter"] == chapter}
        wrong = {r["student"]: _wrong(r) for r in records if r["chapter"] == chapter}
        count = Counter(one for mine in held.values() for one in mine)
        most = max(3, int(COMMON * len(held)))
        rare = {student: {one for one in mine if count[one] <= most} for student, mine in held.items()}
        having = defaultdict(list)
        for student in sorted(rare):
            for one in rare[student]:
                having[one].append(student)
        shared = Counter(
            (one, other)
            for students in having.values()
            for i, one in enumerate(students)
            for other in students[i + 1 :]
        )
        for (one, other), number in shared.items():
            share = number / min(len(rare[one]), len(rare[other]))
            if number >= LEAST_SHARED and share >= LEAST_ALIKE:
                same = tuple(sorted(exercise for exercise, _ in wrong[one] & wrong[other]))
                found.append(Pair(chapter, one, other, share, number, same))
    return sorted(found, key=lambda pair: (-pair.alike, -pair.shared, pair.one, pair.other))[:MOST_PAIRS]


def _wrong(record: dict) -> set[tuple[str, str]]:
    """The wrong answers that are no known mistake, each as exercise and hash of what was given."""
    return {
        (one["exercise"], one["given"])
        for one in record.get("exercises", ())
        if one["layer"] == "value" and not one["mistake"] and one.get("given")
    }

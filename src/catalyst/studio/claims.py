"""Which chapters claim to recover something, and where each says what and how.

For the chapter ``t2``, ``truths_t2`` counts the truth in what happened and ``recovery_t2`` runs the analyses
on the release. Depends on those modules.
"""

from collections.abc import Iterable
from functools import cache
from importlib import import_module
from types import ModuleType

from catalyst.errors import CourseError
from catalyst.studio.estimates import Declared
from catalyst.world.parameters import read

CHAPTERS = (
    "f2", "f3", "f3b", "t1", "t1b", "t2", "t3", "t4", "t5", "t5b", "t6", "t7", "t8", "t9", "t10", "t11",
    "t11b",
)  # fmt: skip
FIRST_SEED = 100_000  # of the worlds in which claims are tried


def chosen(names: list[str] | None) -> tuple[str, ...]:
    """The chapters asked for, in their order; all if none is named.

    Raises
    ------
    CourseError
        If a chapter makes no claim.
    """
    for name in names or ():
        if name not in CHAPTERS:
            raise CourseError(
                f"No chapter '{name}' claims to recover a truth; these do: {', '.join(CHAPTERS)}."
            )
    return tuple(name for name in CHAPTERS if not names or name in names)


def truths(chapter: str) -> ModuleType:
    """The module that counts a chapter's truths.

    It has ``TWINS`` (label: settings and cuts of a twin world), ``PLANTED`` (estimand: arrow), ``SCALES``
    (estimand: scale, and the estimand in words), ``count(lives, twins)`` (totals of a block that can be added
    up) and ``values(totals)``.
    """
    return import_module(f"catalyst.studio.truths_{chapter}")


def recovery(chapter: str) -> ModuleType:
    """The module that runs a chapter's analyses.

    It has ``CHILDREN``, ``AUTHORITIES``, ``TABLES``, ``NAMES`` (estimand: words), ``proper(tables, rng)`` and
    ``traps(tables, rng)``, and may have ``RECOVERS`` (arrow: the estimands that show it), ``DECLARED``
    (estimand: what its analysis falls short of, and why) and ``LINKS`` (tables that it uses beside the others
    where a release has flaws). A chapter that is tried on samples of few worlds (see ``recovery_drawn``) has
    ``sample(seed)`` and ``DRAWN`` (how they are drawn, in words) in the place of ``TABLES``.
    """
    return import_module(f"catalyst.studio.recovery_{chapter}")


def drawn(chapter: str) -> bool:
    """Whether a chapter is tried on samples of few worlds, not on a release of each world."""
    return hasattr(recovery(chapter), "sample")


def same_size(chapters: Iterable[str]) -> list[tuple[str, ...]]:
    """The chapters in groups that use worlds, or samples, of the same number of children and authorities."""
    groups: dict[tuple[int, int, bool], list[str]] = {}
    for chapter in chapters:
        module = recovery(chapter)
        groups.setdefault((module.CHILDREN, module.AUTHORITIES, drawn(chapter)), []).append(chapter)
    return [tuple(group) for group in groups.values()]


@cache
def shown_by() -> dict[str, dict[str, tuple[str, ...]]]:
    """For each planted arrow, the estimands by which each chapter shows it.

    Returns
    -------
    dict of arrow to dict of chapter to names of estimands
    """
    out: dict[str, dict[str, tuple[str, ...]]] = {}
    for chapter in CHAPTERS:
        by_arrow: dict[str, tuple[str, ...]] = {}
        for name, arrow in truths(chapter).PLANTED.items():
            by_arrow[arrow] = (*by_arrow.get(arrow, ()), name)
        for arrow, names in getattr(recovery(chapter), "RECOVERS", {}).items():
            by_arrow[arrow] = (*by_arrow.get(arrow, ()), *names)
        for arrow, names in by_arrow.items():
            out.setdefault(arrow, {})[chapter] = names
    return out


@cache
def declared() -> dict[str, Declared]:
    """What is declared of analyses that fall short of the rules for a known reason, by estimand."""
    return {
        name: told
        for chapter in CHAPTERS
        for name, told in getattr(recovery(chapter), "DECLARED", {}).items()
    }


def unrecovered() -> list[str]:
    """One sentence for each planted arrow that no analysis recovers."""
    return [
        f"parameters/{effect.room}.toml, '{arrow}': no recovery test shows this planted effect; add it to "
        f"PLANTED of truths_{effect.chapter}.py or to RECOVERS of recovery_{effect.chapter}.py."
        for arrow, effect in read().effects.items()
        if arrow not in shown_by()
    ]

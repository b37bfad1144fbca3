"""The page of published rules that official exports obey: which are tested, and why the others are not.

Depends on the judge of exports and its list of rules alone.
"""

from pathlib import Path

from catalyst.release.official import judge

_TITLES = {"cin": "Children in need census", "ssda903": "SSDA903, children looked after"}
_HEAD = """\
(official-rules)=
# Rules of the official returns

`python3 course.py data --official cin --year 2025` writes the children in need census in the layout in which
authorities hand it in, and `--official ssda903` the return on children looked after, with the year before
beside it. The Department for Education checks a return by published rules. An error must be mended before a
return is taken; a query may be explained. Every export of the course is read back and held to the rules that
are called tested here, and its README says which of them its own files break, and why.

The demands are in our words. The Department's list, published with each year's specification, is the
authority; it was not at hand as a whole, so `read` is "no" where a rule's number was not found in what we
read. Every tested rule has a planted fault in the course's tests that makes it fire.
"""
_WHY = {
    "real home": "needs a real home's postcode",
    "real provider": "needs a real provider's number",
    "real authority": "needs a real authority",
    "earlier years": "true, but needs years before the two of an export",
    "by construction": "cannot be broken by what the world holds",
    "other years": "asked for in other years",
    "query": "a query that may fire",
    "tested": "tested",
}


def write_page(out: Path) -> None:
    """Writes ``official_rules.md``."""
    (out / "official_rules.md").write_text(page(), encoding="utf-8")


def page() -> str:
    """The page in MyST Markdown."""
    text = _HEAD
    for kind, title in _TITLES.items():
        rules = judge.every_rule(kind)
        firing = {row["rule"]: row["reason"] for row in judge.unruly(kind) if row["why"] == "query"}
        text += f"\n## {title}\n\n| how | rules |\n|---|---:|\n"
        for how, words in _WHY.items():
            count = sum(rule.how == how for rule in rules)
            text += f"| {words} | {count} |\n" if count else ""
        text += "\n### Queries that may fire\n\n"
        text += "".join(f"- **{number}**: {reason}.\n" for number, reason in firing.items())
        text += "\n### Not tested\n\n| rule | why | |\n|---|---|---|\n"
        for rule in rules:
            if rule.how != "tested" and rule.rule not in firing:
                text += f"| {rule.rule} | {_WHY[rule.how]} | {_cell(rule.demand)} |\n"
        text += "\n### Tested\n\n| rule | level | demand | read |\n|---|---|---|---|\n"
        for rule in rules:
            if rule.how == "tested":
                text += f"| {rule.rule} | {rule.level} | {_cell(rule.demand)} | {rule.number_read} |\n"
    return text


def _cell(words: str) -> str:
    return words.replace("|", "\\|")

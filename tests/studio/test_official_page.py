"""The page of the returns' rules: each rule stands on it once, with what is done about it."""

import re

from catalyst.release.official import judge, layout
from catalyst.studio import official_page


def test_every_rule_stands_on_the_page_once():
    page = official_page.page()
    for kind in layout.RETURNS:
        part = page[page.index(f"## {official_page._TITLES[kind]}") :]
        part = part[: next((m.start() for m in re.finditer(r"\n## ", part)), len(part))]
        twice = {row["rule"] for row in judge.unruly(kind) if row["why"] == "query"}
        for rule in judge.every_rule(kind):
            number = re.escape(rule.rule)
            lines = rf"^(?:\| {number} \||- \*\*{number}\*\*:)"
            told = len(re.findall(lines, part, re.MULTILINE))
            assert told == 1 + (rule.how == "tested" and rule.rule in twice), rule.rule
        counts = [int(n) for n in re.findall(r"^\| [^|]+ \| (\d+) \|$", part, re.MULTILINE)]
        assert sum(counts) == len(judge.every_rule(kind))


def test_what_only_something_real_could_satisfy_is_named():
    page = official_page.page()
    for rule, why in (
        ("392A", "a real home's postcode"),
        ("219", "a real provider's"),
        ("1530", "a real auth"),
    ):
        assert f"| {rule} | needs {why}" in page

"""The words beside an export: what it is, where it stands apart from a real return, which rules it breaks.

Depends on judge and mends.
"""

import csv
from io import StringIO

from catalyst.release.official import judge

_TITLE = {
    "cin": "Children in need census",
    "ssda903": "SSDA903, the return on children looked after",
}
_PUBLISHED = {
    "cin": "https://www.gov.uk/government/publications/children-in-need-census-2025-to-2026-specification",
    "ssda903": "https://www.gov.uk/government/publications/"
    "children-looked-after-return-2024-to-2025-technical-specifications",
}
_REAL = {
    "real home": "Only the postcode of a real home could satisfy these",
    "real provider": "Only the number of a real provider could satisfy these",
    "real authority": "Only a real authority could satisfy these",
    "earlier years": "Only a reader with earlier years than these two can see that these hold",
}
_LAYOUT = {
    "cin": """\
Each authority has a folder with its XML message, `CIN_{year}_LEA.xml`, and beside it `csv/`, the same tables
as comma-separated files with ISO dates and the running numbers that a reader of the XML gives.""",
    "ssda903": """\
Each authority has a folder with one set of comma-separated files a year, `{year}/` and, for the rules that
compare two years, `{last}/`. Dates are dd/mm/yyyy; nothing recorded is nothing between two commas.""",
}
_APART = {
    "cin": """\
- No UPN is written, for any number in form could be some child's. `UPNunknown` is UN1 below school age, UN7
  where every referral of the year ended without further action, UN2 for children who arrived unaccompanied
  and UN5 for the rest.
- The review that ends a protection plan on the day on which a CIN plan begins is held the weekday before
  (rule 4003).""",
    "ssda903": """\
- No UPN is written, for any number in form could be some child's: UN1 below school age, UN2 for children who
  arrived unaccompanied and UN5 for the rest.
- No postcode is written: a real one is somebody's home.
- A URN is SC9 and five digits, and no provider's. A social worker's number begins with XX.
- Moves that no column shows, between two other placements (Z1), are one episode here.
- A placement for adoption with the current foster carer begins with T or U (rule 217), where the core release
  has P or B.
- Up to 2019-20 an adopting couple of a man and a woman is never in a civil partnership, which the law
  allowed from 31 December 2019.
- The latest social worker of a child has no end, also where the child has left care (SW17STG2).
- Supported accommodation is H5 in all years of the window. The Department for Education's amended rule 503D
  lets H5 become K3 in 2024-25; whether the list of that year still knows H5 was not confirmed.""",
}


def readme(arguments: dict, codes: list[str], rows: dict[str, int], fired: dict[str, dict[int, int]]) -> str:
    """The page beside the files.

    Parameters
    ----------
    arguments : with which the export was made
    codes : of the authorities
    rows : number of rows of each table, all authorities and years together
    fired : rules that are broken, with the number of rows by year
    """
    kind, year = arguments["official"], arguments["year"]
    counts = "\n".join(f"| {name} | {count:,} |" for name, count in rows.items())
    layout = _LAYOUT[kind].format(year=year, last=year - 1)
    first, final = codes[0], codes[-1]
    return f"""\
# {_TITLE[kind]}, 1 April {year - 1} to 31 March {year}: synthetic

Every child in these files is invented, and so is every authority ({first} to {final}, numbers that no
authority of England has). They are in the layout of the Department for Education's return so that software
made for that return can be taught and tried. They must never be handed in.

Made with: children {arguments["children"]:,}, seed {arguments["seed"]},
authorities {arguments["authorities"]}. The same arguments make the same files.
Children have the numbers that they have in the core release of the same arguments, and whole dates of birth,
which only an authority has; who was born on 29 February stands here on 1 March.

{layout}

| table | rows |
|---|---|
{counts}

## Where they stand apart from a real return

{_APART[kind]}

## Rules

`rules.csv` beside this page lists the rules of the return one by one: what each demands, in our words, and
whether it is tested on every export, or why it cannot be. The Department for Education publishes the lists
with the return's [specification]({_PUBLISHED[kind]}),
which is the authority; they were not at hand as a whole when this was written. `number_read` is yes where the
rule's number stands in the course's data dictionary or in another text that we read, no where number and
demand are given from knowledge of the list and were not compared with it, ours where the demand is our own.

{_unsatisfied(kind)}
### Rules that these files break

{_fired(kind, fired)}
"""


def _unsatisfied(kind: str) -> str:
    parts = []
    for why, title in _REAL.items():
        found = [row for row in judge.unruly(kind) if row["why"] == why]
        if found:
            lines = "\n".join(f"- **{row['rule']}**: {row['reason']}" for row in found)
            parts.append(f"### {title}\n\n{lines}\n")
    return "\n".join(parts)


def _fired(kind: str, fired: dict[str, dict[int, int]]) -> str:
    if not fired:
        return "None of those that are tested."
    reasons = {row["rule"]: row["reason"] for row in judge.unruly(kind)}
    demands = {rule.rule: rule for rule in judge.every_rule(kind)}
    lines = []
    for number, by_year in fired.items():
        count = ", ".join(f"{n:,} in {year}" for year, n in by_year.items())
        known = demands[number]
        why = reasons.get(number, "not explained: please tell us")
        lines.append(f"- **{number}** ({known.level}; rows: {count}). {known.demand}. Why it fires: {why}.")
    return "\n".join(lines)


def rules_file(kind: str) -> bytes:
    """All rules of a return, one a line."""
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(judge.Known._fields)
    writer.writerows(judge.every_rule(kind))
    return text.getvalue().encode()

"""The diagram of joins: which groups of tables carry which key. Made from the schemas; depends on release."""

from catalyst.release import schema

# What a key stands for, and the columns that carry it.
KEYS = {
    "Child": ("PupilMatchingRefAnonymous",),
    "Child in an authority": ("LAchildID", "CHILD"),
    "Family": ("FamilyRefAnonymous",),
    "Parent": ("ParentRefAnonymous",),
    "Authority": ("LEA",),
    "School": ("URN",),
}
_ROW, _LEFT, _STEP, _TOP = 38, 250, 84, 74


def _carries(table: schema.Table, key: str) -> bool:
    # URN means a children's home or a fostering agency in SSDA903.
    names = () if key == "School" and table.source == "903" else KEYS[key]
    return any(name in table.columns for name in names)


def grid(groups: dict[str, list[schema.Table]]) -> dict[str, dict[str, int]]:
    """For each group of tables, how many of them carry each key."""
    return {
        title: {key: sum(_carries(table, key) for table in tables) for key in KEYS}
        for title, tables in groups.items()
        if tables
    }


def diagram(groups: dict[str, list[schema.Table]]) -> str:
    """The diagram as SVG: groups of tables as lanes, keys as columns, a dot where a group carries a key.

    Dots of one key are joined by a line: along it tables can be put together.
    """
    lanes = grid(groups)
    width, height = _LEFT + _STEP * len(KEYS), _TOP + _ROW * len(lanes) + 16
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
    ]
    for column, key in enumerate(KEYS):
        x = _LEFT + _STEP * column + _STEP // 2
        words = key.split(" in ")
        for line, word in enumerate(words):
            text = word if line == 0 else f"in {word}"
            y = _TOP - 30 + 16 * line - 8 * (len(words) - 1)
            parts.append(
                f'<text x="{x}" y="{y}" text-anchor="middle" font-size="13" fill="#1a1a1a">{text}</text>'
            )
        rows = [row for row, counts in enumerate(lanes.values()) if counts[key]]
        if rows:
            first, last = (_TOP + _ROW * row + _ROW // 2 for row in (rows[0], rows[-1]))
            parts.append(
                f'<line x1="{x}" y1="{first}" x2="{x}" y2="{last}" stroke="#0072b2" stroke-width="3"/>'
            )
    for row, (title, counts) in enumerate(lanes.items()):
        y = _TOP + _ROW * row + _ROW // 2
        parts.append(f'<line x1="8" y1="{y}" x2="{width - 8}" y2="{y}" stroke="#d0d0d0" stroke-width="1"/>')
        parts.append(
            f'<rect x="4" y="{y - 14}" width="{_LEFT - 18}" height="28" rx="4" fill="#eef3f7" '
            'stroke="#5a6b78"/>'
        )
        parts.append(f'<text x="14" y="{y + 5}" font-size="13" fill="#1a1a1a">{title}</text>')
        for column, key in enumerate(KEYS):
            if counts[key]:
                x = _LEFT + _STEP * column + _STEP // 2
                parts.append(f'<circle cx="{x}" cy="{y}" r="11" fill="#0072b2"/>')
                parts.append(
                    f'<text x="{x}" y="{y + 4}" text-anchor="middle" font-size="11" fill="#ffffff">'
                    f"{counts[key]}</text>"
                )
    return "\n".join([*parts, "</svg>"]) + "\n"


def figure(groups: dict[str, list[schema.Table]]) -> list[str]:
    """The diagram as a figure of the guide, with its content in words under it."""
    lanes = grid(groups)
    told = []
    for key in KEYS:
        carried = [title for title, counts in lanes.items() if counts[key]]
        if carried:
            told.append(f"{key}: {', '.join(carried)}")
    alt = "Groups of tables as lanes, keys as lines across them. " + ". ".join(told) + "."
    lines = [
        "```{figure} joins.svg", ":name: joins", f":alt: {alt}", "",
        "Which groups of tables carry which key. The number in a dot is how many of the group's tables carry "
        "it; groups on the same line can be joined.",
        "```", "",
    ]  # fmt: skip
    for key, names in KEYS.items():
        columns = " or ".join(f"`{name}`" for name in names)
        carried = [title for title, counts in lanes.items() if counts[key]]
        if carried:
            lines.append(f"- **{key}** ({columns}): {', '.join(carried)}.")
    return [*lines, ""]

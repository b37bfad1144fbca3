"""What is asked in the capstone and how it is marked: the questions, their sealed tables, the rubric.

From ``facts/capstone_questions.csv`` and ``facts/capstone_rubric.csv``. Depends on the catalogue.
"""

from pathlib import Path

from catalyst.studio import catalogue


def questions() -> dict[str, dict[str, str]]:
    """The open questions by their ids, as rows of ``facts/capstone_questions.csv``."""
    return {row["id"]: row for row in catalogue.facts("capstone_questions")}


def sealed(question: str | None = None) -> list[str]:
    """The outcome tables of a question, or of all."""
    rows = [row for name, row in questions().items() if question in (None, name)]
    return sorted({table for row in rows for table in row["sealed"].split(";")})


def questions_text() -> str:
    """The questions as a list: what is compared, the tables, those that come later, chapters and agenda."""
    lines = []
    for name, row in questions().items():
        tables, later = (", ".join(f"`{t}`" for t in row[part].split(";")) for part in ("tables", "sealed"))
        lines.append(
            f"- **`{name}`**. {row['title']} {row['population']}; {row['comparison'].lower()}. Tables: "
            f"{tables}. Outcomes, written once the protocol is registered: {later}. "
            f"Chapters {row['chapters'].replace(';', ', ')}; agenda {row['agenda'].replace(';', ', ')}."
            f"{_size(row)}"
        )
    return "\n".join(lines)


def _size(row: dict[str, str]) -> str:
    """The world that a question with few children or few outcomes asks for; empty if any will do."""
    if not row["rare"]:
        return ""
    return f" Begin it with `--children {row['children']}`: {row['rare']}."


def too_small(question: str, children: int) -> str | None:
    """What is to be said of a world that is small for a question, or None."""
    row = questions().get(question)
    if row is None or not row["rare"] or children >= int(row["children"]):
        return None
    return (
        f"This world is small for {question} ({row['rare']}): {int(row['children']):,} children are advised, "
        f"and it has {children:,}. Expect wide intervals and small cells, or begin in another folder with "
        f"--children {row['children']} before you register."
    )


def small_for(children: int) -> str | None:
    """The questions for which a new world is small, in a sentence; None if there are none."""
    small = [
        f"{name} ({row['rare']}; {int(row['children']):,} children are advised)"
        for name, row in questions().items()
        if too_small(name, children)
    ]
    return f"This world is small for {' and for '.join(small)}." if small else None


def rubric() -> list[dict[str, str]]:
    """The five criteria with their maxima and what earns them."""
    return catalogue.facts("capstone_rubric")


def rubric_table() -> str:
    """The rubric as a Markdown table."""
    # Two columns, since more are too wide for a telephone.
    lines = ["| part | what earns the points |", "|---|---|"]
    for row in rubric():
        levels = "<br>".join(f"**{row[level]}".replace(":", ":**", 1) for level in ("full", "half", "little"))
        lines.append(f"| **{row['title']}**, {row['most']} points | {row['process']}.<br>{levels} |")
    return "\n".join(lines)


def write_pages(out: Path) -> None:
    """Writes the fragments ``capstone_questions`` and ``capstone_rubric`` into the derived pages."""
    for name, text in (("questions", questions_text()), ("rubric", rubric_table())):
        (Path(out) / f"capstone_{name}.md").write_text(text + "\n", encoding="utf-8")

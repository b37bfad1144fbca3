"""The tags by which cells of a chapter come onto its slides, and what a chapter lacks of them.

A chapter's deck shows its first picture, its trap, its estimand, the truth recovered and its key points, in
the order of the notebook. Depends on masters.
"""

from catalyst.studio import masters

PREFIX = "slide-"
# What a tag stands for: the heading of slides that have none of their own.
TAGS = {
    "slide-picture": "A first look",
    "slide-trap": "The trap",
    "slide-estimand": "The question, put properly",
    "slide-truth": "Did we recover the truth?",
    "slide-key": "Key points",
}
# Of these a number or a figure must be seen, not only words.
SHOWN = ("slide-picture", "slide-trap", "slide-truth")


def tag_of(cell) -> str | None:
    """The slide tag of a cell, if it has one."""
    return next((tag for tag in cell.metadata.get("tags", []) if tag.startswith(PREFIX)), None)


def faults(notebook) -> list[str]:
    """What a chapter lacks to make slides of it, a sentence each."""
    found, cells = [], {tag: [] for tag in TAGS}
    for cell in notebook.cells:
        for tag in sorted(masters.tags(cell)):
            if tag in cells:
                cells[tag].append(cell)
            elif tag.startswith(PREFIX):
                found.append(f"the tag '{tag}' of cell {cell.id} is none of {', '.join(TAGS)}.")
    for tag, some in cells.items():
        if not some:
            found.append(f"no cell has the tag '{tag}', which its slides need for “{TAGS[tag]}”.")
        elif tag in SHOWN and all(cell.cell_type != "code" for cell in some):
            found.append(f"no cell with code has the tag '{tag}': its slides need what the code shows.")
    return found

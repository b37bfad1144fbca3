"""The terms of the glossary, and those that a chapter uses without a link.

Depends on book/glossary.md, masters and nbformat.

    python -m catalyst.studio.glossary t2     # links each such term of the chapter where it is first used
"""

import argparse
import re
import sys
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.studio import masters

_BLOCK = re.compile(r"^```\{glossary\}\n(.*?)^```", re.DOTALL | re.MULTILINE)
_ROLE = re.compile(r"\{term\}`(?P<words>[^`<]*?)(?:\s*<(?P<target>[^>]+)>)?`")
# Nothing of these is prose: code, roles, links' addresses, formulas, HTML, pictures, headings, directives.
_NOT_PROSE = re.compile(
    r"```[\s\S]*?```|\{[\w:]+\}`[^`]*`|`[^`]*`|!\[[^\]]*\]\([^)]*\)|\]\([^)]*\)|\$[^$]*\$|<[^>]+>|^#+ .*$",
    re.MULTILINE,
)


def terms(path: Path | None = None) -> dict[str, str]:
    """Each term and other name of the glossary, with the first name of its entry.

    Parameters
    ----------
    path : Path, optional
        The page that holds the glossary; the book's own if not given.
    """
    text = (path or paths.root() / "book" / "glossary.md").read_text(encoding="utf-8")
    found, head = {}, None
    for line in "\n".join(_BLOCK.findall(text)).splitlines():
        if not line.strip() or line.startswith(" "):
            head = None
            continue
        head = head or line.strip()
        found[line.strip()] = head
    return found


def acronyms(path: Path | None = None) -> set[str]:
    """Every acronym that the glossary explains: as a term, or in an entry as “(also: SDQ)”.

    Parameters
    ----------
    path : Path, optional
        The page that holds the glossary; the book's own if not given.
    """
    path = path or paths.root() / "book" / "glossary.md"
    also = re.findall(r"\(also:\s+([^)]+)\)", path.read_text(encoding="utf-8"))
    names = [*terms(path), *(name for group in also for name in group.split(","))]
    return {word for name in names for word in name.split() if re.fullmatch(r"[A-Z]{2,6}", word.strip(","))}


def linked(prose: str) -> set[str]:
    """What the ``{term}`` roles of a text point at, in lower case."""
    return {" ".join((role["target"] or role["words"]).split()).lower() for role in _ROLE.finditer(prose)}


def unknown(prose: str, known: dict[str, str]) -> list[str]:
    """Targets of ``{term}`` roles that the glossary does not have."""
    names = {name.lower() for name in known}
    return sorted(linked(prose) - names)


def unlinked(prose: str, known: dict[str, str]) -> list[str]:
    """Entries whose term stands in a text that links to no name of the entry.

    Only terms that are unmistakable are looked for: of two words or more, or with a capital inside. A word
    such as "placement" or "transfer" is too often just a word, and a date is a date.
    """
    there, plain = linked(prose), _NOT_PROSE.sub(" ", prose)
    entries = {head for name, head in known.items() if name.lower() in there}
    return sorted(
        {head for name, head in known.items() if head not in entries and is_plain(name) and uses(name, plain)}
    )


def is_plain(name: str) -> bool:
    """Whether a term cannot be mistaken for an everyday word."""
    return not name[0].isdigit() and bool(" " in name or re.search(r"[a-z0-9][A-Z]|[A-Z]{3}", name))


def uses(name: str, text: str) -> re.Match | None:
    """The first use of a term in a text, also in the plural and over the end of a line."""
    words = r"\s+".join(re.escape(word) for word in name.split())
    return re.search(rf"(?<![\w-]){words}(?:s|es)?(?![\w-])", text, re.IGNORECASE)


def link(notebook, known: dict[str, str]) -> list[str]:
    """Links each term that a chapter uses without a link, where it is first used; says which were linked."""
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    done = []
    for head in unlinked("\n\n".join(cell.source for cell in prose), known):
        names = [name for name, own in known.items() if own == head and is_plain(name)]
        for cell in prose:
            # What is no prose is blanked, not taken out, so that places stay the same.
            plain = _NOT_PROSE.sub(lambda match: "\0" * len(match[0]), cell.source)
            match = next(filter(None, (uses(name, plain) for name in names)), None)
            if match:
                words = " ".join(match[0].split())
                role = words if words.lower() in {name.lower() for name in names} else f"{words} <{head}>"
                cell.source = f"{cell.source[: match.start()]}{{term}}`{role}`{cell.source[match.end() :]}"
                done.append(words)
                break
    return done


def main(argv: list[str] | None = None) -> int:
    """Links the terms of one chapter; 2 if there is no such chapter."""
    import nbformat

    parser = argparse.ArgumentParser(description="Link the terms of a chapter where they are first used.")
    parser.add_argument("chapter", help="the chapter's id, for example t2")
    chapter = parser.parse_args(argv).chapter
    path = next(iter(sorted((paths.root() / "notebooks").glob(f"{chapter}_*.ipynb"))), None)
    try:
        if path is None:
            raise CourseError(f"There is no chapter '{chapter}'.")
        notebook = masters.read(path)
    except CourseError as problem:
        print(problem, file=sys.stderr)
        return 2
    done = link(notebook, terms())
    if done:
        nbformat.write(notebook, path)
    print(f"Linked: {', '.join(done)}." if done else "Nothing was left to link.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""How to cite the course, from CITATION.cff, and where to report a fault, from _config.yml, for the book.

Both are fragments that pages include. Depends on PyYAML and the manifest of the release in use.
"""

from pathlib import Path

from catalyst import paths


def write_pages(out: Path) -> None:
    """Writes ``citation`` and ``report_address`` into a folder."""
    cff, config = (_read(paths.root() / name) for name in ("CITATION.cff", "_config.yml"))
    data = paths.manifest(paths.root() / "data" / "synthetic")["content_hash"]
    (Path(out) / "citation.md").write_text(citation(cff, data), encoding="utf-8")
    address = config["sphinx"]["config"].get("course_report", "")
    (Path(out) / "report_address.md").write_text(report_address(address), encoding="utf-8")


def report_address(address: str) -> str:
    """Where to send a report: the address of this copy of the course, or who will know one.

    Parameters
    ----------
    address : str
        A web address, one that begins with ``mailto:``, or nothing.
    """
    if address.startswith("mailto:"):
        to = address.removeprefix("mailto:").partition("?")[0]
        return f"Write to [{to}]({address}). The link at the foot of every page fills in which page it was.\n"
    if address:
        return (
            f"Open a report at <{address}>. The link at the foot of every page fills in which page it was.\n"
        )
    return (
        "**This copy of the course has no address of its own yet.** Tell the person who gave it to you: your "
        "teacher, your coach, or whoever runs the site. How they set an address stands "
        "[below](set-the-address).\n"
    )


def _read(path: Path) -> dict:
    import yaml

    return yaml.safe_load(path.read_text(encoding="utf-8"))


def citation(cff: dict, data: str) -> str:
    """The citation in words and as BibTeX, with the version of the data beside that of the program.

    Parameters
    ----------
    cff : dict
        What CITATION.cff holds.
    data : str
        The content hash of the release.
    """
    authors = " and ".join(_name(author) for author in cff["authors"])
    year = str(cff["date-released"])[:4] if "date-released" in cff else "no date"
    place = cff.get("doi") or cff.get("url") or cff.get("repository-code") or ""
    words = f"{authors} ({year}). *{cff['title']}*. Version {cff['version']}, data `{data[:16]}`."
    fields = {
        "author": f"{{{authors}}}",
        "title": cff["title"],
        "year": year if year.isdigit() else None,
        "version": cff["version"],
        "note": f"Synthetic data, version {data[:16]}",
        "url": place or None,
    }
    bib = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join(
        [
            f"> {words}{f' {place}' if place else ''}",
            "",
            "```bibtex",
            "@software{catalystcourse,",
            *bib,
            "}",
            "```",
            "",
            f"Licences: {', '.join(cff['license'])}.",
            "",
        ]
    )


def _name(author: dict) -> str:
    return author.get("name") or f"{author.get('given-names', '')} {author.get('family-names', '')}".strip()

"""Which version of the data the course holds, what earlier ones were, and what changed.

Depends on the manifests of the releases at hand and on ``facts/data_versions.csv``.
"""

from pathlib import Path

from catalyst import paths
from catalyst.studio import catalogue

SHOWN = 16  # hexadecimal digits: as in the folder of the keys and the command report


def write_page(out: Path) -> None:
    """Writes the fragment ``data_versions_table``, for ``book/data_versions.md``, into a folder."""
    here = paths.manifest(paths.root() / "data" / "synthetic")
    extracts = {name: paths.manifest(folder) for name, folder in sorted(paths.projects().items())}
    text = page(here, extracts, catalogue.facts("data_versions"))
    (Path(out) / "data_versions_table.md").write_text(text, encoding="utf-8")


def page(here: dict, extracts: dict[str, dict], versions: list[dict[str, str]]) -> str:
    """What the course holds today, and the versions before it, newest first.

    Parameters
    ----------
    here : dict
        The manifest of the teaching extract.
    extracts : dict of dict
        The manifests of the project extracts by their names.
    versions : list of dict
        ``date``, ``release``, ``sha256`` and ``what`` of every version of the teaching extract, oldest first.
    """
    asked = here["arguments"]
    rows = sum(table["rows"] for table in here["tables"].values())
    lines = [
        f"**The teaching extract of this course has the version `{here['content_hash'][:SHOWN]}`**: "
        f"{len(here['tables'])} tables with {rows:,} rows, seed {asked['seed']}, "
        f"{asked['children']:,} children, {asked['authorities']} authorities, made by "
        f"version {here['version']} of the program.",
        "",
    ]
    if extracts:
        lines += ["| project extract | version | rows |", "|---|---|---:|"]
        for name, manifest in extracts.items():
            total = sum(table["rows"] for table in manifest["tables"].values())
            lines.append(f"| `{name}` | `{manifest['content_hash'][:SHOWN]}` | {total:,} |")
        lines.append("")
    lines += ["## What changed", ""]
    lines += ["Newest first. A version is named by the beginning of its content hash.", ""]
    for row in reversed(versions):
        now = ", **the present one**" if row["sha256"] == here["content_hash"] else ""
        lines += [f"`{row['sha256'][:SHOWN]}`{now}", f": {row['date']}. {row['what']}.", ""]
    return "\n".join(lines).rstrip() + "\n"

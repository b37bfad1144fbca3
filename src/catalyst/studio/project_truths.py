"""What came about in the worlds of the committed project extracts, counted once and committed.

Worlds of projects are too large to be lived again, with their twins, whenever a key is built. The figures
stand in ``facts/project_truths.csv`` beside the content hash of the extract that they belong to; what has no
figure there has no realised value. Depends on truths, claims and release.

    python -m catalyst.studio.project_truths plans_before_care
"""

import argparse

import pandas as pd

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking.truth import REALISED
from catalyst.release import projects
from catalyst.studio import claims, truths
from catalyst.world.life import Spec

COLUMNS = ["project", "content_hash", "parameter", "realised"]


def counted(name: str) -> pd.DataFrame:
    """Lives the world of a project, and its twins, and counts what the project's chapters call true.

    Returns
    -------
    pandas.DataFrame
        project, content_hash (of the extract at hand), parameter, realised.

    Raises
    ------
    CourseError
        If there is no such project, or its extract was not made.
    """
    project, known = projects.find(name), paths.projects()
    if name not in known:
        raise CourseError(f"Make the extract first: 'python3 course.py data --project {name}'.")
    manifest = paths.manifest(known[name])
    asked = manifest["arguments"]
    spec = Spec(seed=asked["seed"], children=asked["children"], authorities=asked["authorities"])
    chapters = [chapter for chapter in project.chapters if chapter in claims.CHAPTERS]
    values = truths.values(truths.counted(spec, chapters))
    rows = [(name, manifest["content_hash"], parameter, value) for parameter, value in values.items()]
    return pd.DataFrame(rows, columns=COLUMNS)


def keep(found: pd.DataFrame) -> None:
    """Writes the figures in the place of those that the project had."""
    before = pd.read_csv(REALISED)
    both = [part for part in (before[~before["project"].isin(found["project"])], found) if len(part)]
    table = pd.concat(both).sort_values(["project", "parameter"]).round(6)
    REALISED.write_text(table.to_csv(index=False, lineterminator="\n"), encoding="utf-8")


def main() -> None:
    """Counts the truths of one project's world, some minutes for each hundred thousand children."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("project", choices=[project.name for project in projects.PROJECTS])
    keep(counted(parser.parse_args().project))


if __name__ == "__main__":
    main()

"""The pages of ``book/derived``: which rooms of the studio write them, and how they come into the book.

Depends on every room that writes such pages; only the book's builder depends on it.
"""

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path


def makers() -> tuple[Callable[[Path], object], ...]:
    """What writes pages into a folder: each takes the folder, and writes whole files."""
    from catalyst.studio import (
        agenda,
        before_after,
        calibration,
        capstone_facts,
        coaching_pages,
        colophon,
        diagnostic,
        dictionary,
        landscape_pages,
        official_page,
        overview,
        own_extract,
        recovery_page,
        routes,
        rubrics,
        versions,
    )

    return (
        agenda.write_pages,
        before_after.write_page,
        calibration.write_page,
        capstone_facts.write_pages,
        coaching_pages.write_pages,
        colophon.write_pages,
        diagnostic.write_page,
        dictionary.write_pages,
        landscape_pages.write_pages,
        official_page.write_page,
        overview.write_pages,
        own_extract.write_page,
        recovery_page.write_page,
        routes.write_pages,
        rubrics.write_page,
        versions.write_page,
    )


def write(out: Path, rooms: Iterable[Callable[[Path], object]]) -> None:
    """Has every page written, and leaves no other in the folder.

    Parameters
    ----------
    out : Path
        The folder; made if it is not there.
    rooms : iterable of callables
        Each writes its pages into the folder that it is given. If one raises, ``out`` stays as it was.
    """
    fresh = out.with_name("derived.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    for room in rooms:
        room(fresh)
    out.mkdir(exist_ok=True)
    made = {path.name for path in fresh.iterdir()}
    for path in out.iterdir():
        if path.name not in made:
            path.unlink()
    for path in fresh.iterdir():
        # An unchanged page keeps its date, so that Sphinx does not read it again.
        target = out / path.name
        if not target.exists() or target.read_bytes() != path.read_bytes():
            path.replace(target)
    shutil.rmtree(fresh)

"""One variant of one chapter: its data, its key and what is released of it, in a world where all of it fits.

Depends on world, solve, released and leaks of this room.
"""

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from catalyst import paths
from catalyst.errors import CourseError
from catalyst.marking import key as keys
from catalyst.marking.answers import decode
from catalyst.marking.check import mark
from catalyst.release import parts, projects, write
from catalyst.studio import masters
from catalyst.studio.assignments import generate
from catalyst.studio.classroom import dates, leaks, released, solve, truth, world
from catalyst.studio.classroom.chapter import Chapter
from catalyst.world.life import Spec
from catalyst.world.luck import Luck

ALL = "all"
TRIES = 30
# Where an answer is the published one by chance another world is tried, but not for ever: with a wide
# tolerance some answers are the same in every world, and the instructor is told so.
TRIES_FOR_OTHER_ANSWERS = 3
DESCRIBED = ("manifest.json", "dictionary.csv")
MOST_BYTES = 2_000_000
CHOSEN = ("choice", "choices", "order")


@dataclass(frozen=True)
class Job:
    """What any process must know to make a variant.

    ``students`` are the ids of the class where each gets a variant, and empty where all get the same;
    ``shares`` is the share of the world's families in a variant, by chapter.
    """

    workspace: str
    seed: int
    children: int
    authorities: int
    chapters: tuple[Chapter, ...]
    students: tuple[str, ...]
    shares: dict[str, float]
    due: str | None

    @property
    def place(self) -> Path:
        """The hidden folder in which the assignment grows."""
        return Path(self.workspace)

    def chapter(self, name: str) -> Chapter:
        """A chapter by its id."""
        return next(chapter for chapter in self.chapters if chapter.id == name)


def spec_of(job: Job, chapter: Chapter, sub: int) -> Spec:
    """The world of a chapter: that of the assignment, or the larger one of its project extract."""
    if chapter.project:
        project = projects.find(chapter.project)
        return world.spec_of(job.seed, sub, project.children, project.authorities, project.name)
    return core_spec(job, sub)


def core_spec(job: Job, sub: int) -> Spec:
    """The world of the assignment, from which the core tables are."""
    return world.spec_of(job.seed, sub, job.children, job.authorities)


def world_file(job: Job, sub: int, project: str | None = None) -> Path:
    """Where the records of a world are kept while the assignment is made."""
    return job.place / "worlds" / f"{project or 'core'}-{sub}.npz"


def live(job: Job, chapter: Chapter, sub: int, show: Callable[[int, int], None] | None = None) -> None:
    """Has the worlds of a chapter lived, with the tables of all chapters that share the core one."""
    if chapter.project:
        names = world.made_for(projects.find(chapter.project), list(chapter.of_project))
        path = world_file(job, sub, chapter.project)
        world.make(path, spec_of(job, chapter, sub), names, (), show)  # its truth would need its twins
    if chapter.tables:
        names = list(dict.fromkeys(name for other in job.chapters for name in other.tables))
        # A share of the families has a truth of its own, which nobody counts.
        counted = () if job.students else truth.told_by(job.chapters)
        world.make(world_file(job, sub), core_spec(job, sub), names, counted, show)


def data(job: Job, chapter: Chapter, sub: int, seed: int, share: float) -> dict[str, bytes]:
    """The data of a variant, by their path in the release."""

    def some(project: str | None, seed: int):
        return world.share_of(world.records(world_file(job, sub, project)), share, Luck(seed))

    core, cut, flaws = {}, {}, "none"
    if chapter.project:
        project, spec = projects.find(chapter.project), spec_of(job, chapter, sub)
        flaws = project.flaws
        cut = world.tables(some(project.name, seed), spec, seed, list(chapter.of_project), project)
    if chapter.tables:
        own = core_seed(chapter, seed)
        core = world.tables(some(None, own), core_spec(job, sub), own, list(chapter.tables))
    return released.data(core, chapter.project, cut, flaws)


def core_seed(chapter: Chapter, seed: int) -> int:
    """From which the names in the core tables are drawn: beside an extract others, as the children are."""
    return world.derived(seed, "core") if chapter.project else seed


def make(job: Job, name: str, variant: str, first: int = 0) -> tuple[str, str, dict]:
    """Makes one variant, unless it is there, and leaves a note of it.

    Parameters
    ----------
    name : str
        The chapter.
    variant : str
        ``"all"``, or a student's id.
    first : int
        The first sub-seed to try.

    Returns
    -------
    tuple
        The chapter, the variant and its note: content hash, sub-seed, what was tried before and why not, the
        exercises whose answers are the published ones.

    Raises
    ------
    CourseError
        If no world will do, or the release would tell what it must not.
    """
    folder = made(job, name, variant)
    if (folder / "note.json").is_file():
        return name, variant, json.loads((folder / "note.json").read_text(encoding="utf-8"))
    chapter = job.chapter(name)
    sub, tried, files, key, seed = _fit(job, chapter, variant, first)
    same = same_answers(chapter, published(job, chapter), key)
    release = _release(job, chapter, variant, sub, seed, files, key)
    note = {
        "sub_seed": sub,
        "tried": tried,
        "same_as_published": same,
        "content_hash": released.content_hash(release),
        "data_hash": key["release"],
        "bytes": sum(map(len, release.values())),
    }
    told = {f"release/{path}": content for path, content in release.items()}
    told["key.json"] = (json.dumps(key, indent=1, ensure_ascii=False) + "\n").encode()
    told["note.json"] = json.dumps(note, ensure_ascii=False).encode()
    write.folder(folder, told)
    return name, variant, note


def made(job: Job, name: str, variant: str) -> Path:
    """Where a finished variant stands in the workspace."""
    return job.place / "made" / name / variant


class Published(CourseError):
    """An answer that was published is right in this world too."""


def _fit(job: Job, chapter: Chapter, variant: str, first: int) -> tuple[int, list[dict], dict, dict, int]:
    """The first sub-seed whose world is fit, what was tried before, and the data, key and seed of it.

    Raises
    ------
    CourseError
        If none will do, or the master stops with an error again and again.
    """
    tried: list[dict] = []
    other = published(job, chapter)

    def fits(name: str, entry: dict) -> None:
        # After some tries an answer that is the published one is taken: with a wide tolerance it always is.
        if sum(one["published"] for one in tried) < TRIES_FOR_OTHER_ANSWERS and same_answers(
            chapter, other, {"exercises": {name: entry}}
        ):
            raise Published(f"the published answer of {name} is right here too")

    for sub in range(first, first + TRIES):
        if variant == ALL:
            live(job, chapter, sub)
            place, seed, share = sub, spec_of(job, chapter, sub).seed, 1.0
        else:
            place, seed, share = 0, world.derived(job.seed, "student", variant, sub), job.shares[chapter.id]
        files = data(job, chapter, place, seed, share)
        told = world.truth_file(world_file(job, place))
        # The truth of a project's world would need its twins.
        rows = truth.of_exercises(told, chapter) if told.is_file() and not chapter.project else None
        try:
            return sub, tried, files, _key(job, chapter, files, fits, rows), seed
        except CourseError as error:
            tried.append({"sub_seed": sub, "why": str(error), "published": isinstance(error, Published)})
            stops = [one for one in tried if "stops with" in one["why"]]
            if len(stops) == 3 and "stops with" in str(error):
                raise CourseError(
                    f"{error}; in three worlds it stopped so. If it runs on the course's own data, these "
                    "worlds are too small for it: ask for more --children."
                ) from None
    raise CourseError(
        f"No world fit for {chapter.id} was found in {TRIES} tries ({tried[-1]['why']}): ask for more "
        "--children, or for another --seed."
    )


def _key(
    job: Job, chapter: Chapter, files: dict[str, bytes], fits: Callable[[str, dict], None], rows
) -> dict:
    place = job.place / "trying" / hashlib.sha256(files["data/synthetic/manifest.json"]).hexdigest()[:16]
    write.folder(place, files)
    try:
        return solve.key(chapter.master, place / "data" / "synthetic", fits, rows)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _release(
    job: Job, chapter: Chapter, variant: str, sub: int, seed: int, files: dict[str, bytes], key: dict
) -> dict[str, bytes]:
    """All files of a release, searched for what must not be in it."""
    text = generate(source_file(job, chapter))
    release = files | released.documents(chapter, text, key, job.due, files, variant != ALL)
    place = sub if variant == ALL else 0
    spec = spec_of(job, chapter, place)
    seeds = (job.seed, spec.seed, seed, core_spec(job, place).seed, core_seed(chapter, seed))
    master = masters.read(chapter.master)
    # What describes the tables is the same for everybody, and names every column that a solution names.
    told = [content.decode() for name, content in files.items() if name.endswith(DESCRIBED)]
    points = (*chapter.points.values(), *chapter.written.values(), chapter.total)
    public = [*open_text(master), *map(str, points), *told]
    public += [dates.words(job.due)] if job.due else []
    hidden = leaks.secrets(master, key, public, seeds, dict(spec.moved))
    leaks.check(release, hidden)
    size = sum(map(len, release.values()))
    if variant != ALL and size > MOST_BYTES:
        raise CourseError(
            f"The release of {chapter.id} for {variant} would take {size:,} bytes, and {MOST_BYTES:,} is the "
            "most: ask for fewer --children."
        )
    return release


def open_text(master) -> Iterator[str]:
    """What the course publishes of a master: all that learners see."""
    for cell in master.cells:
        if not masters.is_hidden(cell):
            yield masters.outside(cell.source)
            # The options of a choice stand in the metadata of its check cell, for everybody to see.
            yield json.dumps(cell.metadata.get("catalyst", {}).get("options", []))


def source_file(job: Job, chapter: Chapter) -> Path:
    """The master of a chapter as it will stand in the course folder; written when it is first asked for."""
    path = job.place / "source" / chapter.id / f"{chapter.id}.ipynb"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        write.atomic(path, released.source(chapter, job.due).encode())
    return path


def published(job: Job, chapter: Chapter) -> dict:
    """The key of a chapter on the course's own data: that at hand if it is in step, else made here."""
    path = job.place / "published" / f"{chapter.id}.json"
    if path.is_file():
        return keys.read(path)
    own = paths.root() / "data" / "synthetic"
    told = paths.root() / ".keys" / paths.release_hash(own) / f"{chapter.id}.json"
    try:
        found = keys.read(told)
        stale = found["solution"] != hashlib.sha256(chapter.master.read_bytes()).hexdigest()
    except CourseError:
        stale = True
    if stale:
        found = solve.key(chapter.master, own)
    path.parent.mkdir(parents=True, exist_ok=True)
    write.atomic(path, (json.dumps(found) + "\n").encode())
    return found


def same_answers(chapter: Chapter, one: dict, other: dict) -> list[str]:
    """The exercises for which the answer of one key is right by another, but for those that are chosen."""
    found = []
    for name, entry in other["exercises"].items():
        theirs = one["exercises"].get(name)
        if theirs is None or chapter.kinds.get(name) in CHOSEN:
            continue
        if mark(name, entry, decode(theirs["answer"])).layer == "correct":
            found.append(name)
    return found


def share_that_fits(job: Job, chapter: Chapter, wanted: float) -> float:
    """The share of families at which a variant's release stays small enough: the one wanted, or less."""
    share, seed = wanted, world.derived(job.seed, "student", job.students[0], 0)
    for _ in range(8):
        files = data(job, chapter, 0, seed, share)
        size = sum(map(len, files.values()))
        if size <= 0.93 * MOST_BYTES:
            return share
        share = round(share * 0.88 * MOST_BYTES / size, 3)
    raise CourseError(
        f"The tables of {chapter.id} do not fit into {MOST_BYTES:,} bytes a student: ask for fewer "
        "--children."
    )


def version_hash() -> str:
    """A hash of the code and numbers that decide a release beside its arguments."""
    studio = paths.root() / "src" / "catalyst" / "studio"
    rooms = [studio / "classroom" / f"{name}.py" for name in ("world", "variant", "released", "solve")]
    words = sorted((studio / "templates").glob("assignment_*"))
    files = [paths.root() / "nbgrader_config.py", world.RANGES, *rooms, *words]
    digest = hashlib.sha256(parts.code().encode())
    for path in files:
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:16]

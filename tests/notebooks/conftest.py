import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "marking"))

import sample_course

from catalyst import paths
from catalyst.studio import exercises

REAL = sorted(path.stem for path in (paths.root() / "solutions").glob("*/*.ipynb"))


@dataclass
class Course:
    """Where one master, its exercise and its key are; ``environment`` makes them the ones in use."""

    name: str
    solutions: Path
    exercises: Path
    environment: dict

    @property
    def master(self) -> Path:
        return self.solutions / self.name / f"{self.name}.ipynb"

    @property
    def exercise(self) -> Path:
        return self.exercises / self.name / f"{self.name}.ipynb"

    @property
    def key(self) -> Path:
        return paths.keys_dir() / f"{self.name}.json"


@pytest.fixture(scope="session")
def made_sample(tmp_path_factory):
    """The sample course, made once: release, truth, master, exercise and key."""
    folder = tmp_path_factory.mktemp("sample")
    environment = {"CATALYST_DATA": str(folder / "data"), "CATALYST_KEYS": str(folder / "keys")}
    sample_course.write_release(folder / "data")
    sample_course.write_master(folder / "solutions")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        sample_course.write_truth(paths.keys_dir())
        exercises.make(folder / "solutions", folder / "exercises", say=lambda line: None, truth=lambda: None)
    return Course("s1", folder / "solutions", folder / "exercises", environment)


@pytest.fixture
def sample(made_sample, monkeypatch):
    """The sample course, in use."""
    for name, value in made_sample.environment.items():
        monkeypatch.setenv(name, value)
    return made_sample


@pytest.fixture(params=["sample", *REAL])
def course(request):
    """Each course in turn: the sample, then every real master with the data in use."""
    if request.param == "sample":
        return request.getfixturevalue("sample")
    exercises.ensure_keys(say=lambda line: None)
    return Course(request.param, paths.root() / "solutions", paths.root() / "exercises", {})

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import sample_course


@pytest.fixture
def release(tmp_path, monkeypatch):
    """The sample release in use, without a key and without a grader listening."""
    sample_course.write_release(tmp_path / "data")
    monkeypatch.setenv("CATALYST_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("CATALYST_KEYS", str(tmp_path / "keys"))
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.delenv("CATALYST_BUILD_KEY", raising=False)
    return tmp_path

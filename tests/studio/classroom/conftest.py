"""One assignment of T1 on a small world, made once for every test of the classroom."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

ROSTER = """\
id,first_name,last_name,email,extension
ann,Ann,O'Neill,ann@example.org,
bjorn,Björn,"Åkesson, Jr",bjorn@example.org,2026-12-07T12:00Z
"""
SEED, CHILDREN, AUTHORITIES = 47_110_815, 6_000, 4
DUE = "2026-11-30T17:00:00+00:00"


@pytest.fixture(scope="session")
def roster_file(tmp_path_factory) -> Path:
    """The roster of two students."""
    path = tmp_path_factory.mktemp("roster") / "roster.csv"
    path.write_text(ROSTER, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def asked(roster_file) -> dict:
    """The arguments of the assignment, but for the folder."""
    return {
        "names": ["t1"],
        "students": roster_file,
        "seed": SEED,
        "due": DUE,
        "points": {"t1.3": 5},
        "written": {"t1.2": 2},
        "children": CHILDREN,
        "authorities": AUTHORITIES,
        "say": lambda line: None,
    }


@pytest.fixture(scope="session")
def course(asked, tmp_path_factory) -> Path:
    """The course folder: nobody may change it."""
    from catalyst.studio.classroom.assign import assign

    out = tmp_path_factory.mktemp("class") / "course"
    assign(out=out, **asked)
    return out

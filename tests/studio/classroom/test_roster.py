"""The roster: what is taken, and one sentence for each thing that cannot be."""

import pytest

from catalyst.errors import CourseError
from catalyst.studio.classroom import roster
from catalyst.studio.classroom.dates import moment, words


def read(tmp_path, content):
    path = tmp_path / "roster.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return roster.read(path)


def test_names_may_be_anything_that_can_be_read(tmp_path):
    ann, bjorn = read(
        tmp_path, 'id,first_name,last_name\nann,,"O\'Neill; ""Nell"", /etc"\nb.1,Bjo\u0308rn,李\n'
    )
    assert (ann.id, ann.first_name, ann.last_name) == ("ann", "", 'O\'Neill; "Nell", /etc')
    # An accent typed as a second character is the same letter.
    assert (bjorn.first_name, bjorn.last_name) == ("Björn", "李")


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffID;Surname\r\nann;Åkesson\r\n".encode(),
        "Username\tLast name\nann\tÅkesson\n".encode("utf-16"),
        'student_id,lastname,Group\n\n"ann","Åkesson",A\n,,\n'.encode(),
    ],
)
def test_files_of_spreadsheets_and_platforms_are_read(content, tmp_path):
    (student,) = read(tmp_path, content)
    assert (student.id, student.last_name) == ("ann", "Åkesson")


def test_an_extension_is_kept_in_utc(tmp_path):
    (student,) = read(tmp_path, "id,extension\nann,2026-12-07T12:00+02:00\n")
    assert student.extension == "2026-12-07T10:00:00+00:00"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is empty: it needs a header"),
        ("id,first_name\n", "has a header and no students"),
        ("name\nAnn\n", "has no column 'id'"),
        ("id,id\na,b\n", "has two columns for 'id'"),
        ("id,extention\nann,2026-12-07\n", "has a column 'extention': is 'extension' meant?"),
        ("id,first_name\nann,Ann\n,Bob\n", "line 3: Bob has no id"),
        ("id\nann\nbob\nann\n", "line 4: the id 'ann' stands in line 2 already"),
        ("id\nann\nAnn\n", "line 3: the id 'Ann' stands in line 2 already ('ann'"),
        ("id,email\nann,A@x.org\nbob,a@x.org\n", "line 3: the e-mail a@x.org stands in line 2 already"),
        ("id\n../../etc/passwd\n", "line 2: the id '../../etc/passwd' cannot name a folder"),
        ("id\n/tmp/ann\n", "cannot name a folder"),
        ("id\nC:\\ann\n", "cannot name a folder"),
        ("id\n..\n", "cannot name a folder"),
        ("id\n.ann\n", "cannot name a folder"),
        ("id\nann.\n", "cannot name a folder"),
        ("id\na..b\n", "cannot name a folder"),
        ("id\nann lee\n", "cannot name a folder"),
        ("id\nbjörn\n", "cannot name a folder"),
        ("id\nann+t1\n", "cannot name a folder"),
        (f"id\n{'a' * 65}\n", "cannot name a folder"),
        ("id\nNUL\n", "the id 'NUL' is kept for something else"),
        ("id\ncom1.x\n", "the id 'com1.x' is kept for something else"),
        ("id\nall\n", "the id 'all' is kept for something else"),
        ("id,last_name\nann,Lee,Jr\n", "line 2: there are 3 fields under 2 headings"),
        ('id,last_name\nann,"Lee\nSmith"\n', "last_name holds a character that cannot be seen (U+000A)"),
        ("id,last_name\nann,Lee\u202etxt\n", "(U+202E)"),
        (f"id,last_name\nann,{'x' * 201}\n", "is 201 characters long"),
        ("id,extension\nann,next week\n", "line 2: extension is a day such as 2026-11-30"),
        ('id\n"ann', "cannot be read as CSV"),
        ("id,last_name\nann,Åkesson\n".encode("latin-1"), "is not in UTF-8"),
        (b"PK\x03\x04 and so on", "is a workbook"),
        (b"id\n\0\0\n", "is not a text file"),
    ],
)
def test_what_cannot_be_a_class_is_refused_in_one_sentence(content, sentence, tmp_path):
    with pytest.raises(CourseError) as refused:
        read(tmp_path, content)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_roster_that_is_not_there(tmp_path):
    with pytest.raises(CourseError, match="There is no roster"):
        roster.read(tmp_path / "none.csv")
    with pytest.raises(CourseError, match="is a folder"):
        roster.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-30 17:00Z", "2026-11-30T17:00:00+00:00"),
        ("2026-11-30T17:00:30+0130", "2026-11-30T15:30:30+00:00"),
        ("2026-3-1T00:00-05:00", "2026-03-01T05:00:00+00:00"),
    ],
)
def test_a_moment_is_kept_in_utc(text, told):
    assert moment(text, "--due") == told


def test_a_day_lasts_until_its_last_second(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Europe/London")
    time.tzset()
    try:
        assert moment("2026-07-01", "--due") == "2026-07-01T22:59:59+00:00"
        assert words("2026-07-01T22:59:59+00:00") == "Wednesday 1 July 2026, 23:59 (BST)"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["", "soon", "2026-02-30", "30/11/2026", "2026-11-30 25:00", "99999-01-01"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(CourseError, match="--due is a day such as 2026-11-30"):
        moment(text, "--due")

"""The delivery log: begun, filled in by hand, compared with the plan; one sentence for what cannot be "
"read."""

import pytest

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.studio import coaching, delivery


def rows(*lines):
    return delivery.template() + "".join(f"{line}\n" for line in lines)


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        rows(
            "2026-01-10,t1,60,trap,15,25,6,many questions",
            "2026-01-10,t1,60,estimand,15,15,6,",
            "2026-01-17,t1,60,trap,15,19,4,",
            "2026-01-17,t1,60,worksheet,12,,4,left out",
        ),
        encoding="utf-8",
    )
    return path


def test_the_committed_log_is_an_empty_one(root):
    assert (root / "coaching" / "delivery_log.csv").read_text(encoding="utf-8") == delivery.template()


def test_planned_and_observed_minutes_are_compared_part_by_part(log):
    found = delivery.read(log)
    assert delivery.compared(found) == [
        ("t1, 60 minutes", "trap", 2, 15, 22, 7),
        ("t1, 60 minutes", "estimand", 1, 15, 15, 0),
    ]
    assert delivery.sessions(found)[0] == ("2026-01-10 t1, 60 minutes", 30, 40, 10, 6)
    assert delivery.advice(found) == [
        "t1, 60 minutes: trap took 7 minutes more than planned, over 2 sessions: change the plan in "
        "coaching/, "
        "or what is done."
    ]
    assert "Planned and observed minutes" in delivery.page(found) and "+10" in delivery.page(found)


def test_a_session_is_added_with_the_minutes_of_its_plan_and_what_stood_there_stays(log):
    before = log.read_text(encoding="utf-8")
    delivery.new(log, "f2", 90)
    text = log.read_text(encoding="utf-8")
    assert text.startswith(before)
    added = [line.split(",") for line in text[len(before) :].splitlines()]
    plan = coaching.read(coaching.source("f2")).plans[90]
    assert [int(line[4]) for line in added] == [part.minutes for part in plan]
    assert sum(int(line[4]) for line in added) == 90


def test_semicolons_and_decimal_commas_of_a_spreadsheet_are_read(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        rows("2026-01-10,t1,60,trap,15,25,6,").replace(",", ";").replace(";25;", ";24,5;"), "utf-8"
    )
    assert delivery.read(path)[0].observed == 24.5


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("name,age\na,3\n", "is no delivery log"),
        ("", "is no delivery log"),
        (rows("2026-01-10,t1,60,trap,15,long,6,"), "line 2: 'observed_minutes' should be a number"),
        (rows("2026-01-10,t1,60,trap,15,-5,6,"), "line 2: 'observed_minutes' should be a number"),
        (rows("2026-01-10,t1,60,trap,15,7000,6,"), "from 0 to 600"),
        (rows("2026-01-10,t1,60,trap,15,nan,6,"), "from 0 to 600"),
        (rows("2026-01-10,t1,60,trap,15,,6,"), "No line of log.csv has observed minutes yet"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_with_its_line(tmp_path, content, told):
    path = tmp_path / "log.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CourseError) as refused:
        delivery.read(path)
    assert told in str(refused.value) and "\n" not in str(refused.value)
    assert path.read_text(encoding="utf-8") == content


def test_no_other_file_is_written_into(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("name,age\n", encoding="utf-8")
    with pytest.raises(CourseError, match="no delivery log"):
        delivery.new(path, "t1", 60)
    assert path.read_text(encoding="utf-8") == "name,age\n"
    with pytest.raises(CourseError, match="There is no coaching guide of 'q7'"):
        delivery.new(tmp_path / "other.csv", "q7", 60)
    assert not (tmp_path / "other.csv").exists()


def test_the_command(log, tmp_path, capsys):
    assert cli.main(["delivery", str(tmp_path / "mine.csv"), "--new", "t5", "--minutes", "90"]) == 0
    assert cli.main(["delivery", str(log), "--page", str(tmp_path / "log.html")]) == 0
    assert "trap (×2)" in capsys.readouterr().out
    assert (tmp_path / "log.html").is_file()
    for arguments in (["--minutes", "60"], ["--new", "t1", "--page", "a.html"], ["--page", "a.pdf"]):
        assert cli.main(["delivery", str(log), *arguments]) == 2
    assert cli.main(["delivery", "log.txt"]) == 2
    assert capsys.readouterr().err.count("\n") == 4

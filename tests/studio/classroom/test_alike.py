"""Pairs that are alike beyond the task: found when one copied, not when a class answers the same question."""

import nbformat

from catalyst.studio.classroom import alike

RELEASE = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell(
            "answer = ...", metadata={"nbgrader": {"solution": True, "grade_id": "one", "grade": False}}
        )
    ]
)
COMMON = (
    "start = rows['start'].between('2019-04-01', '2020-03-31')\n"
    "answer = rows[start].drop_duplicates(keys).shape[0]\n"
)


def own(number):
    """Code of one person's own making."""
    lines = [
        f"part_{number}_{i} = frame_{number}.query('a{i} > {number}').sum() / {number + i}" for i in range(8)
    ]
    return "\n".join(lines) + f"\nanswer = part_{number}_1"


def record(student, source, given=None):
    exercise = {"exercise": "t1.1", "layer": "value", "mistake": None, "given": given}
    return {
        "student": student,
        "chapter": "t1",
        "prints": alike.prints({"one": source}, RELEASE),
        "exercises": [exercise],
    }


def test_a_copy_is_found_though_its_comments_and_layout_differ():
    copied = own(1).replace("\n", "  # my own work\n").replace(" / ", "/")
    records = [record(f"s{n}", COMMON + own(n)) for n in range(12)]
    records += [record("copy", COMMON + copied, "same"), record("other", COMMON, "same")]
    records[1]["exercises"][0]["given"] = "same"
    found = alike.pairs(records)
    assert [(pair.one, pair.other) for pair in found] == [("copy", "s1")]
    assert found[0].alike > 0.8
    assert found[0].wrong == ("t1.1",)


def test_what_a_class_has_in_common_is_no_sign():
    assert alike.pairs([record(f"s{n}", COMMON) for n in range(12)]) == []
    assert alike.prints({"one": "answer = ..."}, RELEASE) == []


def test_code_that_cannot_be_read_is_compared_as_words():
    broken = "answer = ((( one two three four five six seven eight nine ten eleven twelve 'unclosed"
    assert alike.prints({"one": broken}, RELEASE)

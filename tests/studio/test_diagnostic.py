"""The diagnostic: questions for each bridge, every option answered, and a page that says where to begin."""

import re

import pytest

from catalyst.errors import CourseError
from catalyst.studio import catalogue, diagnostic, quizzes


@pytest.fixture(scope="module")
def known():
    return catalogue.chapters()


@pytest.fixture(scope="module")
def bridges(known):
    return {chapter.id for chapter in known.values() if chapter.written and chapter.part == "Bridge"}


def test_every_bridge_is_asked_for_and_every_option_answered(bridges):
    assert diagnostic.faults(diagnostic.read(), bridges) == []


def test_what_is_lacking_is_named(bridges):
    item = quizzes.Item("What?", [quizzes.Option("a", "Yes. It is so."), quizzes.Option("b", "Perhaps.")])
    found = diagnostic.faults([diagnostic.Part("zz", "Z", [item])], bridges)
    for words in ("no such bridge", "asks too little", "2 options", "needs feedback", "for bridge b1"):
        assert any(words in fault for fault in found), words


@pytest.mark.parametrize("words", ["parts: 3", "parts: [{chapter: b1}]", "parts: [", "other: []"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, words):
    path = tmp_path / "diagnostic.yaml"
    path.write_text(words, encoding="utf-8")
    with pytest.raises(CourseError, match=r"diagnostic\.yaml"):
        diagnostic.read(path)


def test_it_takes_ten_minutes():
    """Read at 200 words a minute, with a quarter of a minute to think about each question."""
    parts = diagnostic.read()
    words = sum(len(o.text.split()) for part in parts for item in part.questions for o in item.options)
    words += sum(len(item.text.split()) for part in parts for item in part.questions)
    asked = sum(len(part.questions) for part in parts)
    assert diagnostic.MINUTES / 2 <= words / 200 + asked / 4 <= diagnostic.MINUTES


def test_right_options_do_not_all_stand_in_one_place():
    places = [
        [o.right for o in item.options].index(True) for part in diagnostic.read() for item in part.questions
    ]
    assert max(places.count(place) for place in set(places)) <= len(places) / 2


def test_it_asks_nothing_that_a_quiz_asks(known):
    asked = {item.text for part in diagnostic.read() for item in part.questions}
    assert not asked & {item.text for chapter in known.values() for item in chapter.quiz}


def test_the_page_knows_part_and_rightness_of_every_option(known):
    parts = diagnostic.read()
    page = diagnostic.page(parts, known)
    number = 0
    for part in parts:
        assert f'class="diagnostic-score" data-part="{part.chapter}"' in page
        assert f"notebooks/{known[part.chapter].notebook}.ipynb" in page
        for item in part.questions:
            number += 1
            right = re.findall(
                f'<details data-part="{part.chapter}" data-question="{number}" data-right="true">'
                r"<summary>(.*?)</summary>",
                page,
            )
            assert right == [option.text for option in item.options if option.right]
    assert page.count("I do not know") == number

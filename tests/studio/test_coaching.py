"""Coaching guides: whole for every chapter, in step with the wrong-answer bank, with times that add up."""

import copy
import shutil

import pytest
import yaml
from bs4 import BeautifulSoup

from catalyst.errors import CourseError
from catalyst.studio import catalogue, coaching, coaching_pages

WRITTEN = [chapter.id for chapter in catalogue.chapters().values() if chapter.written]


@pytest.mark.parametrize("identity", WRITTEN)
def test_every_chapter_has_a_whole_guide(identity):
    chapter = catalogue.chapters()[identity]
    assert coaching.chapter_faults(identity, chapter.exercises) == []


@pytest.fixture
def project(root, tmp_path):
    """The guide of t1 and the master of its exercises, to be broken."""
    for name in ("coaching/t1.yaml", "solutions/t1/t1.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


SPECS = [{"id": f"t1.{number}", "minutes": 8} for number in range(1, 6)]


def broken(project, change):
    path = project / "coaching" / "t1.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return coaching.chapter_faults("t1", SPECS, project)


def test_unbroken_nothing_is_lacking(project):
    assert broken(project, lambda data: None) == []


def test_a_mistake_that_was_renamed_in_the_bank_is_missed(project):
    master = project / "solutions" / "t1" / "t1.ipynb"
    text = master.read_text(encoding="utf-8")
    assert text.count('\\"ended only\\"') >= 1
    master.write_text(text.replace('\\"ended only\\"', '\\"only ended\\"'), encoding="utf-8")
    (fault,) = coaching.chapter_faults("t1", SPECS, project)
    assert "'t1.2 / ended only'" in fault and "renamed" in fault


def set_plan(length, **parts):
    def change(data):
        data["plans"][length] |= {name.replace("_", " "): minutes for name, minutes in parts.items()}
        data["plans"][length] = {k: v for k, v in data["plans"][length].items() if v}

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (set_plan(60, trap=16), "plan of 60 minutes: its parts add up to 61"),
        (set_plan(60, trap=30, estimand=0), "it needs estimand once"),
        (set_plan(60, meaning=0, mistakes=8), "an hour holds one trap, one estimand and one worksheet"),
        (set_plan(90, close=2, worksheet=18), "no part can be shorter than 3 minutes"),
        (lambda d: d["plans"][90].update({"exercise t1.9": 10, "mistakes": 0}), "there is no exercise t1.9"),
        (lambda d: d["plans"][90].update({"exercise t1.2": 5, "meaning": 15}), "t1.2 takes 8 minutes"),
        (lambda d: d["mistakes"].pop(), "name two mistakes to expect, not 1"),
        (lambda d: d.update(opening="Say something."), "'Say something.' should ask something"),
        (lambda d: d["worksheet"].pop() and d["worksheet"].pop(), "'worksheet' should have 5 entries"),
        (lambda d: d.update(stuck=""), "'stuck' should be text"),
        (lambda d: d.pop("lacks"), "look at 'lacks'"),
        (lambda d: d.update(hints="none"), "look at 'hints'"),
        (lambda d: d["plans"].pop(90), "one of 60 and one of 90 minutes"),
        (lambda d: d["plans"][60].update(lunch=20), "'lunch: 20' should be one of"),
        (lambda d: d.update(ahead="TO FILL, soon"), "TO FILL still stands"),
    ],
)
def test_what_is_lacking_is_named(project, change, told):
    found = broken(project, change)
    assert any(told in fault for fault in found), found


def test_a_guide_that_is_not_there_or_no_yaml_is_told(project):
    path = project / "coaching" / "t1.yaml"
    path.write_text("a: [", encoding="utf-8")
    assert coaching.chapter_faults("t1", SPECS, project) == ["t1.yaml cannot be read as YAML."]
    path.unlink()
    assert "no coaching guide" in coaching.chapter_faults("t1", SPECS, project)[0]
    with pytest.raises(CourseError, match="There is no coaching guide"):
        coaching.read(path)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    out = tmp_path_factory.mktemp("pages")
    coaching_pages.write_pages(out)
    return out


@pytest.mark.parametrize("identity", WRITTEN)
def test_the_page_holds_what_a_coach_needs(pages, identity):
    text = (pages / f"coaching_{identity}.md").read_text(encoding="utf-8")
    chapter, guide = catalogue.chapters()[identity], coaching.read(coaching.source(identity))
    for heading in (
        "## 60 minutes", "## 90 minutes", "## The opening question", "## Ask, do not tell",
        "## Two mistakes to expect", "### Somebody is stuck", "### Somebody is far ahead",
        "### “My data lack this column”", "### Nobody has access to a secure environment yet",
        "### Somebody is distressed",
    ):  # fmt: skip
        assert text.count(heading + "\n") == 1, heading
    assert f"({chapter.minutes('read')} minutes)" in text
    bank = coaching.bank_of(identity)
    for name, ask in guide.pairs["mistakes"]:
        assert " ".join(bank[coaching.mistake(name)].split()) in text and ask in text
    assert "../support.md" in text and "A private word" in text and "**Pause.**" in text
    assert "| 0 to 60 | 60 | together |" in text and "| 0 to 90 | 90 | together |" in text
    assert coaching_pages.content_note(chapter) in text and len(coaching_pages.content_note(chapter)) > 40


def test_the_worksheet_is_one_page_to_print_with_room_to_write(pages):
    guide = coaching.read(coaching.source("t1"))
    page = BeautifulSoup((pages / "worksheet_t1.html").read_text(encoding="utf-8"), "html.parser")
    assert [row.th.get_text() for row in page.select("tbody tr")] == guide.lists["worksheet"]
    assert len(page.select("td.room")) == len(guide.lists["worksheet"])
    assert not page.select("[src], link, script") and len(page.select("h1")) == 1


def test_the_template_is_read_once_it_is_filled(project):
    text = coaching_pages.template("t12")
    assert "TO FILL" in text and "t12.1" in text
    data = yaml.safe_load(text)
    assert [sum(parts.values()) for parts in data["plans"].values()] == [60, 90]
    assert set(copy.copy(data)) == {*coaching.TEXTS, *coaching.LISTS, *coaching.PAIRS, "plans"}

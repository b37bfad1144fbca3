"""Every exercise page says how long each task takes, and helps in steps."""

import re

import pytest

from catalyst import paths
from catalyst.studio import catalogue, masters

WRITTEN = {name: chapter for name, chapter in catalogue.chapters().items() if chapter.written}


def tasks(identity):
    """Each task of an exercise page: its id, and the Markdown from its heading to the next one."""
    page = masters.read(paths.root() / "exercises" / identity / f"{identity}.ipynb")
    text = "\n\n".join(cell.source for cell in page.cells if cell.cell_type == "markdown")
    parts = re.split(rf"^## ({identity}\.\d+)\b", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("identity", WRITTEN)
def test_each_task_states_its_minutes_and_they_add_up_to_the_chapters(identity):
    minutes = {spec["id"]: spec["minutes"] for spec in WRITTEN[identity].exercises}
    found = tasks(identity)
    assert list(found) == list(minutes)
    for name, text in found.items():
        assert re.findall(r"\b(\d+)\s+minutes", text)[:1] == [str(minutes[name])], name
    assert sum(minutes.values()) == pytest.approx(WRITTEN[identity].minutes("exercise"), abs=5)


@pytest.mark.parametrize("identity", WRITTEN)
def test_each_task_has_hints_in_steps_that_are_closed_until_asked_for(identity):
    for name, text in tasks(identity).items():
        hints = re.findall(r"<details>\s*<summary>Hint (\d+)</summary>(.*?)</details>", text, re.DOTALL)
        assert [int(number) for number, _ in hints] == list(range(1, len(hints) + 1)), name
        assert len(hints) >= 2, name
        words = [hint.strip() for _, hint in hints]
        assert all(len(hint.split()) >= 3 for hint in words) and len(set(words)) == len(words), name

"""The page of rubrics: every exercise with its points, its answer on the data in use, and known mistakes."""

import re

from catalyst import paths
from catalyst.marking import key
from catalyst.studio import catalogue, rubrics


def test_every_exercise_has_its_rubric_answer_and_mistakes():
    chapters = catalogue.chapters()
    page = rubrics.page(chapters, paths.keys_dir())
    for chapter in chapters.values():
        if not chapter.exercises:
            continue
        entries = key.read(paths.keys_dir() / f"{chapter.id}.json")["exercises"]
        for spec in chapter.exercises:
            part = re.split(rf"^### {re.escape(spec['id'])}\b", page, flags=re.MULTILINE)[1].split("\n### ")[
                0
            ]
            assert re.search(r"^\d+ points?; about \d+ minutes\. Objective: ", part, re.MULTILINE)
            entry = entries[spec["id"]]
            assert f"**Answer:** {rubrics.said(entry, entry['answer'])}" in part
            for mistake in entry["mistakes"]:
                assert f"| {mistake['name']} |" in part
                assert mistake["message"].replace("|", "\\|").replace("\n", " ") in part
    assert "| Mistake | Gives |" in page


def test_without_a_key_the_rubrics_stand_without_numbers(tmp_path):
    page = rubrics.page(catalogue.chapters(), tmp_path)
    assert "### t1.1 " in page
    assert "**Answer:**" not in page

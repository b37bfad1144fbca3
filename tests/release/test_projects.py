"""Project extracts: everybody with the event, a weighted sample of the others, and nobody else."""

import numpy as np
import pytest

from catalyst import cli
from catalyst.errors import CourseError
from catalyst.release import checks, describe, extract, make, manifest, projects, schema

SAMPLED = [project for project in projects.PROJECTS if project.event]


@pytest.fixture(params=SAMPLED, ids=lambda project: project.name)
def project(request):
    return request.param


@pytest.fixture
def extracted(project, tables):
    whole = {name: tables[name] for name in project.tables}
    return extract.frames(whole), projects.cut(project, whole, seed=8)


def test_every_project_is_of_tables_and_chapters_that_there_are():
    from catalyst.studio import claims

    names = [project.name for project in projects.PROJECTS]
    assert len(set(names)) == len(names)
    for project in projects.PROJECTS:
        for name in project.tables:
            schema.table(name)
        for chapter in project.chapters:
            if chapter == "f2":  # plants nothing; tests/recovery/test_f2.py holds what its extract must show
                continue
            module = claims.recovery(chapter)
            if project.only:  # not all of a chapter's questions, and their tables alone
                assert set(project.only) <= set(module.NAMES)
                assert set(project.tables) - {"authorities"} < set(module.TABLES)
            else:
                assert set(module.TABLES) <= set(project.tables), chapter
            # With the event there are at least half as many again as the chapter's analysis was tried with,
            # and of the others, whom there are more than enough of, hardly fewer.
            assert project.children >= (1.5 if project.event else 1) * module.CHILDREN, chapter
            assert project.children // project.one_in >= 0.75 * module.CHILDREN, chapter
            assert project.authorities == module.AUTHORITIES, chapter


def test_everybody_with_the_event_is_in_and_others_by_lot(project, extracted):
    whole, tables = extracted
    sample = extract.frames(tables)[project.sample]
    event = whole[project.event.table]
    if project.event.column:
        event = event[event[project.event.column].isin(project.event.codes)]
    column = project.unit if project.unit in event else "CHILD"
    with_event = set(event[column].dropna()) & set(whole[project.people][project.unit].dropna())
    assert set(sample.loc[sample["Event"] == 1, project.unit]) == with_event
    assert with_event
    assert set(sample.loc[sample["Event"] == 1, "Weight"]) == {1}
    assert set(sample.loc[sample["Event"] == 0, "Weight"]) == {project.one_in}


def test_weighted_figures_are_those_of_the_whole(project, extracted):
    whole, tables = extracted
    sample = extract.frames(tables)[project.sample]
    people = whole[project.people][project.unit].nunique()
    others = (sample["Event"] == 0).sum()
    error = np.sqrt(others * (project.one_in - 1) * project.one_in)
    assert abs(sample["Weight"].sum() - people) < 4 * error
    assert sample["Weight"].sum() != people  # a sample, and not a table of everybody


def test_no_row_and_no_key_of_anybody_else_is_left(project, extracted):
    _, tables = extracted
    inside = set(tables[project.sample][project.unit].to_pylist())
    for name, table in tables.items():
        for column in projects.COLUMNS[project.unit]:
            if column in table.column_names:
                named = table[column].combine_chunks().dictionary.to_pylist()
                assert set(named) <= inside, name
    assert tables["authorities"].num_rows == 3


def test_tables_of_children_hold_those_of_the_samples_families_alone(tables):
    project = projects.find("ethnic_groups")
    whole = {name: tables[name] for name in project.tables}
    made = extract.frames(projects.cut(project, whole, seed=8))
    families = set(made["project_families"]["FamilyRefAnonymous"])
    census = extract.frames(whole)["cin_child_identifiers"]
    children = set(census.loc[census["FamilyRefAnonymous"].isin(families), "LAchildID"])
    for name, column in (("cin_details", "LAchildID"), ("ssda903_episodes", "CHILD")):
        before = whole[name][column].to_pylist()
        assert set(made[name][column]) == set(before) & children, name
        assert set(before) - children, "some are of other families"


def test_tables_of_families_hold_the_samples_families_alone(tables):
    project = projects.find("plans_before_care")
    whole = {name: tables[name] for name in project.tables}
    made = projects.cut(project, whole, seed=8)
    families = set(made["cin_child_identifiers"]["FamilyRefAnonymous"].to_pylist())
    helped = [set(t["early_help_episodes"]["FamilyRefAnonymous"].to_pylist()) for t in (whole, made)]
    assert helped[1] == helped[0] & families
    assert helped[0] - helped[1]


def test_an_extract_satisfies_its_schemas_and_is_described(project, extracted):
    _, tables = extracted
    checks.validate(extract.frames(tables))
    asked = {"children": 1, "authorities": 3, "seed": 8, "settings": {}, "cuts": [], "project": project.name}
    words = describe.files(manifest.build(tables, asked))
    assert f"project extract `{project.name}`" in words["README.md"].decode()
    assert "For how many" in words["dictionary.csv"].decode()


def test_a_project_is_made_by_one_command(quick, tmp_path, tables):
    made = quick(tmp_path / "mine", project="plans_before_care")
    assert "project_sample" in made["tables"]
    assert made["arguments"]["project"] == "plans_before_care"
    assert (tmp_path / "mine" / "project_sample.parquet").is_file()
    assert quick(tmp_path / "mine", project="plans_before_care") == made


def test_the_command_line_knows_the_projects_world(monkeypatch, tmp_path):
    seen = {}

    def made(out, **asked):
        seen.update(asked, out=out)
        return {"tables": {}, "content_hash": "0" * 64}

    monkeypatch.setattr(make, "make_release", made)
    assert cli.main(["data", "--project", "authority_panel"]) == 0
    assert (seen["children"], seen["authorities"], seen["seed"]) == (130_000, 150, 2028)
    assert seen["out"].parts[-3:] == ("data", "projects", "authority_panel")
    with pytest.raises(CourseError, match="the projects are"):
        projects.find("mine")


def test_tables_of_projects_are_in_no_other_release():
    assert not {"project_sample", "project_pupils"} & set(schema.tables())
    assert {"project_sample", "project_pupils"} <= set(schema.every())

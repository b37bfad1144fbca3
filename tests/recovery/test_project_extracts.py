"""What the committed project extracts were cut for is found in them, with their weights."""

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest

from catalyst import paths
from catalyst.release import extract
from catalyst.studio import claims, group_rates, project_truths, recovery, recovery_t7, recovery_t9

FOLDER = paths.root() / "data" / "projects"
FAR = 3.5  # standard errors: of some twenty figures none should lie farther from the truth


def tables_of(project: str, names=None) -> dict[str, pd.DataFrame]:
    names = names or paths.manifest(FOLDER / project)["tables"]
    return extract.frames({name: parquet.read_table(FOLDER / project / f"{name}.parquet") for name in names})


def realised(project: str) -> pd.Series:
    """What came about in the extract's world, for the extract that is committed."""
    kept = pd.read_csv(project_truths.REALISED)
    kept = kept[kept["project"] == project]
    assert set(kept["content_hash"]) == {paths.manifest(FOLDER / project)["content_hash"]}
    return kept.set_index("parameter")["realised"]


@pytest.mark.parametrize("chapter", ["t6", "t11", "t11b"])
def test_the_panel_of_authorities_shows_what_is_planted(chapter):
    module, known = claims.recovery(chapter), recovery.truth_of()
    tables = tables_of("authority_panel", module.TABLES)
    found = module.proper(tables, np.random.default_rng(1))
    world = realised("authority_panel")
    for name, one in found.items():
        assert abs(one.value - world.get(name, known[name])) < FAR * one.se, name
    effects = [name for names in module.RECOVERS.values() for name in names]
    shown = [name for name in effects if abs(found[name].value) > 2 * found[name].se]
    assert len(shown) >= len(effects) / 2, "the panel is large enough for most"
    for trap in module.traps(tables, np.random.default_rng(1)).values():
        assert trap.sign * (trap.value - known[trap.parameter]) > 0


def test_mothers_once_in_care_are_told_from_others():
    tables = recovery_t7._plain(tables_of("mothers_in_care"))
    known = recovery.truth_of()["t7.log_hr_mother_in_care"]
    one = recovery_t7._mothers(tables).of("mother")
    assert abs(one.value - known) < FAR * one.se
    assert known / one.se > 2.8, "power of 80% at 5%"


def test_weighted_rates_of_ethnic_groups_are_those_of_the_world():
    tables = tables_of("ethnic_groups")
    rows = recovery_t9.register(tables)
    sample = tables["project_families"].astype({"FamilyRefAnonymous": str})
    weight = sample.set_index("FamilyRefAnonymous")["Weight"]
    weight = weight.loc[tables["child_low_income"]["FamilyRefAnonymous"].astype(str)].to_numpy()
    cell = rows["ethnicity"].to_numpy(), rows["decile"].to_numpy()
    people = group_rates.cells(*cell, weight)
    events = group_rates.cells(*cell, weight * rows["began"].to_numpy())
    world = realised("ethnic_groups")
    for name, value in group_rates.log_ratios(people, events).items():
        # Everybody of a minority group is in: what the lot may move is the rate of White children.
        assert abs(value - world[name]) < 0.05, name
    # Without the weights, White children are too few beside the others, but their rate is the same; the share
    # of children who are White is not.
    white = group_rates.GROUPS[cell[0]] == group_rates.WHITE
    assert white.mean() < 0.6 < np.average(white, weights=weight)

"""Truth tables that are told from lives: types of pathway, and families with domestic abuse by year."""

import numpy as np
import pandas as pd
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform
from sklearn.metrics import adjusted_rand_score, silhouette_score

from catalyst.records import exploitation
from catalyst.release import extract
from catalyst.studio import truths
from catalyst.world.life import Spec

SPEC = Spec(seed=5, children=3_000, authorities=2)


@pytest.fixture(scope="module")
def told() -> dict[str, pd.DataFrame]:
    return {
        name.removeprefix("truth_").removesuffix(".parquet"): table
        for name, table in truths.told_of_lives(SPEC).items()
    }


def test_every_listed_spell_has_a_type_and_its_levels_follow_it(told):
    panel = extract.frames(extract.release_tables(SPEC, names=["exploitation_panel"]))["exploitation_panel"]
    types = told["exploitation_pathways"]
    assert types["CaseRefAnonymous"].is_unique
    both = panel.astype({"CaseRefAnonymous": str}).merge(types, on="CaseRefAnonymous", validate="1:1")
    assert len(both) == len(panel) > 50
    assert len(types) > len(panel), "spells that no panel heard of have a type too"
    levels = both["Levels"].astype(str).str.split(";")
    climb = levels.str[-1].astype(int) - levels.str[0].astype(int)
    climb = climb[levels.str.len() >= 7].groupby(both["pathway"], observed=True).mean()
    assert climb["rises"] > 1
    assert climb["eases"] < -1
    assert abs(climb["holds"]) < 0.5


def test_families_with_abuse_by_year_add_up_to_the_estimand(told):
    years, totals = told["domestic_abuse_years"], truths.counted(SPEC, ["t8"])["t8"]
    assert years["year"].tolist() == list(range(2015, 2026))
    assert years["families"].sum() == totals["years"]
    assert years["with_abuse"].sum() == totals["abuse"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sequence_analysis_finds_the_three_types_and_no_other_number(seed):
    n = 400
    spells = {"child": np.arange(n, dtype=np.int64), "start": np.full(n, 17_000, dtype=np.int32)}
    levels, types = exploitation.grades(seed, spells, 8), exploitation.pathways(seed, spells)
    apart = pdist(levels, "hamming")
    tree, square = linkage(np.sqrt(apart), "ward"), squareform(apart)
    groups = {k: fcluster(tree, k, "maxclust") for k in range(2, 7)}
    silhouettes = {k: silhouette_score(square, g, metric="precomputed") for k, g in groups.items()}
    agree = {k: adjusted_rand_score(types, g) for k, g in groups.items()}
    assert max(silhouettes, key=silhouettes.get) == max(agree, key=agree.get) == 3
    assert agree[3] > 0.65
    # Without types, by levels shuffled at each meeting, there is next to nothing to find.
    luck = np.random.default_rng(seed)
    mixed = pdist(np.column_stack([luck.permutation(column) for column in levels.T]), "hamming")
    group = fcluster(linkage(np.sqrt(mixed), "ward"), 3, "maxclust")
    assert silhouette_score(squareform(mixed), group, metric="precomputed") < silhouettes[3] / 2

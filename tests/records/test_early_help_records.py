"""Records of early help: only of authorities that keep them, under the episode's own number."""

import numpy as np
from hand_made import as_frame

from catalyst.records import early_help


def test_only_authorities_with_records_and_no_episode_that_was_over_before(real):
    episodes = as_frame(early_help.returns(real)["early_help_episodes"])
    log = real.early_help
    assert 0 < len(episodes) < len(log["family"])
    recorded = np.unique(log["authority"][log["recorded"]])
    assert set(episodes["authority"]) <= set(recorded)
    assert (episodes["EndDate"].dropna() >= "2014-04-01").all()
    assert episodes["case"].is_unique
    assert (episodes["EndDate"].isna() == episodes["Outcome"].isna()).all()


def test_every_episode_holds_a_service(real):
    tables = early_help.returns(real)
    episodes, services = (as_frame(tables[f"early_help_{name}"]) for name in ("episodes", "services"))
    assert set(services["case"]) == set(episodes["case"])
    assert not services.duplicated(["case", "Service"]).any()

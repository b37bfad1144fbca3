"""T1's own arithmetic: its weighted curves are those of lifelines."""

import numpy as np

from catalyst.studio import recovery_t1


def test_weighted_curves_agree_with_lifelines():
    from lifelines import AalenJohansenFitter, KaplanMeierFitter

    rng = np.random.default_rng(5)
    entry = rng.integers(0, 60, 400)
    time = entry + 1 + rng.integers(0, 400, 400)
    cause = rng.integers(0, 3, 400)
    ours = recovery_t1.curves(time, cause, entry, np.ones(400))
    km = KaplanMeierFitter().fit(time, cause > 0, entry=entry)
    assert np.allclose(ours[0][:300], km.predict(np.arange(300)).to_numpy(), atol=1e-9)
    apart = time + rng.uniform(0, 0.5, 400)
    aj = AalenJohansenFitter(calculate_variance=False).fit(apart, cause, event_of_interest=1, entry=entry)
    assert abs(ours[1][300] - aj.predict(300.9)) < 2e-3

"""Care proceedings agree with the episodes of care that they stand for."""

import numpy as np

from catalyst.world import proceedings
from catalyst.world.codes import LEGAL_STATUS


def test_every_interim_order_follows_an_application(middle):
    care, children = middle.log["care_episodes"], middle.log["court_children"]
    begins = (care["ls"] == LEGAL_STATUS.index("C1")) & np.isin(care["rne"], [0, 1, 4, 5])
    assert begins.sum() > 50
    unmet = 0
    for child, day in zip(care["child"][begins], care["decom"][begins], strict=True):
        joined = children["joined"][children["child"] == child]
        unmet += not ((joined <= day) & (joined >= day - 60)).any()
    # Whoever comes under an interim order again within weeks is in the earlier case.
    assert unmet <= 0.02 * begins.sum()


def test_a_care_order_or_placement_order_is_the_day_the_status_changes(middle):
    care, children = middle.log["care_episodes"], middle.log["court_children"]
    for order, status in (("care order", "C2"), ("placement order", "E1")):
        rows = children["order"] == proceedings.ORDERS.index(order)
        starts = set(zip(care["child"][care["ls"] == LEGAL_STATUS.index(status)],
                         care["decom"][care["ls"] == LEGAL_STATUS.index(status)], strict=True))  # fmt: skip
        assert rows.sum() > 10
        pairs = list(zip(children["child"][rows], children["ended"][rows], strict=True))
        assert all(pair in starts for pair in pairs)


def test_no_application_names_a_child_before_birth_and_orders_come_after(middle):
    children = middle.log["court_children"]
    birth = middle.children["birth"][np.searchsorted(middle.children["child"], children["child"])]
    assert (children["joined"] >= birth).all()
    ended = children["ended"] >= 0
    assert (children["ended"][ended] > children["joined"][ended]).all()
    assert ((children["order"] > 0) == ended).all()


def test_a_case_ends_with_the_last_of_its_children(middle):
    cases, children = middle.log["court_cases"], middle.log["court_children"]
    last = dict.fromkeys(cases["case"], -2)
    for case, ended in zip(children["case"], children["ended"], strict=True):
        last[case] = -1 if ended < 0 or last[case] == -1 else max(last[case], ended)
    np.testing.assert_array_equal(cases["final"], [last[case] for case in cases["case"]])
    assert len(np.unique(cases["case"])) == len(cases["case"])
    assert (cases["hearings"] >= 1).all()


def test_every_adoption_has_its_own_case(middle):
    cases, children = middle.log["court_cases"], middle.log["court_children"]
    kind = cases["kind"] == proceedings.KINDS.index("adoption")
    mine = np.isin(children["case"], cases["case"][kind])
    adopted = middle.children["adopted"] >= 0
    assert set(children["child"][mine & (children["ended"] >= 0)]) == set(middle.children["child"][adopted])

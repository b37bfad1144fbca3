"""What police, courts, work and adult services write down agrees with what happened, and with itself."""

import numpy as np
import pytest

from catalyst.records import adult_services, family_court, leo, police
from catalyst.records.columns import length
from catalyst.world import offending


@pytest.fixture(scope="module")
def tables(real):
    out = {}
    for module in (police, family_court, leo, adult_services):
        out |= module.returns(real)
    return out


def test_informal_disposals_are_in_no_record(real, tables):
    log = real.log["offences"]
    informal = log["disposal"] == offending.INFORMAL
    assert informal.any()
    assert length(tables["offences"]) == (~informal).sum()


def test_disposal_rank_orders_disposals_and_is_blank_where_nothing_was_proven(tables):
    table = tables["offences"]
    proven = table["AdjudicationCode"].index == 0
    assert (table["DisposalRank"][proven] == table["Disposal"].index[proven] + 1).all()
    assert (table["DisposalRank"][~proven] == -1).all()


def test_the_gravest_order_stands_for_a_case(tables):
    cases, parties = tables["family_court_cases"], tables["family_court_parties"]
    weight = {"PO": 0, "CO": 1, "SGO": 2, "CAO": 3, "SO": 4, "ONO": 5, "AO": 6}
    best = {}
    for case, order in zip(parties["case"], parties["Order"].index, strict=True):
        if order >= 0:
            best[case] = min(best.get(case, 9), weight[family_court.ORDERS[order]])
    ended = cases["FinalOrderDate"].days >= 0
    for case, order in zip(cases["case"][ended], cases["FinalOrder"].index[ended], strict=True):
        assert weight[family_court.ORDERS[order]] == best[case]


def test_a_mother_keeps_her_reference_and_adoptions_name_the_child_alone(tables):
    cases, parties = tables["family_court_cases"], tables["family_court_parties"]
    mothers = parties["Role"].index == family_court.ROLES.index("mother")
    assert (parties["parent"][mothers] % 2 == 0).all()
    assert len(np.unique(parties["parent"][mothers])) < mothers.sum()
    adoption = cases["case"][cases["ApplicationType"].index == 2]
    assert not np.isin(parties["case"][~(parties["child"] >= 0)], adoption).any()


def test_parents_in_restricted_tables_belong_to_their_families(tables):
    for name in ("parent_offences", "parent_care_histories"):
        np.testing.assert_array_equal(tables[name]["parent"] // 2, tables[name]["family"])


def test_tax_years_are_whole(tables):
    years = tables["leo_employment"]["TaxYear"]
    assert (years.min(), years.max()) == (2017, 2024)


def test_accommodation_is_known_to_the_return_on_care_leavers(tables):
    assert set(tables["care_leaver_housing"]["Accommodation"].codes) == set(adult_services.HOMES)
    assert set(tables["care_leaver_housing"]["Accommodation"].index) <= set(range(8))

"""Placements: where a child who is looked after lives, run by whom. Depends on age, status and luck."""

import numpy as np

from catalyst.world.codes import LEGAL_STATUS, PLACE, PLACE_CHANGE, PROVIDER, REC, index, is_in
from catalyst.world.state import NONE, Life

CARE_PLAN = index(PLACE_CHANGE, "CARPL")
_KINDS = np.array(
    [index(PLACE, c) for c in ("U6", "U4", "U3", "U1", "K2", "H5", "R3", "S1", "Z1")], dtype=np.int8
)
_ARRIVAL_KINDS = np.array([index(PLACE, c) for c in ("U6", "K2", "H5", "Z1")], dtype=np.int8)
P1, A5, A6, R5, Z1 = (index(PLACE, c) for c in ("P1", "A5", "A6", "R5", "Z1"))
_FOSTER = [index(PLACE, c) for c in ("U1", "U2", "U3", "U4", "U5", "U6")]
_RELATIVES = [index(PLACE, c) for c in ("U1", "U2", "U3")]
_ORDERS = [index(LEGAL_STATUS, c) for c in ("C1", "C2")]
_REMAND = index(LEGAL_STATUS, "J1")
# Shares of PR1, PR2, PR4, PR5 by kind of place
_PROVIDERS = {"foster": [0.58, 0.02, 0.35, 0.05], "relatives": [1, 0, 0, 0], "home": [0.16, 0.02, 0.78, 0.04]}


def _band(life: Life, child: np.ndarray, day: np.ndarray) -> np.ndarray:
    age = (day - life.people.birth[child]) / 365.25
    return np.searchsorted([1, 10, 16], age, side="right")


def choose(life: Life, child: np.ndarray, day: np.ndarray, legal: np.ndarray, month: int, draw: int) -> None:
    """A new placement for each child, from age, legal status and luck; always a change of place."""
    p = life.parameters["care"]
    people, children, luck = life.people, life.children, life.luck
    ids = people.child[child]
    band = _band(life, child, day)
    place = _KINDS[luck.choose("placement", ids, p.array("placement.shares")[band], month, draw)]
    arrived = people.arrival[child] >= 0
    if arrived.any():
        a = life.parameters["arrivals"]
        shares = np.where(
            (band == 3)[:, None],
            a.array("children.place_shares_16"),
            a.array("children.place_shares_under_16"),
        )
        place = np.where(arrived, _ARRIVAL_KINDS[luck.choose("placement", ids, shares, month, draw)], place)
    home = is_in(legal, _ORDERS) & (luck("placement.parents", ids, month, draw) < p["placement.with_parents"])
    home &= children.place[child] != P1
    home &= draw == 1  # nobody starts to be looked after by staying at home
    place = np.where(home, P1, place)
    secure = (legal == _REMAND) & (luck("placement.remand", ids, month, draw) < 0.45)
    place = np.where(secure & (day - people.birth[child] > 3653), R5, place)
    _settle(life, child, place, month, draw)


def for_adoption(life: Life, child: np.ndarray, month: int) -> None:
    """Placement with the adopters: A5 with the present foster carer, A6 otherwise."""
    children, ids = life.children, life.people.child[child]
    same = is_in(children.place[child], _FOSTER) & (life.luck("placement.adopters", ids, month) < 0.12)
    _settle(life, child, np.where(same, A5, A6).astype(np.int8), month, 2)


def _settle(life: Life, child: np.ndarray, place: np.ndarray, month: int, draw: int) -> None:
    p = life.parameters["care"]
    children, ids, luck = life.children, life.people.child[child], life.luck
    foster, relatives = is_in(place, _FOSTER), is_in(place, _RELATIVES)
    shares = np.where(foster[:, None], _PROVIDERS["foster"], _PROVIDERS["home"])
    shares = np.where((relatives | is_in(place, (A5, A6)))[:, None], _PROVIDERS["relatives"], shares)
    names = np.array([index(PROVIDER, c) for c in ("PR1", "PR2", "PR4", "PR5")], dtype=np.int8)
    provider = names[luck.choose("placement.provider", ids, shares, month, draw)]
    provider = np.where(place == P1, index(PROVIDER, "PR0"), provider)
    provider = np.where(place == R5, index(PROVIDER, "PR3"), provider)
    provider = np.where(place == Z1, NONE, provider)
    # Invented numbers of homes and agencies: never a real one; a move always changes it.
    urn = 100_000 + np.floor(luck("placement.urn", ids, month, draw) * 800_000).astype(np.int32)
    urn = np.where(urn == children.urn[child], urn + 1, urn)
    children.place[child] = place
    children.provider[child] = provider
    children.urn[child] = np.where(is_in(place, (P1, R5, Z1)), NONE, urn)
    outside = luck("placement.outside", ids, month, draw) < p["placement.outside_authority"]
    # An authority's own homes stand on its own ground.
    own_home = (provider == index(PROVIDER, "PR1")) & ~foster & ~is_in(place, (A5, A6))
    children.outside[child] = outside & (place != P1) & ~own_home


def is_for_adoption(life: Life, child: np.ndarray) -> np.ndarray:
    """Whether each child is placed for adoption."""
    return is_in(life.children.place[child], (A5, A6))


def is_foster(life: Life, child: np.ndarray) -> np.ndarray:
    """Whether each child is in a foster placement."""
    return is_in(life.children.place[child], _FOSTER)


def move_hazard(life: Life, child: np.ndarray, today: int) -> np.ndarray:
    """Monthly hazard of a change of placement."""
    p = life.parameters["care"]
    band = _band(life, child, np.full(len(child), today))
    recent = today - life.children.place_since[child] < 365
    return np.where(
        recent,
        p.array("placement.moves_per_month_first_year")[band],
        p.array("placement.moves_per_month_later")[band],
    )


def move_reason(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """Why a placement changed, as codes.PLACE_CHANGE."""
    names = [index(PLACE_CHANGE, c) for c in ("CARPL", "CREQB", "CREQO", "CHILD", "STAND", "LAREQ", "OTHER")]
    kind = life.luck.choose("placement.reason", life.people.child[child], [42, 17, 9, 8, 4, 8, 12], month)
    return np.array(names, dtype=np.int8)[kind]


def guardianship_codes(life: Life, child: np.ndarray, month: int) -> np.ndarray:
    """Reason codes of special guardianship orders: to the foster carer or another, a relative or not."""
    p = life.parameters["care"]
    relative = is_in(life.children.place[child], _RELATIVES)
    ids = life.people.child[child]
    former = is_foster(life, child) & (
        life.luck("placement.guardian", ids, month) < p["leaving.former_carer"]
    )
    code = np.where(former, np.where(relative, "E45", "E46"), "E47")
    return np.array([index(REC, c) for c in code], dtype=np.int8)

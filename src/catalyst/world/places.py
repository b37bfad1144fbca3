"""Places: fictional authorities inside the nine real regions, their sizes, deprivation and ways of working.

An authority's ways are spaced normal quantiles in an order shuffled by the seed, so that every world has the
same spread between places, whatever its seed. Depends on luck and parameters.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world.codes import REGIONS
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters

MOST = 153
# Invented: a stem and an ending that belongs to the region. No authority of these names exists.
_STEMS = (
    "Alder", "Bracken", "Copper", "Dove", "Ember", "Fern", "Garnet", "Hazel", "Indigo", "Juniper", "Kestrel",
    "Linnet", "Maple", "Nettle", "Otter", "Plover", "Quince", "Rowan", "Saffron", "Teasel", "Umber", "Vetch",
    "Willow", "Yarrow", "Amber", "Birch", "Clover", "Damson", "Elder", "Flint", "Gorse", "Heron", "Jasper",
)  # fmt: skip
_ENDINGS = ("Fell", "Mere", "Moor", "Vale", "Heath", "Fen", "Cross", "Down", "Combe")


@dataclass(frozen=True)
class Places:
    """The authorities of one world; all arrays have shape (authorities,).

    ``children`` is the stock aged 0–17 on 31 March 2025; ``deprivation`` the mean of a standard normal
    scale (high = deprived); the rest are log hazards or log odds relative to the average place.
    """

    code: np.ndarray
    name: np.ndarray
    region: np.ndarray
    children: np.ndarray
    deprivation: np.ndarray
    need: np.ndarray
    referral: np.ndarray
    threshold: np.ndarray
    care: np.ndarray
    planned_end: np.ndarray

    def __len__(self) -> int:
        return len(self.code)


def spaced(luck: Luck, process: str, count: int) -> np.ndarray:
    """Standard normal quantiles, evenly spaced, in an order that luck decides; shape (count,)."""
    order = np.argsort(np.argsort(luck(process, np.arange(count))))
    return ndtri((order + 0.5) / count)


def share_out(total: int, shares: np.ndarray, least: int = 0) -> np.ndarray:
    """Splits a whole number by shares so that the parts add up exactly (largest remainders).

    Returns
    -------
    int64 array of the shape of ``shares``, each at least ``least``
    """
    exact = shares / shares.sum() * (total - least * len(shares))
    parts = np.floor(exact).astype(np.int64)
    order = np.argsort(parts - exact, kind="stable")
    parts[order[: total - least * len(shares) - parts.sum()]] += 1
    return parts + least


def make(luck: Luck, parameters: Parameters, authorities: int, children: int) -> Places:
    """Makes the places of a world.

    Parameters
    ----------
    authorities : number of places, 1 to 153, shared out over the regions as the real ones are
    children : stock aged 0–17 on 31 March 2025, shared out over the places
    """
    p = parameters["places"]
    counts = share_out(authorities, p.array("regions.authorities"))
    region = np.repeat(np.arange(len(REGIONS)), counts)
    within = np.concatenate([np.arange(c) for c in counts]).astype(int)
    unit = region * 1000 + within
    stems = np.argsort(luck("places.stem", np.arange(len(_STEMS))))
    name = np.array(
        [f"{_STEMS[stems[w % len(_STEMS)]]} {_ENDINGS[r]}" for r, w in zip(region, within, strict=True)]
    )
    size = np.exp(p["authorities.size_spread"] * ndtri(luck("places.size", unit)))
    for r in range(len(REGIONS)):
        inside = region == r
        if inside.any():
            size[inside] *= p.array("regions.share_of_children")[r] / size[inside].sum()
    n = len(region)
    deprivation = p.array("regions.deprivation")[region] + p["authorities.deprivation_spread"] * spaced(
        luck, "places.deprivation", n
    )
    return Places(
        code=np.array([str(501 + i) for i in range(n)]),
        name=name,
        region=region.astype(np.int8),
        children=share_out(children, size, least=1),
        deprivation=deprivation,
        need=p.array("regions.need")[region],
        referral=p["authorities.referral_spread"] * spaced(luck, "places.referral", n),
        threshold=p["authorities.threshold_spread"] * spaced(luck, "places.threshold", n),
        care=p.array("regions.care")[region] + p["authorities.care_spread"] * spaced(luck, "places.care", n),
        planned_end=parameters.effect("authority->planned_end") * spaced(luck, "places.planned_end", n),
    )

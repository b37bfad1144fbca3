"""Programmes: which authority offers which from when, and what each truly does.

Exogenous functions of place and month; the effects are planted. Depends on places and the workforce's demand.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from catalyst.world import clock, workforce
from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places

NAMES = ("family_conference", "early_support", "school_worker", "key_worker")
BY_LOT = ("school_worker",)
FAMILY_CONFERENCE, EARLY_SUPPORT, SCHOOL_WORKER, KEY_WORKER = range(4)
NEVER = clock.MONTHS + 1_000


@dataclass(frozen=True)
class Programmes:
    """Log hazard or log odds ratios of shape (authorities, months), and when each programme began."""

    referral: np.ndarray  # on the hazard of referral, with years of passing demand
    section_47: np.ndarray  # on the odds of a section 47 enquiry at referral, and its hazard in an open case
    start: np.ndarray  # first month of each programme, NEVER where not; shape (programmes, authorities)


def make(luck: Luck, parameters: Parameters, places: Places) -> Programmes:
    """Makes what each programme does in every authority and month."""
    p = parameters["programmes"]
    start = np.stack([_start(luck, p, places, name) for name in NAMES])
    month = np.arange(clock.MONTHS)
    exposed = np.clip((month - start[:, :, None] + 1) / 12, 0, None)  # years, by the end of each month
    effect = parameters.effect
    years = np.minimum(exposed[EARLY_SUPPORT], p["early_support.longest"])
    with_schools, with_key_workers = (exposed[k] > 0 for k in (SCHOOL_WORKER, KEY_WORKER))
    referral = effect("early_support->referral") * years
    referral -= _on_average(p["early_support.made_up_for"] * years, places)
    section_47 = (
        effect("school_worker->section_47") * with_schools
        + effect("family_key_worker->section_47") * with_key_workers
        - _on_average(p["key_worker.made_up_for"] * with_key_workers, places)
    )
    return Programmes(referral + workforce.demand(luck, parameters, places), section_47, start)


def _on_average(log: np.ndarray, places: Places) -> np.ndarray:
    """Log of the mean ratio over the country's children; shape (months,)."""
    return np.log(np.average(np.exp(log), axis=0, weights=places.children))


def _start(luck: Luck, p, places: Places, name: str) -> np.ndarray:
    """The month in which each authority begins; those first in line in the first year, the last never."""
    n = len(places)
    score = ndtri(luck(f"programmes.{name}", np.arange(n)))
    if f"{name}.by_deprivation" in p:
        by = p[f"{name}.by_deprivation"]
        deprived = places.deprivation - places.deprivation.mean()
        spread = places.deprivation.std()
        score = by * deprived / (spread if spread > 0 else 1.0) + np.sqrt(1 - by**2) * score
    place = (np.argsort(np.argsort(-score)) + 0.5) / n
    years = np.arange(p[f"{name}.first_year"], p[f"{name}.last_year"] + 1)
    wave = np.floor(place / p[f"{name}.share"] * len(years)).astype(int)
    first = (years[np.minimum(wave, len(years) - 1)] - 1997) * 12
    return np.where(place < p[f"{name}.share"], first, NEVER)

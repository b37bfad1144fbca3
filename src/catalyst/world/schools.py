"""Schools: fictional schools of each authority, their phase, size and ways.

They are a function of the places alone, so that nothing passes from one family to another.
Depends on places.
"""

from dataclasses import dataclass

import numpy as np

from catalyst.world.luck import Luck
from catalyst.world.parameters import Parameters
from catalyst.world.places import Places, share_out, spaced

PRIMARY, SECONDARY, SPECIAL, ALTERNATIVE = 0, 1, 2, 3
PHASES = ("primary", "secondary", "special", "alternative")
_ADDRESSES = 100_000  # more than any world has authorities


@dataclass(frozen=True)
class Schools:
    """The schools of one world, ordered by phase and authority; all arrays have shape (schools,).

    ``size`` is the number of pupils that the school is built for; ``sen``, ``exclusion`` and the others are
    shifts of log odds or log rates relative to the average school.
    """

    school: np.ndarray
    authority: np.ndarray
    phase: np.ndarray
    size: np.ndarray
    sen: np.ndarray
    engagement: np.ndarray
    exclusion: np.ndarray
    absence: np.ndarray
    edge: np.ndarray  # phase x address + authority + the share of its pupils up to and with this school

    def __len__(self) -> int:
        return len(self.school)

    def choose(self, authority: np.ndarray, phase: np.ndarray | int, u: np.ndarray) -> np.ndarray:
        """The school that a draw picks among those of an authority and phase, by size.

        Parameters
        ----------
        authority : rows of places, shape (n,)
        phase : PRIMARY, SECONDARY, SPECIAL or ALTERNATIVE; one for all or shape (n,)
        u : draws in (0, 1), shape (n,)

        Returns
        -------
        int32 array of rows of schools
        """
        key = np.asarray(phase, dtype=np.int64) * _ADDRESSES + np.asarray(authority, dtype=np.int64)
        return np.searchsorted(self.edge, key + u).astype(np.int32)

    def for_children(
        self, luck: Luck, p, child: np.ndarray, family: np.ndarray, authority: np.ndarray, phase, draw=0
    ) -> np.ndarray:
        """Chooses schools for children, mostly the same one for brothers and sisters.

        Parameters
        ----------
        p : the numbers of parameters/schools.toml
        child, family : ids, shape (n,)
        authority : rows of places, shape (n,)
        phase : the phase of the schools to choose from; one for all or shape (n,)
        draw : another number leads to another school

        Returns
        -------
        int32 array of rows of schools
        """
        together = luck("schools.together", child, draw=draw) < p["choice.siblings_together"]
        own = luck("schools.choice", child, month=phase, draw=draw)
        shared = luck("schools.choice_of_family", family, month=phase, draw=draw)
        return self.choose(authority, phase, np.where(together, shared, own))


def make(luck: Luck, parameters: Parameters, places: Places) -> Schools:
    """Makes the schools of a world: at least two primary schools an authority, one of each other phase."""
    p = parameters["schools"]
    authority, phase, size, edge = [], [], [], []
    for k, name in enumerate(PHASES):
        pupils = places.children * p[f"{name}.share_of_children"]
        mean = p[f"{name}.pupils"] * (np.maximum(pupils, 1) / p["size.reference"]) ** p["size.power"]
        counts = np.maximum(np.round(pupils / mean), p[f"{name}.least"]).astype(int)
        for a, count in enumerate(counts):
            unit = (k * _ADDRESSES + a) * 1000 + np.arange(count)
            shares = np.exp(p["size.spread"] * (luck("schools.size", unit) - 0.5))
            shares = shares / shares.sum()
            authority.append(np.full(count, a))
            phase.append(np.full(count, k))
            size.append(share_out(int(max(pupils[a], count)), shares, least=1))
            top = np.cumsum(shares)
            top[-1] = 1.0
            edge.append(k * _ADDRESSES + a + top)
    kind = np.concatenate(phase)
    n = len(kind)

    def ways(process: str, spread: float) -> np.ndarray:
        """Spaced normal quantiles within each phase: every world has the same spread of schools."""
        out = np.zeros(n)
        for k in (PRIMARY, SECONDARY):
            here = kind == k
            out[here] = spread * unit_normal(luck, f"{process}.{k}", int(here.sum()))
        return out

    return Schools(
        school=np.arange(n),
        authority=np.concatenate(authority).astype(np.int16),
        phase=kind.astype(np.int8),
        size=np.concatenate(size).astype(np.int32),
        sen=ways("schools.sen", parameters.effect("school->sen_support")),
        engagement=ways("schools.engagement", p["ways.engagement"]),
        exclusion=ways("schools.exclusion", p["ways.exclusion"]),
        absence=ways("schools.absence", p["ways.absence"]),
        edge=np.concatenate(edge),
    )


def unit_normal(luck: Luck, process: str, count: int) -> np.ndarray:
    """Spaced normal quantiles with a sample standard deviation of exactly one; shape (count,)."""
    z = spaced(luck, process, count)
    return z / z.std(ddof=1) if count > 1 else z

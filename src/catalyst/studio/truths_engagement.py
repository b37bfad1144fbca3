"""The truth table ``school_engagement``: every pupil's true class of engagement in each spring term.

It stands under the release's pupil reference, so that a chapter can lay what it found beside what was true.
Depends on the world, the records of absence and the release's keys.
"""

import numpy as np
import pandas as pd

from catalyst.records import npd_absence
from catalyst.release import keys
from catalyst.world.engagement import CLASSES
from catalyst.world.life import Lives
from catalyst.world.luck import Luck

SPRING = 1


def table(lives: Lives, seed: int) -> pd.DataFrame:
    """The true classes of the pupils of some whole families.

    Returns
    -------
    pandas.DataFrame
        PupilMatchingRefAnonymous, AcademicYear, true_class: one row a pupil and academic year with a place on
        a school's roll in the spring term.
    """
    terms = npd_absence.terms()
    spring = np.flatnonzero(terms.term == SPRING)
    now = npd_absence.class_by_term(lives)[:, spring]
    there = npd_absence.presence(lives)[0][:, spring] > 0
    child, column = np.nonzero(there & (now >= 0))
    reference = keys.texts(keys.numbers(Luck(seed), "pupil reference", lives.children["child"]))
    return pd.DataFrame(
        {
            "PupilMatchingRefAnonymous": reference[child],
            "AcademicYear": terms.year[spring[column]].astype(np.int16),
            "true_class": pd.Categorical.from_codes(now[child, column], CLASSES),
        }
    )

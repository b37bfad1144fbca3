"""The truth behind a release's flaws: how often each came about, and who stands behind the keys of its spine.

What was declared and what came about stand in the truth manifest too, a row for each flaw. Depends on the
release's manifest, which names the preset, and on flaws_truth.
"""

import numpy as np
import pandas as pd

from catalyst import paths
from catalyst.release import flaws_truth
from catalyst.release.asked import CLEAN
from catalyst.world.life import Spec

_TAUGHT_BY = "f2"  # the chapter that links records
_COUNTED = "no_return"  # the one flaw whose number is not a share


def preset_of_release() -> str:
    """The preset of flaws of the release in use; a manifest that names none is of a release without flaws."""
    return paths.manifest()["arguments"].get("flaws", CLEAN)


def tables(spec: Spec) -> dict[str, pd.DataFrame]:
    """The truth tables of the flaws of the release in use, by the name that ``truth`` serves them under.

    Parameters
    ----------
    spec : the specification of its world

    Returns
    -------
    dict with ``flaws`` and, for a release with flaws on purpose, ``links``; see ``flaws_truth``
    """
    return flaws_truth.tables(spec, preset_of_release())


def rows(found: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """The rows of the truth manifest that name the flaws and the links.

    Parameters
    ----------
    found : as :func:`tables` gives them

    Returns
    -------
    pandas.DataFrame
        Columns of the truth manifest: ``flaws.<flaw>`` with the group in brackets, where there is one, and
        its declared and realised rate; ``links.<table>`` with the number of its keys in ``truth("links")``.
    """
    flaws = found["flaws"]
    who = np.where(flaws["who"] == "", "", " (" + flaws["who"] + ")")
    out = pd.DataFrame(
        {
            "parameter": "flaws." + flaws["flaw"] + who,
            "scale": np.where(flaws["flaw"] == _COUNTED, "number of authorities", "probability"),
            "estimand": flaws["kind"]
            + ": "
            + flaws["column"].where(flaws["column"] != "rows", flaws["table"]),
            "planted": flaws["declared"],
            "superpopulation": flaws["declared"],
            "realised": flaws["realised"].astype(float),
            "chapter": flaws["chapter"],
        }
    )
    if "links" not in found:
        return out
    keys = found["links"].groupby("table", sort=False).size()
    links = pd.DataFrame(
        {
            "parameter": "links." + keys.index,
            "scale": "number of keys",
            "estimand": 'keys of this table whose person is told by truth("links")',
            "planted": np.nan,
            "superpopulation": np.nan,
            "realised": keys.to_numpy(dtype=float),
            "chapter": _TAUGHT_BY,
        }
    )
    return pd.concat([out, links.astype(out.dtypes)], ignore_index=True)

"""The truth behind a release with flaws: their realised rates, and who is who in the linkage spine.

Neither belongs into a release. The clean value behind any flaw stands in the release of the same world made
without flaws, under the same keys. Depends on the world, extract, flaws and keys.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from catalyst.records.columns import Table
from catalyst.release import extract, flaws, flaws_keys, keys
from catalyst.release.flaws_rates import Preset
from catalyst.world.life import Spec, World
from catalyst.world.luck import Luck


def tables(spec: Spec, preset: str) -> dict[str, pd.DataFrame]:
    """Lives a world again, block by block, and tells what was spoiled in it.

    Parameters
    ----------
    spec : the specification of the release's world
    preset : its preset of flaws

    Returns
    -------
    dict with ``flaws`` (see ``flaws.realised``) and, where there are any, ``links`` (see :func:`links`)

    Raises
    ------
    CourseError
        If there is no such preset.
    """
    rates = flaws.preset(preset)
    world = World(spec)
    luck = keys.luck_of(spec.seed, spec.children)
    tallies, found = [], []
    for block in world.blocks():
        records = extract.records_of(world.live(block))
        spoiled, some = flaws.spoil(records, len(world.places.code), luck, rates)
        tallies += some
        if rates.any:
            found.append(links(spoiled, world.places.code, luck, rates))
    out = {"flaws": flaws.realised(tallies)}
    return out | ({"links": pd.concat(found, ignore_index=True)} if found else {})


def links(spoiled: dict[str, Table], places: np.ndarray, luck: Luck, rates: Preset) -> pd.DataFrame:
    """Who stands behind each key of the linkage spine.

    Parameters
    ----------
    spoiled : tables of ``flaws.spoil``
    places : codes of the authorities

    Returns
    -------
    pandas.DataFrame
        Columns table, LEA (of children's services, else missing), key (as released in that table) and child,
        a number that is the same wherever the person is the same.
    """
    return pd.concat(
        [
            pd.DataFrame({"table": name, "LEA": lea, "key": keys.texts(number), "child": child})
            for name, lea, number, child in _keys(spoiled, places, luck, rates)
        ],
        ignore_index=True,
    )


def _keys(spoiled: dict[str, Table], places: np.ndarray, luck: Luck, rates: Preset) -> Iterator[tuple]:
    if "linkage_school" in spoiled:
        table = spoiled["linkage_school"]
        both = [keys.numbers(luck, what, table["child"]) for what in flaws_keys.REFERENCES]
        yield "linkage_school", None, np.where(table["unit"] % 2 == 1, both[1], both[0]), table["child"]
    if "linkage_social_care" in spoiled:
        table = spoiled["linkage_social_care"]
        number = flaws_keys.local_numbers(luck, table["stint"], rates["number_reused"])
        yield "linkage_social_care", np.asarray(places)[table["authority"]], number, table["child"]
    for name, unit, what in (
        ("linkage_hospital", "child", "patient reference"),
        ("linkage_police", "case", "case reference"),
    ):
        if name in spoiled:
            table = spoiled[name]
            yield name, None, keys.numbers(luck, what, table[unit]), table["child"]

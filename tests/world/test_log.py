"""The event log: rows in their final order, whatever the order in which they came."""

import numpy as np
import pytest

from catalyst.world.log import Log, sorted_rows


@pytest.mark.parametrize("rows", [0, 1, 2, 500])
@pytest.mark.parametrize("widest", [10, 10**10, 2**62, 0.5])
def test_rows_are_sorted_as_numpy_sorts_them(rows, widest):
    """Many ties; numbers that fit into one number a row, that do not, and fractions."""
    rng = np.random.default_rng(rows)
    wide = rng.random(rows) if widest < 1 else rng.integers(-widest, widest, rows)
    ranks = [
        rng.integers(-1, 4, rows).astype(np.int8),
        rng.integers(0, 2, rows).astype(bool),
        rng.integers(-1, 3, rows).astype(np.int32),
        wide,
    ]
    for some in (ranks, ranks[::-1], ranks[:1]):
        np.testing.assert_array_equal(sorted_rows(some), np.lexsort(some))
        ordered = [rank[np.lexsort(some)] for rank in some]
        np.testing.assert_array_equal(sorted_rows(ordered), np.arange(rows))


def test_nothing_added_is_no_row():
    table = Log()["low_income"]
    assert len(table.add(family=np.zeros(0, dtype=np.int64), start=3)) == 0
    assert table.add(family=np.array([5, 6]), start=3).tolist() == [0, 1]
    assert table.count == 2
    assert table.finished(("family", "start"))["end"].tolist() == [-1, -1]

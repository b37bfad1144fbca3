"""The lines of "how often does this work?" that stand in a chapter."""

import pandas as pd
import pytest

from catalyst.studio import recovery_page

LINE = {
    "chapter": "t1",
    "kind": "proper",
    "name": "t1.open_at_12_months",
    "parameter": "t1.open_at_12_months",
    "truth": 0.281,
    "worlds": 100,
    "covered": 0.94,
}
TRAP = {**LINE, "kind": "trap", "name": "dropping open plans", "covered": 0.0}


@pytest.mark.parametrize(
    ("lines", "there", "absent"),
    [
        ([LINE, TRAP], ["in 100 other worlds", "| share open at 12 months | 0.281 | 94% |"], ["left out"]),
        ([LINE, TRAP], ["| dropping open plans | 100% |"], []),
        ([LINE], ["94%"], ["wrong analysis"]),
        ([LINE, {**TRAP, "truth": float("nan")}], ["94%", "are left out"], ["nan", "dropping"]),
        ([{**LINE, "truth": float("nan")}], ["has no line of this one"], ["nan", "|"]),
        ([{**LINE, "chapter": "t2"}], ["has no line of this one"], ["94%"]),
    ],
)
def test_a_chapter_has_its_own_lines(lines, there, absent):
    text = recovery_page.lines_of("t1", pd.DataFrame(lines))
    assert text.startswith(":::{dropdown} ") and text.rstrip().endswith(":::")
    assert "{ref}`" in text and "<how-often>`" in text
    assert [words for words in there if words not in text] == []
    assert [words for words in absent if words in text] == []

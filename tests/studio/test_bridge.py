"""The bridge page: its Python runs on the course's data in the order of the page, and all five are there."""

import ast
import re

import pytest

LANGUAGES = ["Python", "Stata", "R", "SPSS", "Excel"]


@pytest.fixture(scope="module")
def operations(root) -> dict[str, dict[str, str]]:
    """The code of each operation by language."""
    page = (root / "book" / "bridge.md").read_text(encoding="utf-8")
    parts = re.split(r"^## (\d+\. .+)$", page, flags=re.MULTILINE)[1:]
    tab = re.compile(
        r"^:::\{tab-item\} (\w+)\n:sync: \w+\n```\w+\n(.*?)\n```\n:::$", re.DOTALL | re.MULTILINE
    )
    return {title: dict(tab.findall(text)) for title, text in zip(parts[::2], parts[1::2], strict=True)}


def test_twenty_operations_in_five_languages(operations):
    assert [title.split(".")[0] for title in operations] == [str(n) for n in range(1, 21)]
    for title, codes in operations.items():
        assert list(codes) == LANGUAGES, title
        assert all(code.strip() for code in codes.values()), title


def test_the_python_runs_and_gives_something_at_every_step(operations, root, monkeypatch):
    monkeypatch.chdir(root)
    names: dict = {}
    for title, codes in operations.items():
        tree = ast.parse(codes["Python"])
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, title, "exec"), names)
        if last:
            value = eval(compile(ast.Expression(last.value), title, "eval"), names)
            assert value is not None and getattr(value, "size", 1), title
    rows, plans = names["rows"], names["plans"]
    assert rows["category"].notna().all() and (rows["days"] >= 0).all()
    assert not plans.duplicated(["LEA", "LAchildID", "start"]).any()
    assert 0 < len(plans) < len(rows) and plans["IDACIDecile"].notna().all()
    assert plans["next_start"].dropna().gt(plans["start"][plans["next_start"].notna()]).all()
    assert plans["band"].notna().all() and names["by_year"].to_numpy().sum() == len(rows)
    assert names["never_looked_after"]["PupilMatchingRefAnonymous"].notna().all()
    assert 0 < names["curve"].predict(365) < 1 and 0 < names["model"].pvalues.iloc[1] <= 1

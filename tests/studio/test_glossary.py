"""Terms of the glossary: found in prose, not in code; linked by any of an entry's names."""

import nbformat
import pytest

from catalyst.studio import glossary

PAGE = """# Glossary

```{glossary}
Risk set
Set at risk
  Those at risk, see {term}`risk set`.

  More of it.

Placement
  A home.

SSDA903
  A return.

31 March
  A day.
```
"""


@pytest.fixture
def known(tmp_path):
    path = tmp_path / "glossary.md"
    path.write_text(PAGE, encoding="utf-8")
    return glossary.terms(path)


def test_terms_and_other_names(known):
    assert known == {
        "Risk set": "Risk set",
        "Set at risk": "Risk set",
        "Placement": "Placement",
        "SSDA903": "SSDA903",
        "31 March": "31 March",
    }


@pytest.mark.parametrize(
    ("prose", "missing"),
    [
        ("The risk set of a day", ["Risk set"]),
        ("Risk\nsets, again", ["Risk set"]),
        ("The set at risk", ["Risk set"]),
        ("The {term}`risk set`, then risk sets", []),
        ("The {term}`those <Set at risk>`, then the risk set", []),
        ("`risk set` and [words](risk set) and $risk set$", []),
        ("## Risk set\n\nWords", []),
        ("```python\nrisk set\n```", []),
        ("A placement ends", []),
        ("In SSDA903 it ends on 31 March", ["SSDA903"]),
        ("a non-risk set", []),
    ],
)
def test_what_is_used_without_a_link(known, prose, missing):
    assert glossary.unlinked(prose, known) == missing


def test_links_that_lead_nowhere(known):
    assert glossary.unknown("{term}`risk set`, {term}`it <placement>`, {term}`hazard`", known) == ["hazard"]


def test_what_is_linked_is_the_first_use_in_prose(known):
    cells = [
        nbformat.v4.new_markdown_cell("## The risk set\n\n`risk set`"),
        nbformat.v4.new_code_cell("# risk set"),
        nbformat.v4.new_markdown_cell("Two risk\nsets, and a risk set in SSDA903."),
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    assert glossary.link(notebook, known) == ["risk sets", "SSDA903"]
    assert cells[0].source == "## The risk set\n\n`risk set`"
    assert cells[2].source == "Two {term}`risk sets <Risk set>`, and a risk set in {term}`SSDA903`."
    assert glossary.link(notebook, known) == []


def test_the_books_own_glossary_is_read():
    known = glossary.terms()
    assert len(known) > 90 and known["31 March"] == "Thirty-first of March"

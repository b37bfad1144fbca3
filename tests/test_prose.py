"""All prose: spelt as in the United Kingdom, every acronym explained, nothing left to be filled in."""

import re
from pathlib import Path

import pytest

from catalyst.release import schema
from catalyst.studio import glossary, prose

# Words of the field, of the methods and of the tools that no general dictionary has; one a line.
DOMAIN = Path(__file__).parent / "domain_words.txt"
ACRONYM = re.compile(r"(?<![\w.&'’-])([A-Z]{2,6})(?=s?\b)(?![\w-])")
# Everyday abbreviations, names that organisations and programs call themselves, and licences.
EVERYDAY = {
    "AA", "ARM", "BY", "CC", "CSV", "GB", "HM", "HTML", "IT", "MB", "MIT", "NSPCC", "UCL",
    "PDF", "README", "SDV", "SPSS", "TACT", "TOML", "UK", "USB", "WCAG", "XML", "YAML",
}  # fmt: skip
# How official codes begin.
BEGINNINGS = {"UN", "XX"}
PLACEHOLDER = re.compile(
    r"\b(?:TODO|TBC|TBD|FIXME|XXX+|TO FILL|[Ll]orem ipsum|[Cc]oming soon|[Uu]nder construction)\b|\?\?\?"
)


@pytest.fixture(scope="module")
def pieces(root) -> list[tuple[str, str]]:
    return list(prose.pieces(root))


@pytest.fixture(scope="module")
def official() -> set[str]:
    """Codes and columns of the returns: official names, which the dictionary explains one by one."""
    columns = [column for table in schema.every().values() for column in table.columns.values()]
    return {column.name for column in columns} | {code for column in columns for code in column.codes}


def unexplained(pieces, known: set[str]) -> dict[str, str]:
    """Acronyms that are not known, each with the first place where it stands."""
    found: dict[str, str] = {}
    for name, text in pieces:
        for acronym in ACRONYM.findall(text):
            if acronym not in known:
                found.setdefault(acronym, name)
    return found


def test_every_acronym_is_in_the_glossary(pieces, official):
    # Returns' own abbreviations must be explained although a column or a code has the same name.
    field = {"CIN", "UPN"}
    assert unexplained(pieces, glossary.acronyms() | (official - field) | EVERYDAY | BEGINNINGS) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The NQX and two NQXs", {"NQX"}),
        ("`NQX` and [words](NQX.md) and $NQX$", set()),
        ("```python\nNQX = 1\n```", set()),
        ("```{note}\nThe NQX\n```", {"NQX"}),
        ("An NQX-like thing, NQX1", set()),
        ("```{note} Title\n:class: tip\nFirst\n```\n\nThe NQX", {"NQX"}),
        ("<!-- a comment -->\nThe NQX\n<!-- another -->", {"NQX"}),
    ],
)
def test_what_counts_as_an_acronym(text, found):
    assert set(unexplained([("here", prose.plain(text))], set())) == found


def test_nothing_is_left_to_be_filled_in(pieces):
    found = [f"{name}: {match[0]}" for name, text in pieces for match in PLACEHOLDER.finditer(text)]
    assert found == []


@pytest.mark.parametrize("text", ["TODO: more", "Lorem ipsum dolor", "TBC", "What is ???"])
def test_what_counts_as_left_to_be_filled_in(text):
    assert PLACEHOLDER.search(prose.plain(text))


@pytest.fixture(scope="module")
def spelling():
    """The words of a general English list, British where the two differ, and those of the field."""
    import codespell_lib
    from spellchecker import SpellChecker

    american: dict[str, set[str]] = {}
    table = Path(codespell_lib.__file__).parent / "data" / "dictionary_en-GB_to_en-US.txt"
    for line in table.read_text(encoding="utf-8").splitlines():
        british, _, words = line.partition("->")
        for word in words.split(","):
            if word.strip():
                american.setdefault(word.strip(), set()).add(british)
    british = {word for words in american.values() for word in words}
    own = {word for word in DOMAIN.read_text(encoding="utf-8").split("\n") if word}
    english = set(SpellChecker(language="en").word_frequency.dictionary)
    return (english - set(american)) | british | own


def misspelt(pieces, known: set[str]) -> dict[str, str]:
    """Words in small letters that no list has, each with the first place where it stands."""
    found: dict[str, str] = {}
    for name, text in pieces:
        for word in re.findall(
            r"(?<![\w.’'@#-])[a-zà-öø-ÿ]{3,}(?:['’][a-z]+)?(?![\w@])", text.replace("’", "'")
        ):
            stem = word.removesuffix("'s").removesuffix("s'")
            if not known.intersection((word, stem, stem.removesuffix("s"), stem.removesuffix("es"))):
                found.setdefault(word, name)
    return found


def test_every_word_is_spelt_as_a_list_has_it(pieces, spelling):
    assert misspelt(pieces, spelling) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The colour of teh behavior", {"teh", "behavior"}),
        ("an analysis of children's plans, pseudonymised", set()),
        ("`teh` and {term}`cohort`", set()),
    ],
)
def test_what_counts_as_misspelt(text, found, spelling):
    assert set(misspelt([("here", prose.plain(text))], spelling)) == found


def test_the_list_of_the_field_is_in_order_and_needed():
    words = DOMAIN.read_text(encoding="utf-8").splitlines()
    assert words == sorted(set(words))

"""The children in need census as the DfE's XML: one message an authority and year.

How it nests is told in the census's business and technical specification (section 6.3, "XML schema").
Depends on nothing but pandas.
"""

from collections import defaultdict
from xml.etree import ElementTree as tree

import pandas as pd

_COLLECTION = ("Collection", "Year", "ReferenceDate")
_SOURCE = ("SourceLevel", "LEA", "SoftwareCode", "Release", "SerialNo", "DateTime")
# Columns that tell where a row belongs, which the nesting itself tells here.
_PLACES = {"LAchildID", "CINdetailsID", "AssessmentID", "CPPID", "AssessmentFactors"}
_SEX_SINCE = 2025
_PARTS = ("Assessments", "CINplanDates", "Section47", "ChildProtectionPlans")


def message(tables: dict[str, pd.DataFrame]) -> bytes:
    """The file of one authority and year.

    Parameters
    ----------
    tables : the flat tables of the census by their official names

    Returns
    -------
    bytes : UTF-8 with a declaration; days are ISO dates, flags 0 and 1, what is not recorded has no element
    """
    (header,) = _rows(tables["Header"])
    year = int(header["Year"])
    root = tree.Element("Message")
    top = tree.SubElement(root, "Header")
    _fill(tree.SubElement(top, "CollectionDetails"), header, _COLLECTION)
    _fill(tree.SubElement(top, "Source"), header, _SOURCE)
    children = tree.SubElement(root, "Children")
    by_child = {name: _grouped(frame, 1) for name, frame in tables.items() if name != "Header"}
    deeper = {"AssessmentFactorsList": 3, "Reviews": 3} | dict.fromkeys(_PARTS, 2)
    nested = {name: _grouped(tables[name], depth) for name, depth in deeper.items()}
    for (number,), (identifiers,) in by_child["ChildIdentifiers"].items():
        child = tree.SubElement(children, "Child")
        dropped = "GenderCurrent" if year >= _SEX_SINCE else "Sex"
        own = {name: value for name, value in identifiers.items() if name != dropped}
        _fill(tree.SubElement(child, "ChildIdentifiers"), {"LAchildID": number} | own)
        about = tree.SubElement(child, "ChildCharacteristics")
        for row in by_child["ChildCharacteristics"][number,]:
            _fill(about, row)
        kinds = by_child["Disabilities"].get((number,), [])
        if kinds:
            group = tree.SubElement(about, "Disabilities")
            for row in kinds:
                _fill(group, row)
        for episode in by_child["CINdetails"][number,]:
            _episode(tree.SubElement(child, "CINdetails"), (number, episode["CINdetailsID"]), episode, nested)
    tree.indent(root)
    return tree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def _episode(element: tree.Element, key: tuple, row: dict, nested: dict[str, dict]) -> None:
    _fill(element, row)
    for part in _PARTS:
        for inner in nested[part].get(key, []):
            tag = "CINPlanDates" if part == "CINplanDates" else part
            block = tree.SubElement(element, tag)
            _fill(block, inner)
            if part == "Assessments":
                found = nested["AssessmentFactorsList"].get((*key, inner["AssessmentID"]), [])
                group = tree.SubElement(block, "FactorsIdentifiedAtAssessment") if found else None
                for factor in found:
                    tree.SubElement(group, "AssessmentFactors").text = factor["AssessmentFactor"]
            if part == "ChildProtectionPlans":
                for review in nested["Reviews"].get((*key, inner["CPPID"]), []):
                    # A reader that keeps one date a block still finds them all.
                    _fill(tree.SubElement(block, "Reviews"), review)


def _fill(element: tree.Element, row: dict, names: tuple[str, ...] | None = None) -> None:
    for name in names or row:
        value = row[name]
        if (names is None and name in _PLACES and name != "LAchildID") or pd.isna(value):
            continue
        if name == "LAchildID" and element.tag != "ChildIdentifiers":
            continue
        day = isinstance(value, pd.Timestamp)
        tree.SubElement(element, name).text = value.strftime("%Y-%m-%d") if day else str(value)


def _rows(frame: pd.DataFrame) -> list[dict]:
    return frame.to_dict("records")


def _grouped(frame: pd.DataFrame, depth: int) -> dict[tuple, list[dict]]:
    """Rows by their first ``depth`` columns, in the order in which they stand."""
    keys = list(frame.columns[:depth])
    out: dict[tuple, list[dict]] = defaultdict(list)
    for row in _rows(frame):
        out[tuple(row[key] for key in keys)].append(row)
    return dict(out)

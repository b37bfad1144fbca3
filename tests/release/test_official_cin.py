"""The census in the official layout: its XML, its flat files, and the rules that a whole return can break.

The rules that exports share with the records are proved by planted faults in ``tests/records``.
"""

from xml.etree import ElementTree as tree

import pandas as pd
import pytest
from official_census import tables

from catalyst.records.rules_cin import CIN as OF_RECORDS
from catalyst.release.official import cin_csv, cin_xml, read
from catalyst.release.official.rules_cin import CIN, QUERIES, check_letter

WHO, CASES, SEEN, FACTORS = (
    "cin_child_identifiers",
    "cin_details",
    "cin_assessments",
    "cin_assessment_factors",
)
PLANS, KINDS = "cin_child_protection_plans", "cin_disabilities"


@pytest.fixture(scope="module")
def good():
    """The hand-made census, written as XML and read back."""
    return read.released([("501", 2025, read.xml(cin_xml.message(tables())))])


def put(table, column, value, **where):
    def plant(t):
        frame = t[table] = t[table].copy()
        keep = pd.Series(True, index=frame.index)
        for name, wanted in where.items():
            keep &= frame[name] == wanted
        dated = pd.api.types.is_datetime64_any_dtype(frame[column])
        frame.loc[frame.index[keep][0], column] = pd.Timestamp(value) if dated else value

    return plant


def add(table, **values):
    def plant(t):
        t[table] = pd.concat([t[table], t[table].head(1).assign(**values)], ignore_index=True)

    return plant


def every(table, column, value):
    return lambda t: t.update({table: t[table].assign(**{column: value})})


def both(*steps):
    def plant(t):
        for step in steps:
            step(t)

    return plant


def drop(table, **where):
    def plant(t):
        (column, value), *_ = where.items()
        t[table] = t[table][t[table][column] != value]

    return plant


FAULTS = {
    "UN1-7": put(WHO, "UPNunknown", "UN8"),
    "4220": put("cin_child_characteristics", "Ethnicity", "WBR"),
    "8540 codes": put(KINDS, "Disability", "none"),
    "8640": put(CASES, "ReasonForClosure", "RC10", LAchildID="SUPPORT"),
    "8650": put(CASES, "PrimaryNeedCode", "A2"),
    "8945Q/8950Q": put(FACTORS, "AssessmentFactor", "18A", AssessmentFactor="18C"),
    "8905": put(PLANS, "InitialCategoryOfAbuse", "neglect"),
    "8910": put(PLANS, "LatestCategoryOfAbuse", None),
    "100": put("cin_header", "ReferenceDate", "2025-04-01"),
    "8500/1570/1580": put(WHO, "LAchildID", "A-1"),
    "1510": put(WHO, "UPN", "B801200001001"),
    "1520": both(put(WHO, "UPN", "A1", LAchildID="PLAN"), put(WHO, "UPN", "A1", LAchildID="NFA")),
    "1540": put(WHO, "UPN", "A8012X0001001"),
    "1550Q": put(WHO, "UPN", "A801200001001"),
    "1560Q": put(WHO, "FormerUPN", "12"),
    "4180": put(WHO, "Sex", None),
    "2886Q": put(WHO, "Sex", "U"),
    "8794": add(KINDS),
    "2888Q": drop(KINDS, LAchildID="DIED"),
    "2887Q": every(KINDS, "Disability", "AUT"),
    "8535Q/4009Q/8920": put(WHO, "PersonDeathDate", "2011-09-08", LAchildID="DIED"),
    "8606 exact": put(WHO, "PersonBirthDate", "2025-03-29", LAchildID="PLAN"),
    "8568": put(CASES, "ReferralNFA", None),
    "8866": put(CASES, "ReferralSource", None),
    "8620 NFA": put(CASES, "CINclosureDate", "2024-10-02", LAchildID="NFA"),
    "4010": put("cin_plan_dates", "CINPlanStartDate", None),
    "STARTS": put("cin_section47", "S47ActualStartDate", None),
    "4003 ends": add(
        "cin_plan_dates", LAchildID="PLAN", CINPlanStartDate=pd.Timestamp("2025-02-18"), CINPlanEndDate=pd.NaT
    ),
    "8720": put(PLANS, "CPPstartDate", None),
    "8730": put(PLANS, "NumberOfPreviousCPP", -1),
    "8898": add(FACTORS),
    "2883": add(PLANS, CPPID=2),
    "INT": put(SEEN, "LAchildID", "NOBODY"),
    "2991Q": drop(SEEN, LAchildID="PLAN"),
    "8670Q": put(SEEN, "AssessmentActualStartDate", "2025-01-24", LAchildID="Q1"),
    "8675Q": both(
        put("cin_section47", "DateOfInitialCPC", None),
        put("cin_section47", "S47ActualStartDate", "2025-03-07"),
    ),
}
OWN = {number: rule for number, rule in (CIN | QUERIES).items() if number not in OF_RECORDS}


def test_every_rule_of_its_own_has_a_planted_fault():
    assert set(FAULTS) == set(OWN)


@pytest.mark.parametrize("number", CIN | QUERIES)
def test_the_hand_made_census_is_right(number, good):
    assert len((CIN | QUERIES)[number].find(dict(good))) == 0


@pytest.mark.parametrize("number", OWN)
def test_a_planted_fault_is_found(number, good):
    broken = dict(good)
    FAULTS[number](broken)
    assert len(OWN[number].find(broken)) > 0, OWN[number].demand


def test_xml_and_flat_files_say_the_same():
    from_xml, from_csv = read.xml(cin_xml.message(tables())), read.csv_folder("cin", cin_csv.files(tables()))
    assert list(from_xml) == list(from_csv)
    for name, frame in from_xml.items():
        pd.testing.assert_frame_equal(frame, from_csv[name], check_dtype=False)


def test_the_message_nests_as_the_specification_says():
    root = tree.fromstring(cin_xml.message(tables()))
    assert [part.tag for part in root] == ["Header", "Children"]
    assert root.findtext("Header/CollectionDetails/ReferenceDate") == "2025-03-31"
    assert root.findtext("Header/Source/LEA") == "501"
    child = root.find("Children/Child")
    assert [part.tag for part in child] == ["ChildIdentifiers", "ChildCharacteristics", "CINdetails"]
    assert child.findtext("CINdetails/Section47/DateOfInitialCPC") == "2024-05-24"
    factors = child.findall("CINdetails/Assessments/FactorsIdentifiedAtAssessment/AssessmentFactors")
    assert [e.text for e in factors] == ["3B", "4B", "18C"]
    plan = child.find("CINdetails/ChildProtectionPlans")
    assert [group.findtext("CPPreviewDate") for group in plan.findall("Reviews")] == [
        "2024-08-20",
        "2025-02-18",
    ]
    assert plan.find("CPPendDate") is None, "what is not recorded has no element"
    names = {e.tag for e in root.iter()}
    assert "Sex" in names and "GenderCurrent" not in names
    assert not names & {"CINdetailsID", "AssessmentID", "CPPID"}


def test_earlier_years_say_gender():
    frames = tables()
    frames["Header"] = frames["Header"].assign(Year="2024")
    frames["ChildIdentifiers"] = frames["ChildIdentifiers"].assign(GenderCurrent="2")
    names = {e.tag for e in tree.fromstring(cin_xml.message(frames)).iter()}
    assert "GenderCurrent" in names and "Sex" not in names


def test_the_check_letter_of_a_pupil_number():
    """8 0 1 2 0 0 0 0 1 0 0 1 weighed 2 to 13 sums to 16 + 4 + 10 + 10 + 13 = 53, 7 modulo 23."""
    assert check_letter("?801200001001") == "H"

"""One planted fault for every validation rule: a change of the hand-made release that makes it fire."""

import numpy as np
import pandas as pd

WHO, KIND, CASES, SEEN = "cin_child_identifiers", "cin_disabilities", "cin_details", "cin_assessments"
FACTORS, SUPPORT, ENQUIRY = "cin_assessment_factors", "cin_plan_dates", "cin_section47"
PLANS, REVIEWS, HEADER, CARE = (
    "cin_child_protection_plans",
    "cin_reviews",
    "ssda903_header",
    "ssda903_episodes",
)


class Copy(dict):
    """A copy of the release to plant faults in."""

    def __init__(self, frames):
        super().__init__(
            {
                name: frame.astype(
                    {c: object for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)}
                )
                for name, frame in frames.items()
            }
        )

    def rows(self, table: str, **where) -> np.ndarray:
        """Index of the rows where columns hold these values (None: nothing)."""
        frame, keep = self[table], np.ones(len(self[table]), dtype=bool)
        for column, value in where.items():
            keep &= (frame[column].isna() if value is None else frame[column] == value).to_numpy()
        found = frame.index[keep]
        assert len(found), f"the hand-made world has no such row in {table}: {where}"
        return found

    def put(self, table: str, column: str, value, **where) -> None:
        """Writes a value into the first row that fits."""
        row = self.rows(table, **where)[0]
        if isinstance(value, pd.Timedelta | pd.DateOffset):
            value = self[table].loc[row, column] + value
        self[table].loc[row, column] = value

    def move(self, table: str, column: str, to: str, days: int, **where) -> None:
        """Sets a date some days from another date of the first row in which both stand."""
        rows = self[table].loc[self.rows(table, **where)].dropna(subset=to)
        self[table].loc[rows.index[0], column] = rows[to].iloc[0] + pd.Timedelta(days=days)

    def double(self, table: str, **changes) -> None:
        """Adds the first row again, changed."""
        extra = self[table].head(1).assign(**changes)
        self[table] = pd.concat([self[table], extra], ignore_index=True)

    def drop(self, table: str, **where) -> None:
        """Takes rows out."""
        self[table] = self[table].drop(self.rows(table, **where)).reset_index(drop=True)


def at(text: str) -> pd.Timestamp:
    return pd.Timestamp(text)


def _two_open(t: Copy) -> None:
    row = t.rows(CASES, ReasonForClosure="RC8", CINdetailsID=1, Year=2020)[0]
    t[CASES].loc[row, ["CINclosureDate", "ReasonForClosure"]] = [pd.NaT, None]


def _nfa_with_work(t: Copy) -> None:
    t.put(CASES, "ReferralNFA", 1, ReasonForClosure="RC7")


def _fruitless_with_plan(t: Copy) -> None:
    t.put(CASES, "ReasonForClosure", "RC8", CINclosureDate=at("2020-06-01"))
    t.put(PLANS, "CPPstartDate", at("2019-06-10"), CPPendDate=at("2020-03-02"))


def _overlap_in_support(t: Copy) -> None:
    t.double(SUPPORT)


def _spare_assessment(t: Copy) -> None:
    t.double(SEEN, AssessmentID=2)


def _twenty_one_and_more(t: Copy) -> None:
    t.put(FACTORS, "AssessmentFactor", "21", AssessmentFactor="18A")


def _spare_enquiry(t: Copy) -> None:
    t.double(ENQUIRY)


def _transfer_is_enquiry(t: Copy) -> None:
    rows = t[ENQUIRY].dropna(subset="DateOfInitialCPC").index
    key = t[ENQUIRY].loc[rows[0]]
    same = {c: key[c] for c in ("LEA", "LAchildID", "Year", "CINdetailsID")}
    t.put(CASES, "DateOfInitialCPC", key["DateOfInitialCPC"], **same)


def _support_under_plan(t: Copy) -> None:
    t.put(SUPPORT, "CINPlanStartDate", at("2017-01-20"), CINPlanStartDate=at("2017-02-10"), Year=2017)


def _leaver(t: Copy, **changes) -> None:
    """Adds a care leaver to the header and to the list of care leavers, with something wrong."""
    row = t[HEADER].head(1).assign(CHILD="LEAVER", DOB=at("2002-05-01"), Year=2020, MOTHER=None)
    t[HEADER] = pd.concat([t[HEADER], row], ignore_index=True)
    told = {"IN_TOUCH": "YES", "ACTIV": "F2", "ACCOM": "K1"} | changes
    extra = row[["LEA", "CHILD", "Year", "DOB"]].assign(**told)
    t["ssda903_oc3"] = extra


def _tables(name: str, column: str, value, **where):
    return lambda t: t.put(f"ssda903_{name}", column, value, **where)


def _care(column: str, value, **where):
    return lambda t: t.put(CARE, column, value, **where)


FAULTS = {
    "8510": lambda t: t.double(WHO),
    "8590": lambda t: t.drop(CASES, ReferralNFA=1),
    "8525Q": lambda t: t.put(WHO, "PersonBirthDate", at("2016-03-01"), PersonBirthDate=None),
    "8520": lambda t: t.put(WHO, "PersonBirthDate", at("2019-05-01"), Year=2018),
    "8530Q": lambda t: t.put(WHO, "ExpectedPersonBirthDate", at("2016-02-01"), PersonBirthDate=None),
    "8545Q": lambda t: t.put(WHO, "PersonDeathDate", at("2019-03-31"), PersonDeathDate=at("2019-09-02")),
    "8775Q": lambda t: t.put(WHO, "PersonBirthDate", at("1989-05-01"), Year=2016),
    "4180/8750": lambda t: t.put(WHO, "GenderCurrent", "1", PersonBirthDate=None),
    "8770Q": lambda t: (
        t.put(WHO, "UPNunknown", "UN1", PersonBirthDate=at("2006-03-01"))
        or t.put(WHO, "PupilMatchingRefAnonymous", None, PersonBirthDate=at("2006-03-01"))
    ),
    "8772": lambda t: t.put(WHO, "UPNunknown", "UN7", Year=2016),
    "8540": lambda t: t.drop(KIND, Disability="MOB") or t.drop(KIND, Disability="HEAR"),
    "8790": lambda t: t.put(KIND, "Disability", "NONE", Disability="MOB"),
    "8600": lambda t: t.put(CASES, "CINreferralDate", at("2018-04-01"), ReferralNFA=1),
    "8606": lambda t: t.put(
        CASES, "CINreferralDate", at("2015-05-01"), CINreferralDate=at("2016-02-15"), Year=2017
    ),
    "8610": lambda t: t.put(CASES, "PrimaryNeedCode", None, PrimaryNeedCode="N2"),
    "8620": lambda t: t.put(CASES, "CINclosureDate", at("2018-04-01"), CINclosureDate=at("2017-06-01")),
    "8630": lambda t: t.put(CASES, "CINclosureDate", at("2021-02-10"), CINclosureDate=at("2021-06-01")),
    "8805/8810": lambda t: t.put(CASES, "ReasonForClosure", None, ReasonForClosure="RC7"),
    "8815/8816": _two_open,
    "8820": lambda t: t.put(CASES, "CINclosureDate", at("2020-01-20"), CINclosureDate=at("2019-12-02")),
    "8585Q": lambda t: t.put(CASES, "ReasonForClosure", "RC2", ReasonForClosure="RC7"),
    "8555Q/4008/8915": lambda t: t.put(
        WHO, "PersonDeathDate", at("2019-06-01"), PersonDeathDate=at("2019-09-02")
    ),
    "8825Q": lambda t: t.drop(SEEN, AssessmentFactors="20"),
    "2990": lambda t: t.put(CASES, "ReasonForClosure", "RC9", ReasonForClosure="RC7"),
    "8831/8832/4000": _nfa_with_work,
    "8569Q": lambda t: t.put(CASES, "CINreferralDate", at("2017-03-31"), ReferralNFA=1),
    "1103/1104/1105/2889/4015": lambda t: t.put(
        SEEN, "AssessmentActualStartDate", at("2015-06-01"), Year=2016
    ),
    "8565": lambda t: t.put(SUPPORT, "CINPlanEndDate", at("2017-06-02"), CINPlanEndDate=at("2017-05-30")),
    "8608": lambda t: t.move(SEEN, "AssessmentActualStartDate", "AssessmentAuthorisationDate", 1),
    "8696": lambda t: t.put(SEEN, "AssessmentAuthorisationDate", at("2016-04-01"), Year=2016),
    "8736": lambda t: t.put(
        SEEN, "AssessmentActualStartDate", at("2020-03-01"), AssessmentAuthorisationDate=None
    ),
    "8867": lambda t: t.put(SEEN, "AssessmentAuthorisationDate", pd.NaT, AssessmentFactors="20"),
    "8863Q/8896": _spare_assessment,
    "8614/8897Q": lambda t: t.drop(FACTORS, AssessmentFactor="20"),
    "8869": _twenty_one_and_more,
    "8873Q": lambda t: t.put(FACTORS, "AssessmentFactor", "21", AssessmentFactor="6A"),
    "4013": lambda t: t.put(SUPPORT, "CINPlanEndDate", at("2018-04-02"), CINPlanEndDate=at("2017-05-30")),
    "4011/4012Q": lambda t: t.move(SUPPORT, "CINPlanEndDate", "CINPlanStartDate", 0),
    "4014/4004": _overlap_in_support,
    "4001/4016/4017": _support_under_plan,
    "4003": lambda t: t.put(REVIEWS, "CPPreviewDate", at("2017-03-01"), CPPreviewDate=at("2017-02-10")),
    "8615": lambda t: t.move(ENQUIRY, "S47ActualStartDate", "DateOfInitialCPC", 1),
    "8715": lambda t: t.put(ENQUIRY, "DateOfInitialCPC", at("2016-04-01"), DateOfInitialCPC=at("2015-07-15")),
    "8740": lambda t: t.put(
        ENQUIRY, "S47ActualStartDate", at("2024-03-25"), S47ActualStartDate=at("2025-03-24")
    ),
    "8868": lambda t: t.put(ENQUIRY, "ICPCnotRequired", 0, ICPCnotRequired=1),
    "8839/8890": _spare_enquiry,
    "8870Q/8875": lambda t: t.put(ENQUIRY, "InitialCPCtarget", at("2015-07-25"), Year=2016),
    "2884": _transfer_is_enquiry,
    "2885": lambda t: t.put(PLANS, "CPPstartDate", at("2015-07-16"), Year=2016),
    "8930": lambda t: t.put(PLANS, "CPPendDate", at("2017-04-01"), CPPendDate=at("2017-02-10")),
    "8925/8840": lambda t: t.move(PLANS, "CPPendDate", "CPPstartDate", 0, CPPendDate=at("2022-11-30")),
    "8935/8940": lambda t: t.double(PLANS),
    "8841": lambda t: t.put(REVIEWS, "CPPreviewDate", at("2015-07-15"), CPPreviewDate=at("2015-10-12")),
    "INT32": lambda t: t.double(HEADER),
    "301/302": lambda t: t.put(HEADER, "DOB", at("2014-02-01"), Year=2015),
    "399/607/628": lambda t: t.put(HEADER, "MOTHER", "0", MOTHER=None),
    "141/501": lambda t: t.put(CARE, "DEC", at("2016-08-09"), DEC=at("2016-08-01")),
    "slice": lambda t: t.put(CARE, "DECOM", at("2015-04-01"), Year=2015),
    "148": _care("REC", None, REC="E46"),
    "355": lambda t: t.move(CARE, "DECOM", "DEC", 0),
    "385": _care("DEC", at("2019-04-01") + pd.DateOffset(years=1), REC="E46"),
    "388": lambda t: t.drop(CARE, DECOM=at("2016-08-01"), Year=2017),
    "431/432/433": _care("RNE", "S", RNE="L", Year=2018),
    "434/435/436": _care("LS", "C2", LS="C1", REC="X1"),
    "504": _care("CIN", "N4", REC="X1"),
    "225/226/233": _care("REASON_PLACE_CHANGE", None, REASON_PLACE_CHANGE="CREQB"),
    "234": _care("REASON_PLACE_CHANGE", "CUSTOD", REC="E46"),
    "383": _care("PLACE", "T1", RNE="S", Year=2015),
    "386/407": lambda t: t.put(HEADER, "DOB", at("2000-01-01"), DOB=at("2015-01-01"), Year=2020),
    "387/389": _care("REC", "E5", REC="E46"),
    "460": _care("REC", "E17", REC="E46"),
    "516": _care("PLACE", "K2", REC="E43"),
    "527/550": _care("PLACE_PROVIDER", "PR0", RNE="S"),
    "526": _care("PLACE_PROVIDER", None, RNE="S"),
    "213": _care("PLACE_PROVIDER", "PR3", PLACE="U6"),
    "1015": lambda t: (
        t.put(CARE, "PLACE", "K2", PLACE_PROVIDER="PR1") or t.put(CARE, "PL_LOCATION", "OUT", PLACE="K2")
    ),
    "218/222": _care("URN", None, PLACE="U6"),
    "358": _care("LS", "J1", LS="E1"),
    "502/503": _care("LS", "C1", DECOM=at("2014-01-15"), Year=2016),
    "INT11-18": _tables("reviews", "DOB", at("2001-01-01")),
    "EPI/1012": lambda t: t.put("ssda903_missing", "CHILD", "NOBODY"),
    "166": lambda t: t.put("ssda903_reviews", "REVIEW", pd.Timedelta(days=-900)),
    "440/441": _tables("reviews", "REVIEW_CODE", "PN1", REVIEW_CODE="PN0"),
    "INT21": lambda t: t.drop("ssda903_uasc", Year=2025),
    "304": _tables("uasc", "DUC", at("2026-06-01")),
    "406": lambda t: t.put(CARE, "HOME_POST", "a postcode", PLACE="H5"),
    "185/190/191/198": lambda t: t.drop("ssda903_oc2", Year=2016),
    "180/186/188/189/196/197a": _tables("oc2", "SDQ_SCORE", 41),
    "542/543/545/546": _tables("oc2", "HEALTH_CHECK", "1", HEALTH_CHECK=None),
    "158/159/192/193": lambda t: (
        t.put("ssda903_oc2", "SUBSTANCE_MISUSE", "0")
        or t.put("ssda903_oc2", "INTERVENTION_RECEIVED", "1", SUBSTANCE_MISUSE="0")
    ),
    "601/602": lambda t: t.drop("ssda903_ad1", Year=2019),
    "331/333/523/582": lambda t: t.move("ssda903_ad1", "DATE_MATCH", "DATE_INT", -1),
    "335": lambda t: t.put("ssda903_ad1", "FOSTER_CARE", "0"),
    "511/514/517-520/524": lambda t: (
        t.put("ssda903_ad1", "LS_ADOPTR", "L9")
        or t.put("ssda903_ad1", "SEX_ADOPTR", "M1")
        or t.put("ssda903_ad1", "NB_ADOPTR", "2")
    ),
    "551/553": lambda t: t.drop("ssda903_placed_for_adoption", Year=2018),
    "119/120/558": _tables("placed_for_adoption", "REASON_PLACED_CEASED", "RD3"),
    "630/634": lambda t: t.drop("ssda903_previous_permanence", Year=2017),
    "632/633/635": _tables("previous_permanence", "PREV_PERM", "P2"),
    "571/574": lambda t: t.double("ssda903_missing"),
    "578/581": _tables("missing", "MIS_START", at("2013-06-01")),
    "SW02/SW17": _tables("social_workers", "SW_ID", "12"),
    "SW13": _tables("social_workers", "SW_REASON", None, Year=2025),
    "344/345": lambda t: _leaver(t, ACTIV="0"),
    "347/3001": lambda t: _leaver(t, DOB=at("1990-01-01")),
}

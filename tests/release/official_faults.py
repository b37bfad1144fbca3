"""One planted fault for every rule of SSDA903 that exports are judged by: a change that makes it fire."""

from catalyst.release.official.rules_903_codes import _DAYS, _SETS


def _code(table, column):
    return lambda t: t.put(table, t[table]["CHILD"].iloc[0], **{column: "?"})


def _day(table, column):
    return lambda t: t.put(table, t[table]["CHILD"].iloc[0], **{column: None})


def put(table, child, last=False, row=0, **values):
    return lambda t: t.put(table, child, last, row, **values)


def add(table, child, **values):
    return lambda t: t.add(table, child, **values)


def drop(table, child, last=False):
    return lambda t: t.drop(table, child, last)


def both(*steps):
    def run(t):
        for step in steps:
            step(t)

    return run


def episode(child, row=0, **values):
    return put("Episodes", child, row=row, **values)


def header(child, **values):
    return put("Header", child, **values)


def birth(child, day):
    """Another date of birth in every table."""

    def run(t):
        for name, frame in t.now.items():
            if "DOB" in frame:
                for row in range((frame["CHILD"] == child).sum()):
                    t.put(name, child, row=row, DOB=day)

    return run


def oc2(child="STAYS", **values):
    return put("OC2", child, **values)


def ad1(**values):
    return put("AD1", "ADOPTED", **values)


def plan(child="BABY", **values):
    return put("PlacedAdoption", child, **values)


def spell(row=0, **values):
    return put("Missing", "MOVES", row=row, **values)


def _columns(t):
    t.now["Header"] = t.now["Header"][["CHILD", "DOB", "SEX", "ETHNIC", "UPN", "MOTHER", "MC_DOB"]]


def _open_last_year(t):
    t.last["Missing"] = t["Missing"].tail(1)


respite = episode("TINY", LS="V3")
FAULTS = {number: _code(table, column) for number, table, column, _ in _SETS}
FAULTS |= {number: _day(table, column) for number, table, column in _DAYS}
FAULTS |= {
    "FILES": _columns,
    "CHILD": add("Header", "STAYS"),
    "168": header("STAYS", UPN="UN6"),
    "442": header("STAYS", UPN=None),
    "443": respite,
    "444": both(header("STAYS", UPN="A123456789012"), header("MOVES", UPN="A123456789012")),
    "209": header("STAYS", UPN="UN1"),
    "210": header("STAYS", UPN="UN4"),
    "180": oc2(SDQ_SCORE=41),
    "181": oc2(TEETH_CHECK="Y"),
    "632": put("PrevPerm", "AGAIN", DATE_PERM=None),
    "SW02STG1": put("SWEpisodes", "STAYS", SW_ID="AB000001"),
    "142": episode("MOVES", DEC=None, REC=None),
    "148": episode("SETTLED", REC=None),
    "355": episode("AGAIN", DEC="2024-09-02"),
    "356": episode("AGAIN", DEC="2024-09-01"),
    "354/385": episode("SETTLED", DEC="2025-04-01"),
    "OPEN": episode("SETTLED", DEC="2024-03-31"),
    "501": episode("MOVES", row=1, DECOM="2024-08-01"),
    "353": episode("GROWN", DECOM="1990-01-01"),
    "301": header("TINY", DOB="2025-04-02"),
    "302": header("TINY", DOB="2025-01-21"),
    "351": header("LEAVER", DOB="1999-03-31"),
    "352": header("ALONE", DOB="2006-06-09"),
    "359": episode("GROWN", DEC="2024-07-08"),
    "357": episode("TINY", RNE="P"),
    "431": episode("MOVES", row=1, RNE="S"),
    "432": episode("BABY", REC="E4A"),
    "433": episode("BABY", row=1, DECOM="2024-12-03"),
    "434": episode("BABY", row=1, LS="C1"),
    "435": episode("MOVES", row=1, LS="C2"),
    "436": episode("MOVES", row=1, RNE="B"),
    "437": episode("MOVES", REC="E2"),
    "504": episode("MOVES", row=1, CIN="N1"),
    "388": episode("AGAIN", REC="X1"),
    "199": episode("BABY", REC="E12"),
    "225": episode("MOVES", REASON_PLACE_CHANGE=None),
    "226": episode("BABY", REASON_PLACE_CHANGE="CREQB"),
    "233": episode("STAYS", REASON_PLACE_CHANGE="CREQB"),
    "234": both(birth("MOVES", "2014-09-01"), episode("MOVES", REASON_PLACE_CHANGE="CUSTOD")),
    "358": episode("BABY", LS="J1"),
    "361": episode("TINY", LS="L1"),
    "362": episode("TINY", LS="L2"),
    "363": episode("TINY", LS="L3"),
    "364": episode("TINY", LS="J2"),
    "365": respite,
    "366": both(respite, episode("TINY", RNE="P")),
    "367": episode("ALONE", LS="V4"),
    "370": episode("STAYS", PLACE="P2"),
    "371": episode("STAYS", PLACE="H5"),
    "372": episode("BABY", PLACE="R5"),
    "373": episode("TINY", PLACE="S1"),
    "374": episode("STAYS", PLACE="P3"),
    "K3": episode("STAYS", PLACE="K3"),
    "375": episode("MOVES", PLACE="T1"),
    "376": episode("MOVES", PLACE="T3"),
    "379": episode("MOVES", PLACE="T4"),
    "377": both(*(add("Episodes", "TINY", PLACE="T3", DECOM=f"2025-02-0{k}") for k in (1, 2, 3))),
    "378": episode("ALONE", PLACE="P1"),
    "381": episode("TINY", PLACE="T1"),
    "380/383": both(episode("MOVES", PLACE="T1"), episode("MOVES", row=1, RNE="B")),
    "382": both(respite, episode("TINY", PLACE="T1")),
    "384": respite,
    "386": birth("ADOPTED", "2006-01-15"),
    "407": birth("SETTLED", "2006-04-04"),
    "387": episode("AGAIN", REC="E5"),
    "389": episode("AGAIN", REC="E7"),
    "460": episode("AGAIN", REC="E17"),
    "390": episode("ADOPTED", PLACE="U4"),
    "408": episode("ADOPTED", LS="C2"),
    "217": episode("MOVES", row=1, PLACE="A5"),
    "336": both(episode("MOVES", PLACE="K2"), episode("MOVES", row=1, PLACE="A5")),
    "516": episode("SETTLED", PLACE="K2"),
    "451": episode("STAYS", LS="D1"),
    "446": episode("ADOPTED", DECOM="2005-01-01"),
    "526": episode("STAYS", PLACE_PROVIDER=None),
    "213": episode("STAYS", PLACE="Z1"),
    "550": episode("STAYS", PLACE_PROVIDER="PR0"),
    "527": episode("STAYS", PLACE="R2"),
    "528": episode("STAYS", PLACE="R2", PLACE_PROVIDER="PR2"),
    "529": episode("STAYS", PLACE_PROVIDER="PR3"),
    "530": episode("STAYS", PLACE="P1", PLACE_PROVIDER="PR4"),
    "531": episode("STAYS", PLACE="P1", PLACE_PROVIDER="PR5"),
    "218": episode("STAYS", URN=None),
    "222": episode("STAYS", PLACE="P1"),
    "URN": episode("STAYS", URN="SC12"),
    "INT01-10": drop("Header", "STAYS"),
    "INT11-18": put("Reviews", "STAYS", DOB="2012-05-11"),
    "INT21": put("UASC", "ALONE", SEX="F"),
    "INT31": add("OC2", "STAYS"),
    "EPI": both(drop("Episodes", "TINY"), drop("OC3", "TINY")),
    "1012": add("Reviews", "LEAVER"),
    "1014": add("UASC", "LEAVER"),
    "393/607": header("STAYS", MOTHER=None),
    "628": header("LEAVER", MOTHER="0"),
    "174": header("MOVES", MOTHER="1"),
    "611": header("STAYS", MOTHER="1"),
    "612": header("STAYS", MC_DOB="2024-10-01"),
    "620": header("BABY", MOTHER="1"),
    "621": header("STAYS", MC_DOB="2010-01-01"),
    "625": header("STAYS", MC_DOB="2025-06-01"),
    "399": both(respite, add("Reviews", "TINY")),
    "REVIEW": put("Reviews", "MOVES", REVIEW="2025-04-01"),
    "440": put("Reviews", "STAYS", REVIEW_CODE="PN0"),
    "441": put("Reviews", "BABY", REVIEW_CODE="PN1"),
    "406": episode("ALONE", HOME_POST="somewhere"),
    "303": put("UASC", "ALONE", DUC="2008-02-02"),
    "304": put("UASC", "ALONE", DUC="2026-02-04"),
    "DUC": put("UASC", "ALONE", DUC="2025-04-01"),
    "190/198": add("OC2", "TINY"),
    "191": drop("OC2", "BABY"),
    "182": oc2(IMMUNISATIONS=None),
    "187": add("OC3", "STAYS"),
    "186/197b": oc2(SDQ_SCORE=None),
    "188": oc2("BABY", SDQ_SCORE=4),
    "189": birth("STAYS", "2007-03-31"),
    "197a": oc2(SDQ_REASON="SDQ2"),
    "157": oc2(SDQ_SCORE=None, SDQ_REASON="SDQ1"),
    "542": oc2("BABY", CONVICTED="0"),
    "543": oc2(CONVICTED=None),
    "545": oc2("BABY", HEALTH_CHECK=None),
    "546": oc2(HEALTH_CHECK="1"),
    "544/547": oc2(HEALTH_ASSESSMENT=None),
    "192": oc2("MOVES", INTERVENTION_RECEIVED=None),
    "193": oc2(INTERVENTION_RECEIVED="1"),
    "158": oc2("MOVES", INTERVENTION_RECEIVED="1"),
    "159": oc2("MOVES", INTERVENTION_OFFERED=None),
    "OC3": birth("LEAVER", "2009-01-01"),
    "153": put("OC3", "LEAVER", ACTIV=None),
    "344": put("OC3", "LEAVER", IN_TOUCH="DIED"),
    "345": put("OC3", "LEAVER", ACTIV="0"),
    "347": put("OC3", "LEAVER", IN_TOUCH="RHOM"),
    "3001": birth("GROWN", "2007-07-07"),
    "1007": add("OC3", "MOVES"),
    "1000": episode("GROWN", REC="E2"),
    "1010": drop("Episodes", "STAYS"),
    "1011": episode("GROWN", REC="E3"),
    "134": add("OC3", "ADOPTED"),
    "215": add("OC3", "STAYS"),
    "601": drop("AD1", "ADOPTED"),
    "602": add("AD1", "STAYS"),
    "151": ad1(LS_ADOPTR=None),
    "331": ad1(DATE_MATCH="2023-12-05"),
    "333": ad1(DATE_INT="2023-11-02"),
    "334": both(episode("ADOPTED", RNE="S"), ad1(DATE_INT="2023-06-01")),
    "582": ad1(DATE_MATCH="2024-11-20"),
    "335": ad1(FOSTER_CARE="1"),
    "511": ad1(NB_ADOPTR="1"),
    "TWO": ad1(SEX_ADOPTR="M1"),
    "514": ad1(LS_ADOPTR="L0"),
    "517": ad1(LS_ADOPTR="L3", SEX_ADOPTR="FF"),
    "518": ad1(LS_ADOPTR="L4"),
    "519": ad1(LS_ADOPTR="L2", SEX_ADOPTR="F1"),
    "520": ad1(SEX_ADOPTR="MM"),
    "524": ad1(LS_ADOPTR="L12"),
    "L2-MF": both(ad1(LS_ADOPTR="L2"), episode("ADOPTED", DEC="2019-12-30")),
    "119": plan(REASON_PLACED_CEASED="RD1"),
    "117": plan(DATE_PLACED_CEASED="2025-04-01"),
    "118": plan(DATE_PLACED_CEASED="2024-03-31"),
    "184": plan(DATE_PLACED="2023-05-01"),
    "1003": plan(DATE_PLACED="2023-10-09"),
    "522": plan(DATE_PLACED_CEASED="2024-11-14"),
    "523": plan("ADOPTED", DATE_PLACED="2023-06-02"),
    "525/558": plan("ADOPTED", DATE_PLACED_CEASED="2024-06-02"),
    "551": drop("PlacedAdoption", "ADOPTED"),
    "552": plan("ADOPTED", DATE_PLACED="2023-12-05"),
    "553": drop("PlacedAdoption", "BABY"),
    "554": plan(DATE_PLACED="2024-12-03"),
    "557": episode("ADOPTED", REC="E4A"),
    "LEFT": add("PlacedAdoption", "AGAIN"),
    "560": put("PlacedAdoption", "ADOPTED", last=True, DATE_PLACED="2023-05-01"),
    "561": put("PlacedAdoption", "ADOPTED", last=True, DATE_PLACED_CEASED="2024-01-01"),
    "563": plan(DATE_PLACED=None),
    "630": drop("PrevPerm", "TINY"),
    "634": add("PrevPerm", "STAYS"),
    "635": put("PrevPerm", "TINY", LA_PERM="501"),
    "PERM": put("PrevPerm", "AGAIN", DATE_PERM="2024-09-03"),
    "564/565/566": spell(MISSING=None),
    "567": spell(MIS_END="2024-09-30"),
    "570": spell(1, MIS_START="2025-04-01"),
    "571": spell(MIS_END="2025-04-01"),
    "572": spell(MIS_START="2024-03-30"),
    "574/579": spell(MIS_END=None),
    "575": both(spell(MIS_START="2024-08-01"), spell(MIS_END=None)),
    "576": both(spell(1, MIS_START="2024-03-30"), _open_last_year, drop("Missing", "MOVES")),
    "577": add("Missing", "AGAIN", MIS_START="2025-01-10", MIS_END=None),
    "580": add("Missing", "AGAIN", MIS_START="2025-01-10", MIS_END="2025-01-15"),
    "578/581": add("Missing", "AGAIN", MIS_START="2024-09-01", MIS_END="2024-09-03"),
    "SW13STG1": put("SWEpisodes", "STAYS", row=1, SW_REASON=None),
    "SW07STG2": put("SWEpisodes", "STAYS", SW_DEC="2025-04-01"),
    "SW17STG2": put("SWEpisodes", "AGAIN", SW_DEC="2025-01-15"),
    "SWS": drop("SWEpisodes", "TINY"),
    "202": put("Header", "STAYS", last=True, SEX="1"),
    "203": put("Header", "STAYS", last=True, DOB="2012-05-11"),
    "204": put("Header", "STAYS", last=True, ETHNIC="WIRI"),
    "205": lambda t: t.last.update(UASC=t["UASC"].assign(CHILD="STAYS")),
    "207": put("Header", "STAYS", last=True, MOTHER="1"),
    "208": put("Header", "STAYS", last=True, UPN="A123456789012"),
    "624": put("Header", "STAYS", last=True, MC_DOB="2023-05-11"),
    "502": put("Episodes", "STAYS", last=True, DECOM="2022-06-02"),
    "562": drop("Episodes", "STAYS", last=True),
    "503A": put("Episodes", "STAYS", last=True, RNE="L"),
    "503B": put("Episodes", "STAYS", last=True, LS="C1"),
    "503C": put("Episodes", "STAYS", last=True, CIN="N2"),
    "503D": put("Episodes", "STAYS", last=True, PLACE="U5"),
    "503F": put("Episodes", "STAYS", last=True, PLACE_PROVIDER="PR4"),
    "503J": put("Episodes", "STAYS", last=True, URN="SC900099"),
}

"""Flaws on purpose: what is declared comes about, in any block, and without flaws nothing changes."""

import csv
from fnmatch import fnmatch
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from catalyst.errors import CourseError
from catalyst.records.columns import length, take
from catalyst.release import checks, describe, extract, flaws, flaws_truth, manifest, schema
from catalyst.world.life import Spec, World
from catalyst.world.luck import Luck

SPEC = Spec(seed=17, children=2_000, authorities=4)
PMR = "PupilMatchingRefAnonymous"


@pytest.fixture(scope="module")
def world() -> World:
    return World(SPEC)


@pytest.fixture(scope="module")
def parts(world) -> list[dict]:
    """The records of the world in two blocks."""
    blocks = np.array_split(np.concatenate(world.blocks()), 2)
    return [extract.records_of(world.live(block)) for block in blocks]


@pytest.fixture(scope="module")
def records(world, parts):
    return extract.join(world, parts)


@pytest.fixture(scope="module")
def made(world, records) -> dict[str, dict]:
    """The release under each preset, as Arrow tables."""
    presets = ("heavy", "none")  # flaws first: nothing that they do to the records may stay
    return {name: extract.assemble(records, world.places, SPEC.seed, flaws=name) for name in presets}


@pytest.fixture(scope="module")
def frames(made) -> dict[str, dict[str, pd.DataFrame]]:
    return {name: extract.frames(tables) for name, tables in made.items()}


def realised(records, preset: str) -> pd.DataFrame:
    _, tallies = flaws.spoil(records, SPEC.authorities, Luck(SPEC.seed), flaws.preset(preset))
    return flaws.realised(tallies)


# The declared table


def lines() -> list[list[str]]:
    with open(flaws.TABLE, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def changed(column: str, value: str, flaw: str = "sessions_above") -> list[list[str]]:
    rows = lines()
    place = rows[0].index(column)
    next(row for row in rows if row[0] == flaw)[place] = value
    return rows


FAULTS = {
    "above one": (changed("heavy", "1.2"), "sessions_above", "holds '1.2' under 'heavy'.*from 0 to 1"),
    "negative": (changed("standard", "-0.1"), "sessions_above", "holds '-0.1' under 'standard'"),
    "not a number": (changed("standard", "few"), "sessions_above", "holds 'few'"),
    "not finite": (changed("standard", "nan"), "sessions_above", "holds 'nan'"),
    "nothing": (changed("heavy", ""), "sessions_above", "holds '' under 'heavy'"),
    "half an authority": (changed("standard", "1.5", "no_return"), "no_return", "a whole number from 0"),
    "a flaw under none": (changed("none", "0.1"), "sessions_above", "under 'none'.*where 0 belongs"),
    "unknown": (changed("flaw", "sessions_abvoe"), "sessions_abvoe", "perhaps 'sessions_above' was meant"),
    "another group": (changed("who", "boys", "link_missed"), "boys", "nobody reads; allowed are 'White"),
    "no source": (changed("source", " "), "sessions_above", "has no source"),
    "another table": (changed("table", "absences"), "sessions_above", "'absences'.*perhaps 'absence'"),
    "another column": (changed("column", "Sessions"), "sessions_above", "names a column 'Sessions'"),
    "a number of its own": (changed("heavy", "0.1", "absence_2020"), "absence_2020", "no number of its"),
    "missing": ([row for row in lines() if row[0] != "sessions_above"], "sessions_above", "is missing"),
    "twice": ([*lines(), lines()[1]], "reference_lost_cin", "more than once"),
    "a comma too many": ([*lines(), [*lines()[1], "x"]], "reference_lost_cin", "too many or too few"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_in_the_table_is_named_with_file_and_flaw(fault, tmp_path):
    rows, flaw, what = FAULTS[fault]
    path = tmp_path / "flaws.csv"
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    with pytest.raises(CourseError, match=rf"(?s)^facts/flaws\.csv, '.*{flaw}.*{what}") as error:
        flaws.declared(path)
    assert str(error.value).endswith(".")
    assert "\n" not in str(error.value)


def test_a_table_that_is_not_there_or_has_other_columns_is_refused(tmp_path):
    with pytest.raises(CourseError, match=r"facts/flaws\.csv cannot be read: No such file"):
        flaws.declared(tmp_path / "flaws.csv")
    (tmp_path / "flaws.csv").write_text("flaw,rate\n", encoding="utf-8")
    with pytest.raises(CourseError, match="must have the columns flaw, table"):
        flaws.declared(tmp_path / "flaws.csv")


@pytest.mark.parametrize("name", ["some", "", "None", None, 3])
def test_there_are_three_presets_and_no_other(name):
    with pytest.raises(CourseError, match="--flaws takes none, standard or heavy"):
        flaws.preset(name)


def test_none_has_no_flaw_and_heavy_has_more_of_each_than_standard():
    none, standard, heavy = (flaws.preset(name) for name in flaws.PRESETS)
    assert not none.any
    assert standard.any
    knobs = {"fields_together"} | {flaw for flaw, _ in heavy.rates if flaw.startswith("end_not_yet")}
    for flaw in heavy.rates:
        assert standard[flaw] < heavy[flaw] or flaw[0] in knobs, flaw


# What comes about


def test_without_flaws_records_go_into_the_release_as_they_are(made, records):
    same, _ = flaws.spoil(records, SPEC.authorities, Luck(SPEC.seed), flaws.preset("none"))
    assert same is records
    assert list(made["none"]) == schema.released(flaws=False)
    assert list(made["heavy"]) == list(schema.tables())


def test_spoiling_leaves_the_records_themselves_alone(world, records, made):
    again = extract.assemble(records, world.places, SPEC.seed)
    assert manifest.build(again, {})["tables"] == manifest.build(made["none"], {})["tables"]


@pytest.mark.parametrize("preset", ["standard", "heavy"])
def test_declared_rates_are_met_within_sampling_error(records, preset):
    table = realised(records, preset)
    declared = flaws.declared()
    assert set(zip(table["flaw"], table["who"], strict=True)) == set(
        zip(declared["flaw"], declared["who"], strict=True)
    )
    shares = table[(table["flaw"] != "no_return") & table["declared"].notna() & (table["at_risk"] > 0)]
    p, n = shares["declared"], shares["at_risk"]
    se = np.sqrt(np.maximum(p * (1 - p), 0.5 / n) / n)
    away = ((shares["realised"] - p) / se).abs()
    assert (away < 4).all(), shares[away >= 4]
    # Over all flaws together the deviations must be those of chance, not of rates that are off alike.
    assert (away**2).mean() < 1.6
    authorities = table[table["flaw"] == "no_return"]
    assert authorities["realised"].tolist() == authorities["declared"].tolist() == [1, 1]


def test_heavy_brings_about_every_flaw(records):
    table = realised(records, "heavy")
    likely = table["declared"].fillna(1) * table["at_risk"] > 7
    assert (table["found"] > 0)[likely].all(), table[likely & (table["found"] == 0)]
    assert likely.mean() > 0.7


def test_links_are_missed_by_five_in_a_hundred_and_more_in_some_groups(records):
    missed = realised(records, "standard").query("flaw == 'link_missed'").set_index("who")
    assert missed["found"].sum() / missed["at_risk"].sum() == pytest.approx(0.05, abs=0.01)
    rate = missed["realised"]
    assert rate["White British, less deprived"] < rate["White British, deprived"]
    assert rate["minority ethnic, less deprived"] < rate["minority ethnic, deprived"]
    assert rate["White British, deprived"] < rate["minority ethnic, deprived"]


def test_only_declared_columns_are_touched(frames):
    """Beside them only the code of why there is no pupil number, which follows the number."""
    allowed: dict[str, set[str]] = {}
    table = flaws.declared().query("made_in == 'release'")
    for name in frames["none"]:
        mine = table[[any(fnmatch(name, p) for p in part.split(";")) for part in table["table"]]]
        allowed[name] = {"UPN", "UPNunknown", *";".join(mine["column"]).split(";")}
    for name, before in frames["none"].items():
        after = frames["heavy"][name]
        if "rows" in allowed[name]:
            continue
        if name not in ("cin_assessment_factors", "cin_assessments"):
            assert len(after) == len(before), name
        for column in before:
            if column not in allowed[name]:
                counts = [f[column].astype(str).value_counts() for f in (before, after)]
                counts = [some[some > 0].sort_index() for some in counts]
                assert counts[0].equals(counts[1]), (name, column)


def test_a_release_with_flaws_still_satisfies_its_schemas_but_for_keys(frames):
    checks.validate(frames["heavy"], flaws=True)
    with pytest.raises(CourseError, match="The table cin_details does not satisfy"):
        checks.validate({"cin_details": frames["heavy"]["cin_details"]})


def test_blocks_of_any_size_in_any_order_have_the_same_flaws(world, parts, made):
    again = extract.assemble(extract.join(world, parts[::-1]), world.places, SPEC.seed, flaws="heavy")
    hashes = [manifest.build(tables, {})["tables"] for tables in (again, made["heavy"])]
    different = [name for name in hashes[0] if hashes[0][name] != hashes[1][name]]
    assert not different


def test_a_block_alone_has_the_flaws_that_it_has_in_the_world(parts, records):
    rates, luck = flaws.preset("heavy"), Luck(SPEC.seed)
    tallies = [t for part in parts for t in flaws.spoil(part, SPEC.authorities, luck, rates)[1]]
    pooled = flaws.realised(tallies).sort_values(["flaw", "who"], ignore_index=True)
    whole = realised(records, "heavy").sort_values(["flaw", "who"], ignore_index=True)
    pd.testing.assert_frame_equal(pooled, whole)


def test_some_tables_only_have_the_flaws_that_they_have_among_all(world, records, made):
    """As when only some returns are made: those of children's services always are."""
    names = ["offences", "cin_details", "school_census"]
    some = {name: t for name, t in records.items() if name in names or name[0] in "_cs"}
    few = extract.assemble(some, world.places, SPEC.seed, names, "heavy")
    for name in names:
        assert few[name].equals(made["heavy"][name]), name


def test_records_of_nobody_can_be_spoiled(records):
    nobody = {name: take(table, np.zeros(0, dtype=np.int64)) for name, table in records.items()}
    rates = flaws.preset("heavy")
    assert flaws.preset(rates) is rates
    out, tallies = flaws.spoil(nobody, SPEC.authorities, Luck(SPEC.seed), rates)
    assert all(length(table) == 0 for table in out.values())
    assert sum(t.found for t in tallies if t.flaw != "no_return") == 0


# Each flaw as a researcher meets it


def test_a_missed_link_is_a_blank_and_a_false_one_a_brother_or_sister(frames):
    key = ["FamilyRefAnonymous", "PersonBirthDate"]
    before, after = (
        frames[preset]["births"].set_index(key)[PMR].astype(object) for preset in ("none", "heavy")
    )
    after = after.loc[before.index]
    had = before.notna()
    assert after[had].isna().mean() == pytest.approx(0.13, abs=0.03)
    assert after[~had].isna().all()
    family = dict(zip(before, before.index.get_level_values(0), strict=True))
    wrong = had & after.notna() & (after != before) & after.isin(before.dropna())
    assert wrong.sum() > 5
    assert (after[wrong].map(family) == after[wrong].index.get_level_values(0)).all()


def test_all_records_of_a_child_in_one_organisation_share_their_link(frames):
    for name in ("emergency_attendances", "hospital_admissions"):
        both = frames["heavy"][name].merge(
            frames["heavy"]["births"], on=["FamilyRefAnonymous", "PersonBirthDate"], suffixes=("", "_birth")
        )
        same = both[PMR].astype(object).fillna("") == both[f"{PMR}_birth"].astype(object).fillna("")
        assert same.all()


def test_some_children_have_two_pupil_references(frames):
    before, after = (frames[preset]["school_census"] for preset in ("none", "heavy"))
    assert after[PMR].nunique() > before[PMR].nunique()
    new = ~after[PMR].isin(before[PMR].unique())
    assert after[new]["AcademicYear"].min() > before["AcademicYear"].min()
    # A second one begins where the first ends.
    assert len(after) == len(before)
    assert not after.duplicated([PMR, "AcademicYear"]).any()


def test_a_number_is_one_child_here_and_another_elsewhere(frames):
    who = frames["heavy"]["cin_child_identifiers"].astype({"LEA": str, "LAchildID": str})
    places = who.groupby("LAchildID")["LEA"].nunique()
    assert places.max() > 1
    assert (
        frames["none"]["cin_child_identifiers"].groupby("LAchildID", observed=True)["LEA"].nunique().max()
        == 1
    )
    shared = who[who["LAchildID"].isin(places.index[places > 1])]
    families = (
        shared.drop_duplicates(["LEA", "LAchildID"]).groupby("LAchildID")["FamilyRefAnonymous"].nunique()
    )
    assert (families > 1).all()
    inside = who.groupby(["LEA", "LAchildID"])["FamilyRefAnonymous"].nunique()
    assert (inside == 1).all(), "inside an authority a number is one child"


def test_a_reference_lost_in_a_year_is_there_in_others(frames):
    who = frames["heavy"]["cin_child_identifiers"].astype({PMR: object})
    held = who.groupby(["LEA", "LAchildID"], observed=True)[PMR].agg(["size", "count"])
    assert ((held["count"] > 0) & (held["count"] < held["size"])).sum() > 5
    assert (who[PMR].isna() == who["UPNunknown"].notna()).all()


def test_an_authority_gave_no_return_for_two_years(frames):
    for name in ("cin_header", "cin_child_identifiers", "cin_details"):
        pairs = frames["heavy"][name].groupby(["LEA", "Year"], observed=False).size()
        gone = pairs[pairs == 0].index.tolist()
        assert len({lea for lea, _ in gone}) == 1, name
        assert [year for _, year in gone] == [2021, 2022]
    looked_after = frames["heavy"]["ssda903_header"].groupby(["LEA", "Year"], observed=False).size()
    assert (looked_after > 0).all(), "the other return was given"


def test_the_first_of_two_submissions_may_not_know_the_end(frames):
    key = ["LEA", "LAchildID", "Year", "CINdetailsID"]
    details = frames["heavy"]["cin_details"]
    twice = details[details.duplicated(key, keep=False)]
    first, last = twice.drop_duplicates(key, keep="first"), twice.drop_duplicates(key, keep="last")
    assert len(first) == len(twice) / 2
    lost = first["CINclosureDate"].isna().to_numpy() & last["CINclosureDate"].notna().to_numpy()
    assert lost.sum() > 5
    assert first["ReasonForClosure"].isna().to_numpy()[lost].all()
    gained = first["CINclosureDate"].notna().to_numpy() & last["CINclosureDate"].isna().to_numpy()
    assert not gained.any()
    clean = details.drop_duplicates(key, keep="last")
    before = frames["none"]["cin_details"]
    there = before.merge(clean[["LEA", "Year"]].drop_duplicates(), on=["LEA", "Year"])
    assert len(there) == len(clean), "keeping the last submission gives back what is true"


def test_returns_disagree_on_ethnic_group(frames):
    heavy = frames["heavy"]["cin_child_characteristics"].merge(
        frames["heavy"]["ssda903_header"].drop(columns=PMR),
        left_on=["LEA", "LAchildID", "Year"],
        right_on=["LEA", "CHILD", "Year"],
    )
    assert 0.05 < (heavy["Ethnicity"].astype(str) != heavy["ETHNIC"].astype(str)).mean() < 0.4
    each = frames["heavy"]["cin_child_characteristics"].query("Ethnicity != 'NOBT'")
    assert not each.drop_duplicates(["LEA", "LAchildID", "Ethnicity"]).duplicated(["LEA", "LAchildID"]).any()
    census = frames["heavy"]["school_census"].drop_duplicates(["EthnicGroupMinor", "EthnicGroupMajor"])
    assert not census.duplicated("EthnicGroupMinor").any(), "major and minor groups agree"


def test_codes_that_begin_in_2022_come_into_use_slowly_and_the_lists_follow(frames):
    def of(preset: str) -> pd.Series:
        factors = frames[preset]["cin_assessment_factors"]
        new = factors[factors["AssessmentFactor"].isin(["18B", "18C", "19B", "19C"])]
        return new.groupby("Year").size().reindex(range(2022, 2026), fill_value=0)

    kept = (of("heavy") / of("none")).to_numpy()
    assert kept[0] < 0.65
    assert kept[0] < kept[3]
    key = ["LEA", "LAchildID", "Year", "CINdetailsID", "AssessmentID"]
    factors = frames["heavy"]["cin_assessment_factors"].astype({"LEA": str, "LAchildID": str})
    each = factors["AssessmentFactor"].astype(str).groupby([factors[name] for name in key]).agg(set).to_dict()
    told = frames["heavy"]["cin_assessments"].dropna(subset="AssessmentFactors")
    told = told.astype({"LEA": str, "LAchildID": str}).set_index(key)["AssessmentFactors"].astype(str)
    assert told.map(lambda text: set(text.split(";"))).to_dict() == each
    assert told.map(lambda text: len(text.split(";"))).sum() == len(factors)


def test_impossible_values_are_there_to_be_found(frames):
    heavy, none = frames["heavy"], frames["none"]
    dates = heavy["parent_offences"]["OffenceStartDate"]
    assert (dates == pd.Timestamp("1900-01-01")).mean() == pytest.approx(0.06, abs=0.03)
    assert heavy["offences"]["OffenceStartDate"].min() == pd.Timestamp("1900-01-01")
    assert heavy["school_census"]["AgeAtStartOfAcademicYear"].between(-5, -1).sum() > 0
    assert (none["school_census"]["AgeAtStartOfAcademicYear"] >= 0).all()
    for term in ("Autumn", "Spring", "Summer"):
        for preset, share in (("none", 0), ("heavy", 0.02)):
            absence = frames[preset]["absence"]
            above = absence[f"UnauthorisedAbsence_{term}"] > absence[f"SessionsPossible_{term}"]
            there = absence[f"SessionsPossible_{term}"].notna()
            assert above[there].mean() == pytest.approx(share, abs=0.006)


# Truth and words


def test_the_truth_tables_tell_rates_and_links(monkeypatch, world, parts):
    """The world is not lived once more: its blocks are the records that it gave."""
    stub = SimpleNamespace(places=world.places, blocks=lambda: parts, live=lambda block: block)
    monkeypatch.setattr(flaws_truth, "World", lambda spec: stub)
    monkeypatch.setattr(extract, "records_of", lambda lives: lives)
    truth = flaws_truth.tables(SPEC, "standard")
    assert set(truth) == {"flaws", "links"}
    assert set(truth["links"]["table"]) == {
        "linkage_school", "linkage_hospital", "linkage_social_care", "linkage_police",
    }  # fmt: skip
    assert not truth["links"].duplicated(["table", "LEA", "key"]).any()
    assert truth["links"].groupby("child").size().max() > 1
    assert truth["flaws"]["found"].sum() > 0
    assert set(flaws_truth.tables(SPEC, "none")) == {"flaws"}
    with pytest.raises(CourseError, match="no set of flaws 'light'"):
        flaws_truth.tables(SPEC, "light")


def test_the_words_that_travel_with_a_release_say_whether_it_has_flaws():
    plain, flawed = (describe.limits({"arguments": {"flaws": name}}) for name in ("none", "heavy"))
    assert describe.limits({"arguments": {}}) == plain
    assert "linked without error" in plain
    assert "linked without error" not in flawed
    assert "on purpose" in flawed


def test_every_table_of_the_spine_has_a_page():
    assert [name for name in schema.tables() if name not in schema.released(False)] == [
        "linkage_school", "linkage_social_care", "linkage_hospital", "linkage_police", "link_school_hospital",
    ]  # fmt: skip

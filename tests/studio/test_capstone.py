"""The capstone: outcomes after the protocol, forms that are read, one zip without data, marks that add up."""

import csv
import hashlib
import json
import shutil
import zipfile

import pytest

from catalyst import cli, load
from catalyst.errors import CourseError
from catalyst.release import schema
from catalyst.studio import capstone, capstone_facts, capstone_pack, catalogue
from catalyst.studio import capstone_forms as forms
from catalyst.studio.classroom import capstones

QUIET = [].append
QUESTION = "school_after_plan"
ROSTER = "id,first_name,last_name\nann,Ann,Ash\nbob,Bob,Birch\ncy,Cy,Cedar\n"


@pytest.fixture(scope="module")
def studies(tmp_path_factory):
    """A study that was begun, and a copy of it that was registered; the one world of these tests."""
    folder = tmp_path_factory.mktemp("capstone")
    capstone.begin(folder / "begun", 11, 500, 1, QUIET)
    shutil.copytree(folder / "begun", folder / "done")
    fill(folder / "done")
    capstone.register(folder / "done", QUIET)
    return folder


@pytest.fixture
def begun(studies, tmp_path):
    return shutil.copytree(studies / "begun", tmp_path / "begun")


@pytest.fixture
def done(studies, tmp_path):
    return shutil.copytree(studies / "done", tmp_path / "done")


def put(path, answers):
    text = path.read_text(encoding="utf-8")
    for heading, answer in answers.items():
        assert f"## {heading}\n" in text
        text = text.replace(f"## {heading}\n", f"## {heading}\n\n{answer}\n", 1)
    path.write_text(text, encoding="utf-8")


def fill(folder):
    put(folder / "protocol.md", dict.fromkeys(forms.FIELDS[1:], "words of mine") | {"Question": QUESTION})


def finish(folder):
    """What is left to do after registering, done."""
    put(folder / "output_request.md", dict.fromkeys(forms.REQUEST, "children, at least ten"))
    put(folder / "reflection.md", dict.fromkeys(forms.REFLECTION, "thought " * 40))
    rows = "step,children_left,families_left,why\nall,100,90,first\naged,80,75,age\nkey,70,66,key\n"
    (folder / "cohort_flow.csv").write_text(rows, encoding="utf-8")
    (folder / "outputs" / "table.csv").write_text("group,count\na,10\n", encoding="utf-8")
    notebook = json.loads((folder / "analysis.ipynb").read_text(encoding="utf-8"))
    count = 0
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("...", "1")
        if cell["cell_type"] == "code":
            count += 1
            cell["execution_count"] = count
    (folder / "analysis.ipynb").write_text(json.dumps(notebook), encoding="utf-8")


def amend(folder, reason="the age was wrong, by mistake"):
    path = folder / "protocol.md"
    text = path.read_text(encoding="utf-8").replace("words of mine", "other words of mine")
    path.write_text(f"{text}\n{reason}\n", encoding="utf-8")


# --- the facts -------------------------------------------------------------------------------------


def test_the_questions_stand_on_tables_chapters_and_the_agenda():
    tables, agenda = set(schema.released(False)), {row["id"] for row in catalogue.facts("agenda")}
    sealed = set(capstone_facts.sealed())
    assert 3 <= len(capstone_facts.questions()) <= 4
    for row in capstone_facts.questions().values():
        assert set(row["sealed"].split(";")) <= tables
        assert set(row["tables"].split(";")) <= tables - sealed  # no question waits for another's outcome
        assert set(row["agenda"].split(";")) <= agenda
        assert set(row["chapters"].split(";")) <= set(catalogue.chapters())


def test_the_rubric_has_its_five_parts_of_a_hundred_points():
    most = {row["criterion"]: int(row["most"]) for row in capstone_facts.rubric()}
    assert most == {"protocol": 30, "flow": 25, "meaning": 25, "disclosure": 10, "reflection": 10}
    for row in capstone_facts.rubric():
        bounds = [row[name].partition(":")[0].split(" to ") for name in ("little", "half", "full")]
        ends = [int(end) for low_high in bounds for end in low_high]
        assert ends[0] == 0 and ends[-1] == int(row["most"])
        assert ends == sorted(ends) and all(b - a == 1 for a, b in zip(ends[1:-1:2], ends[2::2], strict=True))


def test_the_fragments_of_the_book(tmp_path):
    capstone_facts.write_pages(tmp_path)
    assert QUESTION in (tmp_path / "capstone_questions.md").read_text(encoding="utf-8")
    assert (tmp_path / "capstone_rubric.md").read_text(encoding="utf-8").count("\n|") == 6


# --- from seed to outcomes -------------------------------------------------------------------------


def test_no_outcome_is_there_before_the_protocol(begun):
    names = {path.stem for path in (begun / capstone.DATA).iterdir()}
    assert not names & set(capstone_facts.sealed())
    assert {"cin_details", "school_census", "ssda903_episodes"} <= names
    assert set(capstone.GIVEN) | {"README.md", "outputs"} <= {path.name for path in begun.iterdir()}
    with pytest.raises(
        CourseError, match=r"fill Question, Population, .* and Disclosure plan in protocol\.md"
    ):
        capstone.register(begun, QUIET)
    assert not (begun / capstone.REGISTER).exists()


def test_an_outcome_that_is_asked_for_too_early_is_told(begun, done, monkeypatch):
    monkeypatch.delenv("CATALYST_DATA", raising=False)
    monkeypatch.chdir(begun)
    with pytest.raises(CourseError, match=r"'absence' is an outcome and is not there yet: .*--register"):
        load("absence")
    monkeypatch.chdir(done)
    assert len(load("absence"))
    with pytest.raises(CourseError, match="'offences' is an outcome of another question"):
        load("offences")
    with pytest.raises(CourseError, match=r"no table 'absences'\. Did you mean 'absence'"):
        load("absences")


def test_the_status_tells_a_question_that_is_none_and_a_world_too_small_for_it(begun):
    fill(begun)
    path = begun / "protocol.md"
    text = path.read_text(encoding="utf-8")
    assert any("11 of 11 fields filled; it can be registered" in line for line in capstone_pack.status(begun))
    path.write_text(text.replace(QUESTION + "\n", "my own\n"), encoding="utf-8")
    assert any("the question 'my own' is none of" in line for line in capstone_pack.status(begun))
    path.write_text(text.replace(QUESTION + "\n", "justice_and_care\n"), encoding="utf-8")
    said = "\n".join(capstone_pack.status(begun))
    assert "120,000 children are advised, and it has 500" in said
    assert "Begin it with `--children 120000`" in capstone_facts.questions_text()
    assert capstone_facts.too_small("justice_and_care", 120_000) is None
    assert "small for justice_and_care (first offences" in capstone_facts.small_for(100_000)
    assert "moves_and_exams" not in capstone_facts.small_for(100_000)
    assert capstone_facts.small_for(120_000) is None
    assert capstone_facts.too_small(QUESTION, 500) is None  # nothing in it is rare


def test_what_is_there_is_never_written_over(begun, tmp_path):
    before = (begun / "protocol.md").read_bytes()
    for seed in (11, 12):
        other = ", or name another folder .* seed 12" if seed == 12 else ""
        sentence = rf"holds a study on the world of seed 11 already, .* go on with it{other}\.$"
        with pytest.raises(CourseError, match=sentence):
            capstone.begin(begun, seed, 500, 1, QUIET)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(CourseError, match="holds no study"):
        capstone.begin(tmp_path / "other", 1, 500, 1, QUIET)
    assert (begun / "protocol.md").read_bytes() == before


def test_registering_takes_hash_date_and_only_the_questions_outcomes(done):
    told = capstone.registered(done)
    entry = told["entries"][0]
    content = (done / "protocol.md").read_bytes()
    assert entry["sha256"] == hashlib.sha256(content).hexdigest()
    assert (done / entry["kept_as"]).read_bytes() == content
    assert entry["utc"].endswith("+00:00") and entry["utc"] <= told["outcomes"]["utc"]
    assert entry["data_content_hash"] == capstone.read(done)["data_content_hash"]
    there = {path.stem for path in (done / capstone.DATA).iterdir()}
    assert there & set(capstone_facts.sealed()) == set(capstone_facts.sealed(QUESTION))
    manifest = json.loads((done / capstone.DATA / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["content_hash"] == told["outcomes"]["data_content_hash"]
    assert {"absence", "cin_details"} <= set(manifest["tables"]) <= there | {"dictionary"}
    assert not list(done.glob(".*"))


def test_the_same_protocol_is_registered_once(done):
    before = (done / capstone.REGISTER).read_bytes()
    capstone.register(done, QUIET)
    assert (done / capstone.REGISTER).read_bytes() == before


def test_an_amendment_needs_a_reason_and_stands_beside_the_first(done):
    first = capstone.registered(done)["entries"][0]
    amend(done, reason="")
    with pytest.raises(CourseError, match="write under Amendments what has changed and why"):
        capstone.register(done, QUIET)
    assert len(capstone.registered(done)["entries"]) == 1
    amend(done)
    second = capstone.register(done, QUIET)["entries"][1]
    assert capstone.registered(done)["entries"][0] == first
    assert second["outcomes_were_written"] is True
    assert second["reason"] == "the age was wrong, by mistake"
    assert sorted(path.name for path in (done / "registered").iterdir()) == [
        "protocol_01.md",
        "protocol_02.md",
    ]
    path = done / "protocol.md"
    path.write_text(path.read_text(encoding="utf-8").replace("by mistake", "by design"), encoding="utf-8")
    with pytest.raises(CourseError, match="earlier lines under Amendments have been changed"):
        capstone.register(done, QUIET)


def test_another_question_is_another_study(done):
    path = done / "protocol.md"
    text = path.read_text(encoding="utf-8").replace(f"\n{QUESTION}\n", "\njustice_and_care\n")
    path.write_text(text + "\nI like this one better\n", encoding="utf-8")
    with pytest.raises(CourseError, match="registered as school_after_plan"):
        capstone.register(done, QUIET)


def test_outcomes_are_not_written_into_another_world(begun, monkeypatch):
    fill(begun)
    manifest = json.loads((begun / capstone.DATA / "manifest.json").read_text(encoding="utf-8"))
    other = {name: entry | {"sha256": "0" * 64} for name, entry in manifest["tables"].items()}
    monkeypatch.setattr(
        "catalyst.release.make.make_release",
        lambda out, **asked: {"tables": other | {name: {} for name in capstone_facts.sealed()}},
    )
    with pytest.raises(CourseError, match="the code has changed since"):
        capstone.register(begun, QUIET)
    told = capstone.registered(begun)
    assert told["outcomes"] is None and len(told["entries"]) == 1
    assert "the outcomes are not written yet: register again" in capstone_pack.missing(begun)


# --- the forms -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        ("## A\n\n<!-- three words here -->\n", ["A"]),
        ("## A\n\n...\n", ["A"]),
        ("## A\n\nonly two\n", ["A"]),
        ("## A\r\n\r\nthree words here\r\n", []),
        ("## a\nthree words here", []),
        ("## A\n<!-- never closed\nthree words here", ["A"]),
        ("", ["A"]),
    ],
)
def test_what_counts_as_filled(text, empty):
    assert forms.empty(text, ("A",)) == empty


def test_a_question_that_is_none_is_told(begun):
    fill(begun)
    path = begun / "protocol.md"
    path.write_text(path.read_text(encoding="utf-8").replace(QUESTION + "\n", "my own\n"), encoding="utf-8")
    with pytest.raises(CourseError, match="the question 'my own' is none of school_after_plan"):
        capstone.register(begun, QUIET)


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("a,100,90,x\nb,80,70,y\n", "fewer than three steps"),
        ("a,100,90,x\nb,110,70,y\nc,60,50,z\n", "grows from step 1 to step 2"),
        ("a,100,90,x\nb,some,70,y\nc,60,50,z\n", "no whole numbers in step 2"),
        ("a,100,90,x\nb,some,70,y\nc,...,50,z\n", "no whole numbers in steps 2 and 3"),
        ("a,100,90,x\nb,80,85,y\nc,60,50,z\n", "more families than children in step 2"),
    ],
)
def test_a_flow_that_cannot_be_is_told(rows, fault, tmp_path):
    path = tmp_path / "cohort_flow.csv"
    path.write_text("step,children_left,families_left,why\n" + rows, encoding="utf-8")
    assert any(fault in found for found in forms.flow_faults(path))


# --- handing in and marking ------------------------------------------------------------------------


def test_nothing_unfinished_is_packed(done, tmp_path):
    with pytest.raises(CourseError, match=r"^Not packed: .*analysis\.ipynb.*reflection\.md.*outputs/"):
        capstone_pack.pack(done, tmp_path / "ann.zip")
    finish(done)
    assert capstone_pack.missing(done) == []
    (done / "outputs" / "rows.csv").write_text("a\n" * 1000, encoding="utf-8")
    assert any("not rows of children" in fault for fault in capstone_pack.missing(done))
    (done / "outputs" / "rows.csv").write_text('"LEA","LAchildID",late\n501,1,0\n', encoding="utf-8")
    assert capstone_pack.missing(done) == [
        "outputs/rows.csv has a column of keys (LAchildID): what leaves an environment names nobody"
    ]
    (done / "outputs" / "rows.csv").unlink()
    amend(done)
    assert capstone_pack.missing(done) == [
        "protocol.md has changed since it was registered: register the amendment"
    ]
    assert "protocol.md is NOT what was registered." in capstone_pack.status(done)


def test_a_pack_holds_no_data_and_is_not_written_over(done, tmp_path):
    finish(done)
    made = capstone_pack.pack(done, tmp_path / "ann.zip")
    names = zipfile.ZipFile(made).namelist()
    assert {*capstone.GIVEN, capstone.NOTE, capstone.REGISTER, "outputs/table.csv"} <= set(names)
    assert not [name for name in names if name.startswith("data") or name.endswith(".parquet")]
    with pytest.raises(CourseError, match="is there already"):
        capstone_pack.pack(done, made)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines)}


def spoilt(path, out, **changed):
    """A zip with some of its files changed after packing."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, changed.get(name.partition(".")[0], lambda text: text)(old.read(name)))


@pytest.fixture
def handed_in(done, tmp_path):
    finish(done)
    folder = tmp_path / "handed_in"
    capstone_pack.pack(done, folder / "ann.zip")
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    return folder


def test_the_sheet_verifies_what_was_handed_in(handed_in, tmp_path):
    spoilt(handed_in / "ann.zip", handed_in / "bob_123_capstone.zip", protocol=lambda text: text + b"more")
    (handed_in / "nobody.zip").write_bytes(b"")
    (handed_in / "cy.zip").write_bytes(b"no zip")
    said = capstones.sheet(tmp_path / "roster.csv", handed_in, tmp_path / "sheet.csv")
    rows = rows_of(tmp_path / "sheet.csv")
    assert rows["ann"]["hashes_fit"] == "yes" and rows["ann"]["notes"] == ""
    assert rows["ann"]["registered_before_outputs"] == "as far as files tell"
    assert rows["bob"]["hashes_fit"] == "no"
    assert "protocol.md is not the text registered last" in rows["bob"]["notes"]
    assert "protocol.md was changed after packing" in rows["bob"]["notes"]
    assert rows["cy"]["notes"] == "cannot be read as a study"
    assert "The same seed (11) was used by ann, bob" in "\n".join(said)
    assert any(line.startswith("nobody.zip fits nobody") for line in said) and said[-1] == capstones.CANNOT
    with pytest.raises(CourseError, match="is there already"):
        capstones.sheet(tmp_path / "roster.csv", handed_in, tmp_path / "sheet.csv")


def test_outcomes_seen_before_registering_are_noted(handed_in, tmp_path):
    def early(text):
        told = json.loads(text)
        told["files"]["outputs/table.csv"]["changed_utc"] = "2020-01-01T00:00:00+00:00"
        return json.dumps(told).encode()

    def run_early(text):
        notebook = json.loads(text)
        notebook["cells"][1] |= {
            "source": 'load("absence")',
            "metadata": {"execution": {"iopub.execute_input": "2020-01-01T00:00:00.1Z"}},
        }
        return json.dumps(notebook).encode()

    spoilt(handed_in / "ann.zip", handed_in / "bob.zip", handed_in=early, analysis=run_early)
    row = capstones.verify(handed_in / "bob.zip")
    assert row["registered_before_outputs"] == "no"
    assert "outputs/table.csv is older than the registration" in row["notes"]
    assert "names outcomes was run before the registration" in row["notes"]


def test_totals_are_checked(tmp_path):
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8")
    sheet, out = tmp_path / "sheet.csv", tmp_path / "totals.csv"
    capstones.sheet(tmp_path / "roster.csv", None, sheet)
    empty = sheet.read_text(encoding="utf-8")

    def marked(points):
        line = next(line for line in empty.splitlines() if line.startswith("ann,"))
        sheet.write_text(empty.replace(line, line[: -len(",,,,,")] + points + ","), encoding="utf-8")

    for points, sentence in (
        ("31,1,1,1,1", "31 points for protocol, and the most is 30"),
        ("30,1,,1,1", "no points for meaning; give them"),
        ("30,-1,1,1,1", "'-1' for flow is no number of points"),
        ("30,1,1,1,lots", "'lots' for reflection is no number"),
    ):
        marked(points)
        with pytest.raises(CourseError, match=sentence):
            capstones.totals(sheet, out)
        assert not out.exists()
    marked("30,25,24.5,10,10")
    assert capstones.totals(sheet, out)[0].startswith("1 of 3 marked, totals from 99.5 to 99.5 of 100")
    assert {name: row["total"] for name, row in rows_of(out).items()} == {"ann": "99.5", "bob": "", "cy": ""}


# --- the command -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--seed", "1", "--register"], "Give one thing to do at a time, not --seed and --register."),
        (["--children", "900"], "--children belongs to --seed"),
        (["--pack", "ann.tar"], "--pack takes the name of a file that ends in .zip, not 'ann.tar'."),
        (["--marking-sheet", "r.csv"], "Say where the sheet is to go with --out FILE.csv."),
        (["--handed-in", "x"], "--handed-in belongs to --marking-sheet"),
        (
            ["--marking-sheet", "no.csv", "--out", "s.csv"],
            "name the CSV file of the class with --marking-sheet.",
        ),
        (["--seed", "-1"], "--seed must be a whole number"),
        (["--status", "--out", "nowhere"], "There is no study in "),
    ],
)
def test_bad_input_is_one_sentence(arguments, sentence, capsys):
    assert cli.main(["capstone", *arguments]) == 2
    said = capsys.readouterr().err
    assert sentence in said and said.count("\n") == 1


def test_the_command_without_an_option_shows_the_questions(capsys):
    assert cli.main(["capstone"]) == 0
    assert all(name in capsys.readouterr().out for name in ["justice_and_care"])


def test_the_command_tells_how_it_stands(done, capsys):
    assert cli.main(["capstone", "--status", "--out", str(done)]) == 0
    told = capsys.readouterr().out
    assert "before any outcome" in told and "protocol.md has the registered hash." in told
    assert "Missing for handing in:" in told

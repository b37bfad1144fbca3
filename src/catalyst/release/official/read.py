"""Reads an export back, as a stranger to the world would: files and nothing else.

What is read gets the names and types of the release's tables (``cin_details``, ``ssda903_episodes`` …), so
that the rules of ``records`` hold for both. Depends on layout, schema and records.rules.
"""

from collections.abc import Iterable
from io import BytesIO
from xml.etree import ElementTree as tree

import numpy as np
import pandas as pd

from catalyst.records.rules import Frames
from catalyst.release import schema
from catalyst.release.official import layout

_SOURCE = {"cin": "cin", "ssda903": "903"}
_DAY = {"cin": "%Y-%m-%d", "ssda903": "%d/%m/%Y"}
_NUMBERS = {
    "CINdetailsID", "AssessmentID", "CPPID", "ReferralNFA", "ICPCnotRequired", "NumberOfPreviousCPP",
    "SDQ_SCORE",
}  # fmt: skip


def names(kind: str) -> dict[str, str]:
    """The release's name of each official table."""
    return {table.official: name for name, table in schema.tables().items() if table.source == _SOURCE[kind]}


def days(kind: str, table: str) -> list[str]:
    """The columns of an official table that hold dates."""
    name = names(kind).get(table)
    return [] if name is None else [c.name for c in schema.table(name).columns.values() if c.kind == "date"]


def csv_file(kind: str, table: str, content: bytes) -> pd.DataFrame:
    """One file as text and dates. A day in another form than the return's is nothing, as for its readers."""
    frame = pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False, na_values=[""]).astype(object)
    frame = frame.where(frame.notna(), None)
    for column in days(kind, table):
        if column in frame and column != "DateTime":
            frame[column] = pd.to_datetime(frame[column], format=_DAY[kind], errors="coerce")
    for column in _NUMBERS & set(frame):
        frame[column] = pd.to_numeric(frame[column], errors="coerce").astype("Float64")
    return frame


def csv_folder(kind: str, files: dict[str, bytes]) -> Frames:
    """The files of one authority and year by the official names of their tables."""
    return {
        name.removesuffix(".csv"): csv_file(kind, name.removesuffix(".csv"), c) for name, c in files.items()
    }


def xml(content: bytes) -> Frames:
    """The census's message as flat tables, with running numbers given in the order of the file."""
    root = tree.fromstring(content)
    out: dict[str, list[dict]] = {table: [] for table in layout.files("cin", layout.LAST_YEAR)}
    out["Header"].append({e.tag: e.text for e in root.find("Header").iter() if len(e) == 0})
    for child in root.iter("Child"):
        number = child.findtext("ChildIdentifiers/LAchildID")
        own = {"LAchildID": number}
        out["ChildIdentifiers"].append(_plain(child.find("ChildIdentifiers")))
        about = child.find("ChildCharacteristics")
        out["ChildCharacteristics"].append(own | _plain(about))
        out["Disabilities"] += [own | {"Disability": e.text} for e in about.iter("Disability")]
        for i, episode in enumerate(child.findall("CINdetails"), 1):
            _episode(out, episode, own | {"CINdetailsID": str(i)})
    frames = {}
    for table, columns in layout.files("cin", layout.LAST_YEAR).items():
        text = pd.DataFrame(out[table], columns=list(columns)).to_csv(index=False).encode()
        frames[table] = csv_file("cin", table, text)
    return frames


def _episode(out: dict[str, list[dict]], episode: tree.Element, own: dict[str, str]) -> None:
    out["CINdetails"].append(own | _plain(episode))
    for i, block in enumerate(episode.findall("Assessments"), 1):
        mine = own | {"AssessmentID": str(i)}
        factors = [e.text for e in block.iter("AssessmentFactors")]
        out["Assessments"].append(mine | _plain(block) | {"AssessmentFactors": ";".join(factors)})
        out["AssessmentFactorsList"] += [mine | {"AssessmentFactor": factor} for factor in factors]
    for tag, table in (("CINPlanDates", "CINplanDates"), ("Section47", "Section47")):
        out[table] += [own | _plain(block) for block in episode.findall(tag)]
    for i, block in enumerate(episode.findall("ChildProtectionPlans"), 1):
        mine = own | {"CPPID": str(i)}
        out["ChildProtectionPlans"].append(mine | _plain(block))
        dates = [group.findtext("CPPreviewDate") for group in block.findall("Reviews")]
        out["Reviews"] += [mine | {"CPPreviewDate": day} for day in dates]


def _plain(element: tree.Element) -> dict[str, str]:
    return {e.tag: e.text for e in element if len(e) == 0}


def released(returns: Iterable[tuple[str, int, Frames]]) -> Frames:
    """Censuses of one or several authorities and years as one release, for the rules.

    Parameters
    ----------
    returns : code of the authority, year, and its tables by their official names
    """
    parts: dict[str, list[pd.DataFrame]] = {name: [] for name in names("cin").values()}
    for lea, year, frames in returns:
        for official, name in names("cin").items():
            parts[name].append(frames[official].assign(LEA=lea, Year=np.int64(year)))
    out = {}
    for official, name in names("cin").items():
        frame = pd.concat([part for part in parts[name] if len(part)] or parts[name][:1], ignore_index=True)
        for column in set(schema.table(name).columns) - set(frame):
            frame[column] = None
        for column in days("cin", official):
            if column != "DateTime":
                frame[column] = pd.to_datetime(frame[column])
        out[name] = frame.astype({"Year": "int64"})
    return out

"""Who stands behind the keys of project extracts with a linkage spine: the table that ``truth`` serves.

It is built beside the key, in a folder named after the extract's content hash, and belongs to no release.
Depends on the extracts' manifests and on flaws_truth.
"""

from pathlib import Path

from catalyst import paths
from catalyst.release import flaws_truth
from catalyst.release.asked import CLEAN
from catalyst.world.life import Spec

FILE = "truth_links.parquet"


def _wanted() -> dict[Path, dict]:
    """Where the table of each extract with flaws belongs, and what the extract was asked for."""
    found = {}
    for folder in paths.projects().values():
        manifest = paths.manifest(folder)
        if manifest["arguments"].get("flaws", CLEAN) != CLEAN:
            found[paths.keys_dir(folder) / FILE] = manifest["arguments"]
    return found


def build() -> None:
    """Lives the small world of each such extract again and writes who is who."""
    for file, asked in _wanted().items():
        spec = Spec(seed=asked["seed"], children=asked["children"], authorities=asked["authorities"])
        links = flaws_truth.tables(spec, asked["flaws"])["links"]
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        links.to_parquet(part, index=False)
        part.replace(file)

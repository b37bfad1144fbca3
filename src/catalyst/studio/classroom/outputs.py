"""What a cell did in its box, as far as it is kept: outputs in few forms and sizes, and answers handed over.

Every message is the word of handed-in code: a teacher opens these outputs in a browser, so no HTML and no
script stays. Depends on the form of answers and nbformat.
"""

import contextlib
import re
from dataclasses import dataclass, field
from typing import Any

import nbformat

from catalyst.marking.handover import MIME

TEXT = 20_000  # characters of text kept of one cell
PICTURES = 3_000_000  # characters of pictures kept of one cell
# A teacher opens these outputs in a browser, where a stranger's HTML and scripts would run: no others stay.
PICTURE = ("image/png", "image/jpeg")
KEPT = ("text/plain", *PICTURE)
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")


@dataclass
class Run:
    """What one cell did: its outputs, the answers it handed over, how long it took, what was wrong."""

    outputs: list = field(default_factory=list)
    handed: list[Any] = field(default_factory=list)
    error: str | None = None
    late: bool = False
    cut: bool = False
    seconds: float = 0.0


def heard(run: Run, message: dict, size: list[int]) -> bool:
    """Keep what an output message brings; True once the kernel says that the cell is over."""
    kind, content = message["msg_type"], message["content"]
    if kind == "status":
        return content.get("execution_state") == "idle"
    data = content.get("data")
    if kind == "display_data" and isinstance(data, dict) and MIME in data:
        if len(run.handed) < 3:
            run.handed.append(data[MIME])
        return False
    if kind in ("stream", "display_data", "execute_result", "error"):
        with contextlib.suppress(Exception):
            _keep(run, nbformat.v4.output_from_msg(message), size)
    return False


def _keep(run: Run, output: Any, size: list[int]) -> None:
    if output.output_type == "stream":
        room = TEXT - size[0]
        if len(output.text) > room:
            run.cut = True
        text = str(output.text)[: max(room, 0)]
        size[0] += len(text)
        last = run.outputs[-1] if run.outputs else None
        if last is not None and last.output_type == "stream" and last.name == output.name:
            last.text += text
        elif text:
            output.text = text
            run.outputs.append(output)
        return
    if len(run.outputs) >= 50:
        run.cut = True
        return
    if output.output_type == "error":
        output.ename, output.evalue = str(output.ename)[:100], str(output.evalue)[:1000]
        output.traceback = [str(line)[:2000] for line in output.traceback[-20:]]
        run.outputs.append(output)
        return
    data = {}
    for mime in KEPT:
        value = output.data.get(mime)
        if not isinstance(value, str) or (mime in PICTURE and not BASE64.fullmatch(value)):
            continue
        place, most = (0, TEXT) if mime == "text/plain" else (1, PICTURES)
        if size[place] + len(value) > most:
            run.cut = True
            if mime == "text/plain":
                value = value[: max(most - size[0], 0)]
            else:
                continue
        size[place] += len(value)
        data[mime] = value
    if data:
        output.data = nbformat.from_dict(data)
        output.metadata = nbformat.from_dict({})
        run.outputs.append(output)

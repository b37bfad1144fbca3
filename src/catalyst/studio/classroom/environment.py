"""The environment of this process, changed for a while. Depends on nothing."""

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def setting(**wanted: str | None) -> Iterator[None]:
    """Sets variables of the environment while the block runs, and puts them back; None takes one away."""
    before = {name: os.environ.get(name) for name in wanted}
    try:
        _put(wanted)
        yield
    finally:
        _put(before)


def _put(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value

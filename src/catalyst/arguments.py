"""What the command line's arguments may be: a parser that refuses in one sentence, and readers of values.

Depends on the standard library and on the course's own error alone, like all that ``course.py`` reads first.
"""

import argparse
import difflib
import re

from catalyst.errors import CourseError


class Parser(argparse.ArgumentParser):
    """An argument parser whose refusals are one sentence, raised as CourseError."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, allow_abbrev=False, **kwargs)

    def error(self, message: str):
        own = re.fullmatch(r"argument [^:]+: (.+\.)", message, re.DOTALL)
        if own:
            raise CourseError(own[1])
        raise CourseError(f"{message.removeprefix('argument ')}: see 'python3 {self.prog} --help'.")

    def refuse_unknown(self, argument: str) -> None:
        known = re.findall(r"--[a-z-]+", self.format_usage())
        near = difflib.get_close_matches(argument.split("=")[0], known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"see 'python3 {self.prog} --help'."
        raise CourseError(f"'{self.prog}' does not know '{argument[:60]}': {hint}")


def whole_number(name: str, low: int, high: int, unit: str = ""):
    """A parser of whole numbers from low to high, whose refusals say what was wrong."""
    bounds = f"a whole number from {low:,} to {high:,}{unit}"

    def parse(text: str) -> int:
        plain = text.strip().replace(",", "").replace("_", "")
        # int() also reads other scripts' digits and would take minutes over a line of them.
        if not re.fullmatch(r"[+-]?[0-9]{1,400}", plain):
            raise argparse.ArgumentTypeError(f"{name} must be {bounds}, not '{text[:40]}'.")
        number = int(plain)
        if not low <= number <= high:
            shown = text.strip() if len(text) <= 40 else f"a number of {len(plain)} digits"
            size = "too small" if number < low else "too large"
            raise argparse.ArgumentTypeError(f"{name} must be {bounds}; {shown} is {size}.")
        return number

    return parse


def setting(text: str) -> tuple[str, str]:
    """NAME=on or NAME=off, as a pair."""
    name, equals, value = text.partition("=")
    if not (equals and name.strip() and value.strip().lower() in ("on", "off")):
        raise argparse.ArgumentTypeError(f"--set takes NAME=on or NAME=off, not '{text[:60]}'.")
    return name.strip(), value.strip().lower()


def table_names(text: str) -> list[str]:
    """Table names separated by commas."""
    names = [name.strip() for name in text.split(",")]
    if not all(names):
        raise argparse.ArgumentTypeError(
            "--tables takes table names with commas between them, for example 'cin_details,cin_reviews'."
        )
    return list(dict.fromkeys(names))


def one_of(name: str, choices: tuple[str, ...]):
    """A parser of words from a short list."""

    def parse(text: str) -> str:
        if text.strip().lower() not in choices:
            raise argparse.ArgumentTypeError(f"{name} is {' or '.join(choices)}, not '{text[:40]}'.")
        return text.strip().lower()

    return parse


def address(text: str) -> str:
    """The address of a Dask scheduler."""
    found = re.fullmatch(r"(?:(tcp|tls|ws|wss)://)?([\w.-]+|\[[0-9A-Fa-f:]+\]):([0-9]{1,5})", text.strip())
    if not (found and 0 < int(found[3]) < 65_536):
        raise argparse.ArgumentTypeError(
            f"--scheduler takes the address of a Dask scheduler, such as tcp://HOST:8786, not '{text[:60]}'."
        )
    return text.strip() if found[1] else f"tcp://{text.strip()}"

"""Marking: what a notebook imports. It reads what the release wrote and the key built from the solutions.

Learners use ``load`` and ``check``, chapters also ``truth``; the masters of the exercises use ``wrong`` and
``also`` to say which other answers are known, and why they are wrong or equally right.
"""

from catalyst.marking.bank import also, wrong
from catalyst.marking.check import check
from catalyst.marking.tables import load
from catalyst.marking.truth import truth

__all__ = ["also", "check", "load", "truth", "wrong"]

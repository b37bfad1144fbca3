"""Entries of a key written by hand, and what check says to an answer."""

from catalyst.marking.answers import encode
from catalyst.marking.check import mark
from catalyst.marking.kinds import read, shape


def entry(kind, answer, mistakes=(), accept=(), **spec):
    spec = {"kind": kind, **spec}
    return {
        **spec,
        "shape": shape(spec, read(spec, answer)),
        "answer": encode(answer),
        "accept": [{"answer": encode(value), "reason": reason} for value, reason in accept],
        "mistakes": [{"name": n, "answer": encode(value), "message": m} for n, value, m in mistakes],
        "truth": spec.get("truth"),
    }


def said(known, answer, layer):
    verdict = mark("t1.3", known, answer)
    assert verdict.layer == layer, verdict
    return verdict.message

"""Mental health services: referrals and contacts of children, and contacts of parents who could be linked.

Services see whom they reach. Depends on the world's children, families and log, on columns and calendar,
and on the hospital's way of naming patients.
"""

import numpy as np

from catalyst.records.columns import Codes, Days, Table, rows_of, running_number, take
from catalyst.records.hospital import FIRST, people
from catalyst.world.families import birthday

SOURCES = ("community", "crisis team")
URGENCY = ("routine", "urgent")
SETTINGS = ("community", "emergency department", "admission")
SERVICES = ("mental health", "substance misuse")
PARENTS = ("mother", "father")
BEFORE_FIRST_BIRTH = 730  # days before the first birth from which a mother's records are handed over


def returns(lives) -> dict[str, Table]:
    """Referrals, contacts and parents' contacts of some whole families.

    Returns
    -------
    dict with ``mental_health_referrals``, ``mental_health_contacts`` and ``parent_health_contacts``
    """
    return {
        "mental_health_referrals": _referrals(lives),
        "mental_health_contacts": _contacts(lives),
        "parent_health_contacts": _parents(lives),
    }


def _referrals(lives) -> Table:
    log = lives.mental_referrals
    log = take(log, np.flatnonzero((log["end"] < 0) | (log["end"] >= FIRST)))
    return people(lives, log["child"], log["start"]) | {
        "ReferralDate": Days(log["start"]),
        "DischargeDate": Days(log["end"]),
        "Source": Codes(log["after_crisis"].astype(np.int8), SOURCES),
        "Urgency": Codes(log["urgent"].astype(np.int8), URGENCY),
        "ParentalMentalHealthNoted": log["parental"].astype(np.int8),
    }


def _contacts(lives) -> Table:
    log = take(lives.mental_contacts, np.flatnonzero(lives.mental_contacts["day"] >= FIRST))
    who = people(lives, log["child"], log["day"])
    return {name: who[name] for name in ("family", "child", "PersonBirthDate")} | {
        "ReferralDate": Days(log["referral"]),
        "ContactDate": Days(log["day"]),
        "ContactNumber": running_number(log["child"], log["referral"]),
        "Attended": log["attended"].astype(np.int8),
    }


def _parents(lives) -> Table:
    families, children, log = lives.families, lives.children, lives.parent_contacts
    f = rows_of(families["family"], log["family"])
    home = rows_of(families["family"], children["family"])
    first = np.full(len(families["family"]), np.iinfo(np.int32).max)
    last = np.zeros(len(first), dtype=np.int64)
    np.minimum.at(first, home, children["birth"])
    np.maximum.at(last, home, birthday(children["birth"], 18))
    linked = np.where(log["mother"], families["mother_known"][f], families["father_known"][f])
    while_parent = (log["day"] >= first[f] - BEFORE_FIRST_BIRTH) & (log["day"] < last[f])
    kept = np.flatnonzero(linked & while_parent & (log["day"] >= FIRST))
    log = take(log, kept)
    father = (~log["mother"]).astype(np.int64)
    return {
        "parent": log["family"] * 2 + father,
        "family": log["family"],
        "Parent": Codes(father.astype(np.int8), PARENTS),
        "ContactDate": Days(log["day"]),
        "ContactNumber": running_number(log["family"], father, log["day"]),
        "Service": Codes(log["for_substance"].astype(np.int8), SERVICES),
        "Setting": Codes(log["how"], SETTINGS),
    }

"""All rules of SSDA903 that this package tests on what it has written. Depends on their modules."""

from catalyst.records.rules import Rules
from catalyst.release.official.rules_903_care import CARE
from catalyst.release.official.rules_903_children import CHILDREN
from catalyst.release.official.rules_903_codes import CODES
from catalyst.release.official.rules_903_paths import PATHS
from catalyst.release.official.rules_903_years import YEARS

SSDA903 = Rules()
for _part in (CODES, CARE, CHILDREN, PATHS, YEARS):
    for _number, _rule in _part.items():
        SSDA903(_number, _rule.demand)(_rule.find)

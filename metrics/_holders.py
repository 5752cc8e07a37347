"""Who answers for the work of a unit: the offices that a leader can call."""

from collections.abc import Mapping
from datetime import date

from metrics._counters import Counters
from metrics._hierarchy import numbers_of
from metrics._period import day_number


def holders(counters: Counters, root: str, day: date) -> Mapping[str, str]:
    """Every code that on a local day means a unit under `root` (or itself), to the code of who answers for its work.

    That is the district or department that it stands under, or is; without districts (two tiers, a city) each commune
    answers for itself, and `root` for its own work. Work counted for each code itself and summed by holder adds up to
    the root's. ValueError for an unknown root.
    """
    return counters.remembered(("holders", root, day), date.min, lambda: _holders(counters, root, day))


def _holders(counters: Counters, root: str, day: date) -> Mapping[str, str]:
    number, hierarchy = day_number(day), counters.hierarchy
    top = numbers_of(hierarchy, [root], number)[0]
    tree = hierarchy.tree_on(number)
    below = set(tree.order[tree.begin[top] : tree.end[top]].tolist())
    districts = {unit for unit in below.intersection(hierarchy.in_force(number)) if hierarchy.kinds[unit] == "huyen"}
    kinds = {"huyen", "so"} if districts - {top} else {"xa", "so"}

    def holder(unit: int) -> int:
        while unit != top and hierarchy.kinds[unit] not in kinds:
            unit = int(tree.parents[unit])
        return unit

    meant = {code: int(tree.meaning[place]) for code, place in hierarchy.code_numbers().items()}
    return {code: hierarchy.codes[holder(unit)] for code, unit in meant.items() if unit in below}

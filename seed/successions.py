"""Which units took over from which at a place's reform, by the package's table of old and new communes."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from typing import Any

from seed.place import Place, profile
from seed.units import open_admin_units, package_file, read_ended, units

_Heirs = tuple[str, str, frozenset[str]]


@lru_cache
def successions(place: Place) -> tuple[dict[str, Any], ...]:
    """A dictionary for each ended unit: old_code, day (the first of the new), main, others; none without a reform.

    A commune goes over into `main`, which took most of it, and into the `others` that took parts; the province and its
    offices into the successor's, a district office into the province, which took over what communes did not.
    """
    facts = profile(place.name)
    if "reform" not in facts:
        return ()
    day, ended = facts["reform"]["day"], (*_offices(place, facts), *_communes(facts))
    return tuple({"old_code": old, "day": day, "main": main, "others": others} for old, main, others in ended)


def _offices(place: Place, facts: dict[str, Any]) -> Iterator[_Heirs]:
    old, new = read_ended(facts)["agency"], facts["agency"]
    for unit in units(place):
        if unit.valid_to and unit.kind != "xa":
            yield unit.code, new if unit.kind == "huyen" else new + unit.code[len(old) :], frozenset()


def _communes(facts: dict[str, Any]) -> Iterator[_Heirs]:
    ended, agency = read_ended(facts), facts["agency"]
    with closing(open_admin_units()) as database:
        province, wards = _new_wards(database, facts["province"])
        query = (
            "SELECT provinceKey, districtKey, wardKey, districtCode, wardCode FROM admin_units_legacy "
            "WHERE provinceCode = ?"
        )
        old_wards = database.execute(query, (ended["province"],)).fetchall()
    converted = json.loads(package_file("converter_2025.json").read_text("utf-8"))
    whole = {old: new for new, olds in converted["DICT_PROVINCE_WARD_NO_DIVIDED"][province].items() for old in olds}
    divided = converted["DICT_PROVINCE_WARD_DIVIDED"].get(province, {})
    for *keys, district, ward in old_wards:
        old_key, old_code = "_".join(keys), f"{ended['agency']}.{district}.{ward}"
        parts = divided.get(old_key) or [{"newWardKey": whole[old_key], "isDefaultNewWard": True}]
        heirs = {f"{agency}.{wards[part['newWardKey']]}": part["isDefaultNewWard"] for part in parts}
        main = max(heirs, key=lambda code: heirs[code])
        yield old_code, main, frozenset(heirs) - {main}


def _new_wards(database: Any, province: str) -> tuple[str, dict[str, str]]:
    rows = database.execute(
        "SELECT provinceKey, wardKey, wardCode FROM admin_units WHERE provinceCode = ?", (province,)
    )
    found = rows.fetchall()
    return found[0][0], {key: code for _, key, code in found}

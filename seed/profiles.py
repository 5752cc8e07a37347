"""Reading what is written down about a place: its own file, and what it takes over from another place.

A file with `base = "hoa-binh"` says only what differs: departments keep their fields of work under the place's own
agency code; districts without a line of their own get believable habits, the same in every process.
"""

import tomllib
from pathlib import Path
from random import Random
from typing import Any

Facts = dict[str, Any]


def read_profile(name: str) -> Facts:
    """The facts of seed/NAME.toml, completed from its base."""
    facts = _read(name)
    if "base" not in facts:
        return facts
    base = _read(facts["base"])
    taken = {key: base[key] for key in ("procedure_names", "tiers")}
    completed = taken | facts
    completed["tiers"] = {tier: base["tiers"][tier] | facts.get("tiers", {}).get(tier, {}) for tier in base["tiers"]}
    completed["departments"] = _departments(facts, base)
    return completed


def _read(name: str) -> Facts:
    return tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text("utf-8"))


def _departments(facts: Facts, base: Facts) -> list[Facts]:
    """The base's departments, or those that `offices` names, each made of one or more of the base's by number."""
    by_number = {department["code"][-2:]: department for department in base["departments"]}
    offices = facts.get("offices", [[number, d["name"], [number]] for number, d in by_number.items()])
    habits = facts.get("habits", {})
    return [
        _merged(f"{facts['agency']}.{number}", name, [by_number[part] for part in parts], habits)
        for number, name, parts in offices
    ]


def _merged(code: str, name: str, parts: list[Facts], habits: Facts) -> Facts:
    return {
        "code": code,
        "name": name,
        "share": sum(part["share"] for part in parts),
        "uptake": parts[0]["uptake"] * habits.get("uptake_factor", 1.0),
        "late": parts[0]["late"] * habits.get("late_factor", 1.0),
        "top": [title for part in parts for title in part.get("top", [])],
        "fields": [field for part in parts for field in part["fields"]],
    }


def district_habits(facts: Facts, code: str, communes: int, of_all: int) -> Facts:
    """Share of the work, uptake and lateness of a district: as written down, else drawn from its code."""
    habits, written = facts.get("habits", {}), facts.get("districts", {}).get(code, {})
    random = Random(f"{facts['agency']} {code}")
    drawn = {
        "share": communes / of_all * random.uniform(0.7, 1.3),
        "uptake": habits.get("uptake", 0.6) * random.uniform(0.75, 1.25),
        "late": habits.get("late", 0.015) * random.uniform(0.6, 1.4),
    }
    return {**drawn, **written}

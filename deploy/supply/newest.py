"""What PyPI's page of a package says against its newest version: where a pin is that one, an answer for the pin.

A mirror may have these pages and not those of single versions, which pip-audit asks for.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import httpx

_PAGE = "https://pypi.org/pypi/{name}/json"
_AT_ONCE, _SECONDS = 8, 20.0


def pages(names: Iterable[str]) -> dict[str, dict[str, object]]:
    """The page of each package that has one; none without a network."""
    with httpx.Client(timeout=_SECONDS) as client, ThreadPoolExecutor(_AT_ONCE) as pool:

        def page(name: str) -> tuple[str, dict[str, object]]:
            try:
                answer = client.get(_PAGE.format(name=name))
            except httpx.TransportError:
                return name, {}
            return name, answer.json() if answer.status_code == httpx.codes.OK else {}

        return {name: told for name, told in pool.map(page, names) if told}


def told_of(pages: Mapping[str, Mapping[str, object]], wanted: Mapping[str, str]) -> list[dict[str, object]]:
    """As pip-audit tells of a package: name, version and `vulns`, of each whose newest version is the one wanted."""
    found: list[dict[str, object]] = []
    for name, page in pages.items():
        newest = page["info"]["version"]  # type: ignore[index]
        if newest == wanted[name] and "vulnerabilities" in page:
            said = [one for one in page["vulnerabilities"] if not one.get("withdrawn")]  # type: ignore[attr-defined]
            vulns = [{"id": one["id"], "fix_versions": one["fixed_in"]} for one in said]
            found.append({"name": name, "version": newest, "vulns": vulns})
    return found

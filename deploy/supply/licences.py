"""Under which licences the product's packages stand; what is not known to be free for our use fails."""

import json
import re
import subprocess
import sys
from datetime import date

from deploy.supply.pins import PRODUCT, REPORTS, pins

REPORT = REPORTS / "licences.md"
# As the packages write them, one part of a compound each; all allow use, change and passing on with the notice kept.
FREE = frozenset(
    {
        "0BSD", "3-Clause BSD License", "Apache License 2.0", "Apache Software License", "Apache-2.0", "BSD",
        "BSD License", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "ISC", "ISC License (ISCL)", "MIT", "MIT License",
        "MIT-0", "MIT-CMU", "PSF-2.0", "Python Software Foundation License", "Zlib",
    }
)  # fmt: skip
# Licences that ask for more, package by package.
ALLOWED = {
    "certifi": "MPL-2.0 is about changes to its own files; we change none",
    "orjson": "MPL-2.0 is about changes to its own files; we change none",
    "tqdm": "MPL-2.0 is about changes to its own files; we change none",
    "psycopg": "LGPL-3.0: loaded as a library, unchanged, exchangeable by the operator",
    "psycopg-binary": "LGPL-3.0: loaded as a library, unchanged, exchangeable by the operator",
    "unidecode": "GPL-2.0-or-later: comes with vietnamadminunits, of which seed reads data files only; never imported",
}


def licences() -> list[tuple[str, str, str]]:
    """Package, version and licence of every pin of the product, as installed here."""
    command = [sys.executable, "-m", "piplicenses", "--from", "mixed", "--format", "json", "--python", sys.executable]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)  # noqa: S603  # nosec B603  # ours
    wanted = pins(PRODUCT)
    named = {re.sub(r"[-_.]+", "-", one["Name"]).lower(): one for one in told}
    return [
        (name, version, _written(named[name]["License"]) if name in named else "not installed here")
        for name, version in wanted.items()
    ]


def _written(licence: str) -> str:
    """In one line: some packages write the whole text into the field."""
    return " ".join(licence.split())[:100]


def unallowed(found: list[tuple[str, str, str]]) -> list[str]:
    """The packages that nobody has agreed to."""
    return [f"{name}: {licence}" for name, _version, licence in found if name not in ALLOWED and not _free(licence)]


def _free(licence: str) -> bool:
    parts = licence.replace(" AND ", ";").replace(" OR ", ";").split(";")
    return all(part.strip() in FREE for part in parts)


def store(found: list[tuple[str, str, str]], on: date) -> None:
    """The list as a page of the documentation."""
    rows = [f"| {name} | {version} | {licence} | {ALLOWED.get(name, '')} |" for name, version, licence in found]
    head = [f"# Licences, as of {on}", "", "What `requirements.txt` pins (`make supply` writes this page).", ""]
    REPORT.write_text("\n".join([*head, "| package | version | licence | why |", "|---|---|---|---|", *rows, ""]))

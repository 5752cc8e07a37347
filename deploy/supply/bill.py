"""The bill of materials (CycloneDX 1.6): the product's packages, their licences and who asks for whom."""

import json
import re
import subprocess
import sys
from typing import Any

from deploy.supply.pins import PRODUCT, REPORTS, pins

REPORT = REPORTS / "sbom.cdx.json"


def store() -> None:
    """Write it from what is installed here, without the tools, with the instant at which it was made."""
    command = [sys.executable, "-m", "cyclonedx_py", "environment", "--spec-version", "1.6", "--of", "JSON"]
    ended = subprocess.run([*command, sys.executable], check=True, capture_output=True)  # noqa: S603  # nosec B603  # our own words
    REPORT.write_text(json.dumps(product_only(json.loads(ended.stdout)), indent=1, ensure_ascii=False) + "\n")


def product_only(bill: dict[str, Any]) -> dict[str, Any]:
    """The bill without what only tests and checks need."""
    wanted = pins(PRODUCT)
    kept = [part for part in bill["components"] if _name(part["name"]) in wanted]
    known = {part["bom-ref"] for part in kept}
    edges = [
        {**edge, "dependsOn": [ref for ref in edge.get("dependsOn", []) if ref in known]}
        for edge in bill["dependencies"]
        if edge["ref"] in known
    ]
    return {**bill, "components": kept, "dependencies": edges}


def listed() -> dict[str, str]:
    """Package to version, as the bill says it."""
    return {_name(one["name"]): one["version"] for one in json.loads(REPORT.read_bytes())["components"]}


def made_at() -> str:
    """When it was made, as ISO 8601."""
    return str(json.loads(REPORT.read_bytes())["metadata"]["timestamp"])


def _name(written: str) -> str:
    return re.sub(r"[-_.]+", "-", written).lower()

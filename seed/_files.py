"""The files of a place: the register of bridge points and the statistical returns (wire.md, sections 8 and 9)."""

import csv
import io
from collections.abc import Iterable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from clock import Clock
from seed import registers
from seed.place import Place

POINT_COLUMNS = ("unit_code", "point_code", "name", "room", "status", "valid_from", "valid_to")
RETURN_COLUMNS = ("unit_code", "period", "indicator", "numerator", "denominator", "value", "note")


class RegisterFiles:
    """One file server. Its files are there for everybody who reaches it, as in an office's shared folder."""

    def __init__(self, place: Place, clock: Clock, _credentials: Mapping[str, str]) -> None:
        self._place, self._clock = place, clock

    def routes(self) -> list[Route]:
        """The addresses of this service below its base."""
        return [Route("/bridge_points.csv", self.bridge_points), Route("/returns.csv", self.returns)]

    def bridge_points(self, _request: Request) -> Response:
        """The register as it stands today: what begins later is not in it yet."""
        today = self._clock.today().isoformat()
        rows = [row for row in registers.bridge_points(self._place) if str(row["valid_from"]) <= today]
        return _csv(rows, POINT_COLUMNS)

    def returns(self, _request: Request) -> Response:
        """What the place's units have returned."""
        return _csv(registers.returns(self._place), RETURN_COLUMNS)


def _csv(rows: Iterable[Mapping[str, object]], columns: tuple[str, ...]) -> Response:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    # With the mark by which Excel knows UTF-8.
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8")

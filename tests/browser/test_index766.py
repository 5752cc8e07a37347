"""Index 766, in a real browser."""

from collections.abc import Callable

from metrics import Counters, Period, index766
from pages import _format
from pages._language import speaking
from store.reads import read_snapshot
from tests.browser.conftest import Centre, Visit

Visiting = Callable[..., Visit]


def test_total_says_of_how_many_points_and_missing_criteria_are_called_missing(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/index766?unit=H28.150&period=2021-Q3")
    found = index766(Counters(read_snapshot(centre.engine)), "H28.150", Period.parse("2021-Q3"))
    missing = [part for group in found.groups for part in group.components if part.score is None]
    with speaking("vi"):
        score = _format.number(found.score, 1)
    sentence = seen.page.locator(".ioc-sentence").inner_text()
    assert f"Huyện Đà Bắc: {score} điểm trên {found.of} điểm có số liệu; còn {100 - found.of}/100" in sentence
    assert seen.page.get_by_text("○ còn thiếu").count() == len(missing) > 0
    assert seen.page.locator(".ioc-groups tfoot .ioc-number").all_inner_texts() == [score, str(found.of), "100"]


def test_radar_names_every_group_with_its_points(centre: Centre, visit: Visiting) -> None:
    seen = visit(centre.address)
    seen.open("/index766?lang=en")
    said = seen.page.locator(".ioc-radar img").get_attribute("alt") or ""
    assert said.count(";") == 5
    assert "Openness: no data, 18 points" in said

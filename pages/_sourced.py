"""Why a figure may be missing or old: no data yet, or its source silent; both are something else than zero."""

from metrics import Indicator
from pages._badges import silence
from pages._feeds import feeding
from pages._html import draw, escape
from pages._language import _
from pages._live import Live


def silences(here: Live, *indicators: Indicator) -> list[str]:
    """A sentence for each source of these indicators that is silent or was never read."""
    found = (source for indicator in indicators for source in feeding(indicator, here.sources))
    return list(dict.fromkeys(silence(source) for source in found if source.state in ("stale", "unknown")))


def warn_of_silence(here: Live, indicator: Indicator) -> None:
    """Say so when a source of this indicator is silent or was never read."""
    for sentence in silences(here, indicator):
        draw(f'<div class="ioc-warning">▲ {escape(sentence)}</div>')


def no_data_yet() -> None:
    """What to do while the store holds no unit."""
    draw(f'<div class="ioc-empty">{escape(nothing_read())}</div>')


def nothing_read() -> str:
    """What to do while the store holds no unit, as text."""
    return _("There is no data yet: no unit has been read. See Sources for what each source says.")

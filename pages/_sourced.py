"""Why a figure may be missing or old: no data yet, or its source silent; both are something else than zero."""

from metrics import Indicator
from pages._badges import silence
from pages._feeds import feeding
from pages._html import draw, escape
from pages._language import _
from pages._live import Live


def warn_of_silence(here: Live, indicator: Indicator) -> None:
    """Say so when a source of this indicator is silent or was never read."""
    for source in feeding(indicator, here.sources):
        if source.state in ("stale", "unknown"):
            draw(f'<div class="ioc-warning">▲ {escape(silence(source))}</div>')


def no_data_yet() -> None:
    """What to do while the store holds no unit."""
    words = _("There is no data yet: no unit has been read. See Sources for what each source says.")
    draw(f'<div class="ioc-empty">{escape(words)}</div>')

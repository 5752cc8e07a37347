"""Is the province on course, who is not, and can I believe it?"""

from pages._contract import Page
from pages._live import live

PAGE = Page(
    path="overview",
    title="Overview",
    question="Is the province on course, who is not, and can I believe it?",
    audience="leaders",
    order=1,
    icon=":material/dashboard:",
)


def draw() -> None:
    """Nothing yet."""
    live()

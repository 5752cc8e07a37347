"""Links and filter forms that keep the visit: followed inside the session, kept in the history, open in a new tab.

A plain click on `a[data-follow]`, and a change in `form[data-filters]`, put the new address into the browser's
history and let Streamlit draw it as it does after "back": one way for clicks, back, forward and copied addresses.
"""

from collections.abc import Callable
from functools import cache

import streamlit as st

from pages._address import address
from pages._html import escape

_SCRIPT = """
function visit(address) {
  const before = location.pathname + location.search;
  const url = new URL(address, location.href);
  if (url.pathname + url.search === before) return;
  history.pushState({}, "", url.pathname + url.search);
  window.dispatchEvent(new PopStateEvent("popstate", { state: {} }));
}
function addressOf(form, pressed) {
  const chosen = new URLSearchParams();
  const own = form.elements["period"] && form.elements["period"].value === "custom";
  for (const [name, value] of new FormData(form)) {
    const belongs = own ? name !== "period" : name !== "from" && name !== "to";
    if (value && belongs) chosen.set(name, value);
  }
  // Boxes of one name are one choice: their values with commas between.
  const ticked = [...form.querySelectorAll("input[type=checkbox]:checked")];
  for (const { name } of ticked) {
    chosen.set(name, ticked.filter((box) => box.name === name).map((box) => box.value).join(","));
  }
  // Streamlit strips a field named "lang" from the form.
  const spoken = new URLSearchParams(location.search).get("lang");
  if (spoken) chosen.set("lang", spoken);
  // A button that steps to the period before or after.
  if (pressed && pressed.name === "step") {
    chosen.delete("from");
    chosen.delete("to");
    chosen.set("period", pressed.value);
  }
  return form.getAttribute("action") + "?" + chosen.toString();
}
export default function () {
  // Once per document: a link clicked while Streamlit mounts this again must not load the page anew.
  const root = document.documentElement;
  if (root.dataset.links) return;
  root.dataset.links = "followed";
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = event.target.closest && event.target.closest("a[data-follow]");
    if (!link) return;
    event.preventDefault();
    visit(link.getAttribute("href"));
  });
  document.addEventListener("change", (event) => {
    const form = event.target.closest && event.target.closest("form[data-filters]");
    if (form && event.target.tagName === "SELECT") visit(addressOf(form));
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-filters]")) return;
    event.preventDefault();
    visit(addressOf(event.target, event.submitter));
  });
  // A list that somebody changed before this script came must not show a choice that nobody acts on.
  const changed = (list) => [...list.selectedOptions].some((option) => !option.defaultSelected);
  for (const form of document.querySelectorAll("form[data-filters]")) {
    if ([...form.querySelectorAll("select")].some(changed)) visit(addressOf(form));
  }
}
"""


def follow_links() -> None:
    """Let this page's links and filter forms work inside the session; call it once in `draw()`."""
    _mount()(key="links", height=0)


@cache
def _mount() -> Callable[..., object]:
    return st.components.v2.component("ioc_links", js=_SCRIPT)


def about(indicator: str, text: str) -> str:
    """The text as an HTML link to the definition of an indicator, by its key."""
    href = address("definitions", indicator=indicator)
    return f'<a class="ioc-about" href="{escape(href)}" target="_self" data-follow="1">{escape(text)}</a>'


def link(text: str, href: str, *, current: bool = False) -> str:
    """An HTML link that keeps the visit; `current` marks the place where the visitor is."""
    mark = ' aria-current="page"' if current else ""
    return f'<a href="{escape(href)}" target="_self" data-follow="1"{mark}>{escape(text)}</a>'

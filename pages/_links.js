/* Links and filter forms that keep the visit: a plain click on a[data-follow], and a change in form[data-filters], put the
   new address into the browser's history and let Streamlit draw it as it does after "back". */
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

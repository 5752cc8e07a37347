/* Copy link. A page over plain HTTP has no navigator.clipboard; there the old way, from a field that is selected. */
async function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  field.style.opacity = "0";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
}
document.addEventListener("click", async (event) => {
  const button = event.target.closest && event.target.closest("button[data-copy]");
  if (!button) return;
  await copied(location.href);
  const said = button.parentElement.querySelector("[role=status]");
  said.textContent = button.dataset.copy;
  button.focus();
  setTimeout(() => { said.textContent = ""; }, 5000);
});

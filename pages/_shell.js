/* Streamlit's own words in the visitor's language; pages/_shell.py gives them as SPOKEN. Within st.html everything is ours
   already, and the frame says there which language the visit is in. */
const NAMES = ["aria-label", "placeholder", "title"];
const OURS = "[data-testid=stHtml]";
const TEXTS =
  '[data-testid=stSkipToContent], [role=dialog], [data-live-announcer], [data-testid=stFileUploader], [data-testid=stTooltipContent], ' +
  '[data-testid=stException], [data-testid=stSelectboxVirtualDropdown], [role=listbox]';
const shell = { language: "", words: {}, patterns: [] };

function told(text) {
  const plain = text.trim();
  if (Object.hasOwn(shell.words, plain)) return shell.words[plain];
  for (const [pattern, words] of shell.patterns) if (pattern.test(plain)) return plain.replace(pattern, words);
  return plain;
}
function setName(element, name) {
  const before = element.getAttribute(name);
  if (before && told(before) !== before.trim()) element.setAttribute(name, told(before));
}
function setText(node) {
  if (node.data.trim() && told(node.data) !== node.data.trim()) node.data = told(node.data);
}
function setAll(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    if (node.parentElement && node.parentElement.closest(TEXTS)) setText(node);
    return;
  }
  if (node.nodeType !== Node.ELEMENT_NODE || node.closest(OURS)) return;
  const named = NAMES.map((name) => `[${name}]`).join();
  for (const element of [node, ...node.querySelectorAll(named)]) {
    if (!element.closest(OURS)) for (const name of NAMES) setName(element, name);
  }
  const holders = node.closest(TEXTS) ? [node] : node.querySelectorAll(TEXTS);
  for (const holder of holders) {
    const texts = document.createTreeWalker(holder, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) setText(texts.currentNode);
  }
  // A place that has a name and holds a button is no mere presentation.
  for (const zone of node.querySelectorAll("section[role=presentation][aria-label]")) zone.setAttribute("role", "group");
}
function speak(language) {
  if (language === shell.language || !Object.hasOwn(SPOKEN, language)) return;
  document.documentElement.lang = shell.language = language;
  shell.words = SPOKEN[language].words;
  shell.patterns = SPOKEN[language].patterns.map(([pattern, words]) => [new RegExp(pattern), words]);
  setAll(document.body);
}
speak(document.documentElement.lang);
const seen = new MutationObserver((changes) => {
  const frame = document.querySelector("[data-spoken]");
  if (frame) speak(frame.dataset.spoken);
  for (const change of changes) {
    if (change.type === "childList") change.addedNodes.forEach(setAll);
    else if (change.type === "characterData") setAll(change.target);
    else if (!change.target.closest(OURS)) setName(change.target, change.attributeName);
  }
});
seen.observe(document.body, { subtree: true, childList: true, characterData: true, attributeFilter: NAMES });

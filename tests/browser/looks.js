// What a page says, and which of its controls the Tab key reaches. Loaded by tests/browser/looks.py.
window.look = (() => {
  // Icons are letters of a font, and hidden from readers; code is keys, formulas and addresses, alike in every language.
  const LEFT_OUT = "script, style, noscript, code, [data-testid=stIconMaterial]";
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const LOOKS = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderColor", "backgroundColor", "opacity"];
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  let before = [];

  function said() {
    const found = new Set([document.title]);
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.data.trim();
      if (text && !texts.currentNode.parentElement.closest(LEFT_OUT)) found.add(text);
    }
    for (const element of document.querySelectorAll("body *")) {
      for (const name of ["alt", "title", "aria-label", "placeholder", "aria-description", "aria-roledescription"]) {
        if (element.getAttribute(name)) found.add(element.getAttribute(name));
      }
      for (const part of ["::before", "::after"]) {
        const content = getComputedStyle(element, part).content;
        if (content.length > 4 && !element.matches(LEFT_OUT)) found.add(content.slice(1, -1));
      }
    }
    return [...found];
  }
  function drawn(control) {
    const around = [control, ...control.children];
    for (let above = control.parentElement, n = 0; above && n < 4; above = above.parentElement, n += 1) around.push(above);
    return JSON.stringify(around.map((part) => { const style = getComputedStyle(part); return LOOKS.map((name) => style[name]); }));
  }
  function isThere(control) {
    const box = control.getBoundingClientRect();
    return control.checkVisibility({ visibilityProperty: true }) && !control.disabled && box.width > 0 && box.height > 0;
  }
  // Numbers the visible controls, keeps how they look, and puts the focus before all of them.
  function number(exceptions) {
    const still = document.createElement("style");
    still.textContent = "*, *::before, *::after { transition: none !important; animation: none !important; }";
    document.head.append(still);
    document.activeElement.blur();
    const controls = [...document.querySelectorAll(CONTROLS)].filter((one) => isThere(one) && !(exceptions && one.matches(exceptions)));
    controls.forEach((control, n) => { control.dataset.number = n; });
    before = controls.map(drawn);
    return controls.map((control) => control.outerHTML.slice(0, 160));
  }
  // The number of the control that has the focus (null: none of them; "": nothing), and whether one can see that it has.
  async function focused() {
    const control = document.activeElement;
    if (!control || control === document.body) return ["", true];
    const n = control.dataset.number;
    if (n === undefined) return [null, true];
    if (drawn(control) === before[n]) await frame();
    return [n, drawn(control) !== before[n]];
  }
  return { said, number, focused };
})();

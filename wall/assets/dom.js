// Nodes that are changed in place: a setter touches the page only when something is different.

const SVG = "http://www.w3.org/2000/svg";
// What a browser gives back of a style is not always what was set, so it is kept here.
const known = new WeakMap();
let touched = 0;

/** How many changes there have been: two equal answers say that nothing was touched in between. */
export function touches() {
  return touched;
}

/** A new element with these classes as the last child of `parent`. */
export function element(tag, classes, parent) {
  const made = document.createElement(tag);
  if (classes) made.className = classes;
  if (parent) parent.append(made);
  return made;
}

/** A new SVG element with these attributes as the last child of `parent`. */
export function drawing(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (parent) parent.append(made);
  return made;
}

/** Makes the node say `text`; an empty one is hidden, so that it takes no room. */
export function say(node, text) {
  const wanted = text ?? "";
  reveal(node, wanted !== "");
  if (!node.firstChild) node.append("");
  if (node.firstChild.data === wanted) return;
  touched += 1;
  node.firstChild.data = wanted;
}

/** Shows or hides the node; a hidden one takes no room. */
export function reveal(node, shown) {
  if (node.hidden !== shown) return;
  touched += 1;
  node.hidden = !shown;
}

/** Sets an attribute, or takes it away when `value` is null. */
export function set(node, name, value) {
  if (value === null || value === undefined) {
    if (!node.hasAttribute(name)) return;
    touched += 1;
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    touched += 1;
    node.setAttribute(name, value);
  }
}

/** Sets a style property or a custom one. */
export function style(node, name, value) {
  const wanted = value ?? "";
  if (known.get(node)?.[name] === wanted) return;
  known.set(node, { ...known.get(node), [name]: wanted });
  touched += 1;
  node.style.setProperty(name, wanted);
}

/**
 * Children of `parent` by key: keeps the views of the keys in `order`, makes the missing ones, removes the others.
 * `views` is the Map that is kept between calls; a view has a `node` and an `update(item)`.
 */
export function keyed(parent, views, order, items, make, before = null) {
  const wanted = order.filter((key) => items[key] !== undefined);
  const keep = new Set(wanted);
  for (const [key, view] of views) {
    if (!keep.has(key)) {
      touched += 1;
      view.node.remove();
      views.delete(key);
    }
  }
  let next = before;
  for (const key of [...wanted].reverse()) {
    let view = views.get(key);
    if (!view) {
      view = make(key);
      views.set(key, view);
    }
    if (view.node.parentNode !== parent || view.node.nextSibling !== next) {
      touched += 1;
      parent.insertBefore(view.node, next);
    }
    next = view.node;
  }
  for (const key of wanted) views.get(key).update(items[key], key);
}

// Nodes that are changed in place: a setter touches the page only when something is different.

const SVG = "http://www.w3.org/2000/svg";

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

/** Makes the node say `text`; an empty one is hidden, so that it takes no room. Returns whether anything changed. */
export function say(node, text) {
  const wanted = text ?? "";
  if (node.hidden !== (wanted === "")) node.hidden = wanted === "";
  if (node.textContent === wanted) return false;
  node.textContent = wanted;
  return true;
}

/** Sets an attribute, or takes it away when `value` is null. */
export function set(node, name, value) {
  if (value === null || value === undefined) {
    if (node.hasAttribute(name)) node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Sets a style property or a custom one. */
export function style(node, name, value) {
  const wanted = value ?? "";
  if (node.style.getPropertyValue(name) !== wanted) node.style.setProperty(name, wanted);
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
    if (view.node.parentNode !== parent || view.node.nextSibling !== next) parent.insertBefore(view.node, next);
    next = view.node;
  }
  for (const key of wanted) views.get(key).update(items[key], key);
}

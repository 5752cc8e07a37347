// State by shape: drawn, not written, so that it looks the same whatever fonts a machine has.

import { drawing, set } from "./dom.js";

const PATHS = {
  "●": "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13z",
  "▲": "M8 1.6L15.4 14.4H.6z",
  "▼": "M8 14.4L.6 1.6H15.4z",
  "■": "M2 2H14V14H2z",
  "◆": "M8 .8L15.2 8L8 15.2L.8 8z",
  "○": "M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13zM8 4a4 4 0 1 1 0 8a4 4 0 0 1 0-8z",
  "□": "M2 2H14V14H2zM4.4 4.4V11.6H11.6V4.4z",
  "–": "M2 6.7H14V9.3H2z",
  // A clock: the figure waits for its source. Filled: the source is silent. A question: never heard.
  late: "M8 .8a7.2 7.2 0 1 0 0 14.4a7.2 7.2 0 0 0 0-14.4zM8 3a5 5 0 1 1 0 10a5 5 0 0 1 0-10zM7 4.2H9V7.6L11.4 9.6L10.2 11.2L7 8.6z",
  stale: "M8 .4L15.8 14.8H.2zM7 5.4V10H9V5.4zM7 11.2V13.2H9V11.2z",
  unknown:
    "M1 1H15V15H1zM3 3V13H13V3zM5.2 6.2C5.2 4.7 6.4 3.9 8 3.9S10.8 4.8 10.8 6.2C10.8 7.4 9.9 7.9 9.2 8.4C8.9 8.6 8.8 8.8 8.8 9.3H7.2C7.2 8.1 7.6 7.6 8.3 7.2C8.9 6.8 9.2 6.6 9.2 6.1C9.2 5.6 8.7 5.3 8 5.3S6.8 5.7 6.8 6.2zM7.1 10.2H8.9V12H7.1z",
  lost: "M8 .4L15.8 14.8H.2zM7 5.4V10H9V5.4zM7 11.2V13.2H9V11.2z",
};
PATHS.fresh = PATHS["●"];

/** The shape of a standing, as on pages. */
export const STANDING_SHAPES = { reached: "●", near: "▲", missed: "■", none: "○" };

/** Whether there is a drawing for this name or sign. */
export function isShape(name) {
  return name in PATHS;
}

/** A new shape: `{node, show(name)}`; an unknown name hides it. */
export function shape(parent) {
  const node = drawing("svg", { class: "shape", viewBox: "0 0 16 16", "aria-hidden": "true" }, parent);
  const path = drawing("path", { "fill-rule": "evenodd" }, node);
  return {
    node,
    show(name) {
      set(node, "data-shape", name || null);
      set(path, "d", PATHS[name] ?? "");
      node.classList.toggle("away", !isShape(name));
    },
  };
}

/** Splits "▲2" into its shape and the rest. */
export function parted(text) {
  const first = [...(text ?? "")][0] ?? "";
  return isShape(first) ? [first, text.slice(first.length).trimStart()] : ["", text ?? ""];
}

// Upright columns, each with its value above and its label below.

import { frame } from "./block.js";
import { element, keyed, say, set, style } from "./dom.js";
import { STANDING_SHAPES, shape } from "./shapes.js";

/** A view of a Columns block. */
export function columns(words) {
  const { node, body, update } = frame("columns", words);
  const views = new Map();
  return {
    node,
    update(block) {
      update(block, block.note);
      const items = Object.fromEntries(
        Object.entries(block.columns).map(([key, column]) => [key, { ...column, scale: block.scale }]),
      );
      keyed(body, views, block.order, items, column);
    },
  };
}

function column() {
  const node = element("div", "column item");
  const stem = element("div", "stem", node);
  const text = element("b", "column-text t-read", stem);
  const mark = shape(text);
  const written = element("span", "", text);
  const fill = element("div", "column-fill", stem);
  const label = element("span", "column-label t-read", node);
  return {
    node,
    update(item) {
      const standing = item.standing ?? "none";
      set(node, "data-standing", standing);
      const share = item.scale > 0 ? Math.min(Math.max((item.value ?? 0) / item.scale, 0), 1) : 0;
      style(fill, "--share", String(Math.round(share * 1000) / 1000));
      mark.show(standing === "none" ? "" : STANDING_SHAPES[standing]);
      say(written, item.text);
      say(label, item.label);
    },
  };
}

// Equal boxes side by side, such as the nine screens.

import { frame } from "./block.js";
import { element, keyed, say, set, style } from "./dom.js";
import { shape } from "./shapes.js";

/** A view of a Cells block. */
export function cells(words) {
  const { node, body, update } = frame("cells", words);
  const views = new Map();
  return {
    node,
    update(block) {
      update(block, "");
      style(node, "--cells", String(Math.max(block.order.length, 4)));
      keyed(body, views, block.order, block.cells, cell);
    },
  };
}

function cell() {
  const node = element("div", "cell t-read item");
  const head = element("b", "cell-head", node);
  const state = element("div", "cell-state", node);
  const mark = shape(state);
  const text = element("span", "", state);
  return {
    node,
    update(item) {
      set(node, "data-fresh", item.fresh);
      say(head, item.head);
      mark.show(item.fresh);
      say(text, item.text);
    },
  };
}

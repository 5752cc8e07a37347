// Lines: a shape, a head, a phrase, a value at the end.

import { frame } from "./block.js";
import { element, keyed, say, set } from "./dom.js";
import { isShape, shape } from "./shapes.js";

/** A view of a Listing block. */
export function listing(words) {
  const { node, body, update } = frame("listing", words);
  const empty = element("div", "empty t-read", body);
  const lines = new Map();
  return {
    node,
    update(block) {
      update(block, block.note);
      say(empty, block.order.length ? "" : block.empty);
      keyed(body, lines, block.order, block.lines, line);
    },
  };
}

function line() {
  const node = element("div", "line t-read item");
  const sign = element("span", "sign", node);
  const mark = shape(sign);
  const letter = element("span", "", sign);
  const words = element("div", "words", node);
  const head = element("b", "line-head", words);
  const text = element("span", "line-text", words);
  const value = element("b", "line-value", node);
  return {
    node,
    update(item) {
      set(node, "data-tone", item.tone || null);
      set(node, "data-more", item.head ? null : "");
      set(node, "data-fresh", item.fresh ?? null);
      const name = item.fresh && item.fresh !== "fresh" ? item.fresh : item.shape || item.fresh || "";
      mark.show(name);
      say(letter, isShape(name) ? "" : name);
      say(head, item.head);
      say(text, item.text);
      say(value, item.value);
    },
  };
}

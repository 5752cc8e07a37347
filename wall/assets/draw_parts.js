// One bar cut into its parts, each named with its share below.

import { frame } from "./block.js";
import { element, keyed, reveal, say, set, style } from "./dom.js";

/** A view of a Parts block. */
export function parts(words) {
  const { node, body, update } = frame("parts", words);
  const whole = element("div", "whole", body);
  const legend = element("div", "parts-legend", body);
  const pieces = new Map();
  const names = new Map();
  return {
    node,
    update(block) {
      update(block, block.note);
      keyed(whole, pieces, block.order, block.parts, piece);
      keyed(legend, names, block.order, block.parts, named);
    },
  };
}

function piece() {
  const node = element("div", "piece");
  return {
    node,
    update(part) {
      set(node, "data-shade", part.shade ?? 0);
      style(node, "flex-grow", String(Math.max(part.share, 0)));
      reveal(node, part.share > 0);
    },
  };
}

function named() {
  const node = element("div", "part t-read");
  const swatch = element("span", "swatch", node);
  const label = element("span", "part-label", node);
  const text = element("b", "", node);
  return {
    node,
    update(part) {
      set(swatch, "data-shade", part.shade ?? 0);
      say(label, part.label);
      say(text, part.text);
    },
  };
}

// One headline figure: value, standing to its target, change, trend.

import { frame } from "./block.js";
import { drawing, element, reveal, say, set, style } from "./dom.js";
import { STANDING_SHAPES, shape } from "./shapes.js";

/** A view of a Figure block. */
export function figure(words) {
  const { node, body, update } = frame("figure", words);
  const row = element("div", "amount", body);
  const written = element("div", "written", row);
  const value = element("span", "value t-head", written);
  const unit = element("span", "unit t-read", written);
  const trend = sparkline(row);
  const standing = element("div", "standing t-read", body);
  const state = element("span", "state", standing);
  const mark = shape(state);
  const word = element("span", "", state);
  const target = element("span", "target", standing);
  const change = element("div", "change t-read", body);
  return {
    node,
    update(block) {
      update(block, block.n);
      set(node, "data-standing", block.standing ?? "none");
      say(value, block.value);
      say(unit, block.unit);
      say(word, block.standing_text);
      mark.show(block.standing_text ? STANDING_SHAPES[block.standing ?? "none"] : "");
      reveal(state, Boolean(block.standing_text));
      say(target, block.target);
      reveal(standing, Boolean(block.standing_text || block.target));
      say(change, block.change);
      trend.update(block.trend ?? [], block.goal ?? null);
    },
  };
}

/** A small line, old to new, with gaps, and the target as a rule. */
function sparkline(parent) {
  const node = element("div", "trend", parent);
  const svg = drawing("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, node);
  const goal = drawing("path", { class: "goal" }, svg);
  const line = drawing("path", { class: "line" }, svg);
  const dot = element("span", "dot", node);
  return {
    update(values, target) {
      const known = values.filter((value) => value !== null);
      reveal(node, known.length > 1);
      if (node.hidden) return;
      const height = heights(known, target);
      const step = 100 / (values.length - 1);
      set(line, "d", path(values, step, height));
      set(goal, "d", target === null ? null : `M0 ${height(target)}H100`);
      const last = values.at(-1);
      reveal(dot, last !== null);
      if (last !== null) style(dot, "top", `${height(last)}%`);
    },
  };
}

function heights(known, target) {
  const all = target === null ? known : [...known, target];
  const low = Math.min(...all);
  const high = Math.max(...all);
  if (high === low) return () => 50;
  return (value) => Math.round((94 - ((value - low) / (high - low)) * 88) * 10) / 10;
}

function path(values, step, height) {
  let drawn = "";
  let pen = "M";
  values.forEach((value, index) => {
    if (value === null) {
      pen = "M";
      return;
    }
    drawn += `${pen}${Math.round(index * step * 10) / 10} ${height(value)}`;
    pen = "L";
  });
  return drawn;
}

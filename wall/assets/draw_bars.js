// Horizontal bars in the order of a ranking, with interval and target.

import { frame } from "./block.js";
import { element, keyed, say, set, style } from "./dom.js";
import { STANDING_SHAPES, parted, shape } from "./shapes.js";

/** A view of a Bars block. */
export function bars() {
  const { node, body, update } = frame("bars");
  const head = element("div", "goal-head", body);
  const headTrack = element("div", "goal-track", head);
  const goal = element("span", "goal-text t-read", headTrack);
  const rule = element("div", "goal-rule", headTrack);
  const rows = new Map();
  return {
    node,
    update(block) {
      update(block, block.note);
      const at = share(block.goal, block.scale);
      const shown = at !== null && Boolean(block.goal_text);
      if (head.hidden === shown) head.hidden = !shown;
      say(goal, block.goal_text);
      set(node, "data-goal", at === null ? null : at < 33 ? "low" : at > 67 ? "high" : "middle");
      style(node, "--goal", at === null ? "" : `${at}%`);
      rule.hidden = at === null;
      const items = Object.fromEntries(
        Object.entries(block.rows).map(([key, row]) => [
          key,
          { ...row, scale: block.scale, shared: block.goal ?? null, gap: key === block.gap_after ? block.gap_text : "" },
        ]),
      );
      keyed(body, rows, block.order, items, bar);
      set(node, "data-ranked", block.order.some((key) => items[key]?.rank) ? "" : null);
    },
  };
}

function bar() {
  const node = element("div", "bar-row");
  const rank = element("span", "rank t-read", node);
  const name = element("span", "name t-read", node);
  const track = element("div", "track", node);
  const fill = element("div", "fill", track);
  const interval = element("div", "interval", track);
  const own = element("div", "own-goal", track);
  const amount = element("span", "amount-text t-read", node);
  const mark = shape(amount);
  const text = element("b", "", amount);
  const move = element("span", "move", amount);
  const arrow = shape(move);
  const moved = element("span", "", move);
  const note = element("span", "bar-note", amount);
  const gap = element("div", "gap t-small", node);
  return {
    node,
    update(row) {
      const standing = row.standing ?? "none";
      set(node, "data-standing", standing);
      if (rank.textContent !== (row.rank ?? "")) rank.textContent = row.rank ?? "";
      say(name, row.name);
      style(fill, "width", `${share(row.value, row.scale) ?? 0}%`);
      whisker(interval, row);
      const goal = row.goal === row.shared ? null : share(row.goal, row.scale);
      if (own.hidden !== (goal === null)) own.hidden = goal === null;
      if (goal !== null) style(own, "left", `${goal}%`);
      mark.show(STANDING_SHAPES[standing]);
      say(text, row.text);
      const [sign, rest] = parted(row.move);
      arrow.show(sign);
      say(moved, rest);
      if (move.hidden !== !row.move) move.hidden = !row.move;
      set(move, "data-tone", row.move_tone || null);
      say(note, row.note);
      say(gap, row.gap);
    },
  };
}

function whisker(node, row) {
  const low = share(row.low, row.scale);
  const high = share(row.high, row.scale);
  const shown = low !== null && high !== null;
  if (node.hidden === shown) node.hidden = !shown;
  if (!shown) return;
  style(node, "left", `${low}%`);
  style(node, "width", `${Math.round((high - low) * 100) / 100}%`);
}

function share(value, scale) {
  if (value === null || value === undefined || !(scale > 0)) return null;
  return Math.round(Math.min(Math.max(value / scale, 0), 1) * 10000) / 100;
}

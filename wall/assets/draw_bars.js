// Horizontal bars in the order of a ranking, with interval and target.

import { frame } from "./block.js";
import { element, keyed, reveal, say, set, style } from "./dom.js";
import { STANDING_SHAPES, parted, shape } from "./shapes.js";

const GAP = " gap";

/** A view of a Bars block. */
export function bars(words) {
  const { node, body, update } = frame("bars", words);
  const head = element("div", "goal-head", body);
  const headTrack = element("div", "goal-track", head);
  const goal = element("span", "goal-text t-read", headTrack);
  const rows = new Map();
  return {
    node,
    update(block) {
      update(block, block.note);
      const at = share(block.goal, block.scale);
      const shown = at !== null && Boolean(block.goal_text);
      reveal(head, shown);
      say(goal, block.goal_text);
      set(node, "data-goal", at === null ? null : at < 33 ? "low" : at > 67 ? "high" : "middle");
      style(node, "--goal", at === null ? "" : `${at}%`);
      // Where no bar is judged by a target, the sign of “no data” would say something else.
      const judged = Object.values(block.rows).some((row) => (row.standing ?? "none") !== "none");
      const items = Object.fromEntries(
        Object.entries(block.rows).map(([key, row]) => [
          key,
          { ...row, judged, scale: block.scale, shared: block.goal ?? null },
        ]),
      );
      const order = [...block.order];
      if (block.gap_text && order.includes(block.gap_after)) {
        order.splice(order.indexOf(block.gap_after) + 1, 0, GAP);
        items[GAP] = { text: block.gap_text };
      }
      keyed(body, rows, order, items, (key) => (key === GAP ? gap() : bar()));
      set(node, "data-judged", judged ? "" : null);
      set(node, "data-ranked", block.order.some((key) => items[key]?.rank) ? "" : null);
    },
  };
}

function gap() {
  const node = element("div", "gap t-small");
  const text = element("span", "", node);
  return { node, update: (item) => say(text, item.text) };
}

function bar() {
  const node = element("div", "bar-row item");
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
  return {
    node,
    update(row) {
      const standing = row.standing ?? "none";
      set(node, "data-standing", standing);
      say(rank, row.rank);
      say(name, row.name);
      style(fill, "width", `${share(row.value, row.scale) ?? 0}%`);
      whisker(interval, row);
      const goal = row.goal === row.shared ? null : share(row.goal, row.scale);
      reveal(own, goal !== null);
      if (goal !== null) style(own, "left", `${goal}%`);
      mark.show(row.judged ? STANDING_SHAPES[standing] : "");
      say(text, row.text);
      const [sign, rest] = parted(row.move);
      arrow.show(sign);
      say(moved, rest);
      reveal(move, Boolean(row.move));
      set(move, "data-tone", row.move_tone || null);
      say(note, row.note);
    },
  };
}

function whisker(node, row) {
  const low = share(row.low, row.scale);
  const high = share(row.high, row.scale);
  const shown = low !== null && high !== null;
  reveal(node, shown);
  if (!shown) return;
  style(node, "left", `${low}%`);
  style(node, "width", `${Math.round((high - low) * 100) / 100}%`);
}

function share(value, scale) {
  if (value === null || value === undefined || !(scale > 0)) return null;
  return Math.round(Math.min(Math.max(value / scale, 0), 1) * 10000) / 100;
}

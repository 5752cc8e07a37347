// What every block has around its body: place on the grid, title, warning when its figures are old, small print.

import { element, reveal, say, set, style } from "./dom.js";
import { shape } from "./shapes.js";

/** The frame of one block: `{node, body, update(block, note)}`; `note` is the small print of its kind. */
export function frame(kind, words) {
  const node = element("article", "block");
  node.dataset.kind = kind;
  const title = element("h3", "block-title t-read", node);
  const body = element("div", "body", node);
  const foot = element("div", "foot", node);
  const chip = element("div", "chip t-read", foot);
  const mark = shape(chip);
  const warning = element("span", "", chip);
  const small = element("div", "print t-small", foot);
  const rest = element("div", "rest t-read", foot);
  rest.hidden = true;
  node.tellRest = (count) => say(rest, count ? words("left_out", { count }) : "");
  return {
    node,
    body,
    foot,
    update(block, note) {
      const { at } = block;
      style(node, "grid-area", `${at.row} / ${at.column} / span ${at.rows} / span ${at.columns}`);
      set(node, "data-fresh", block.mark.fresh);
      set(node, "data-figure", block.figure || null);
      say(title, block.title);
      const old = block.mark.fresh !== "fresh" && Boolean(block.mark.warning);
      reveal(chip, old);
      mark.show(block.mark.fresh);
      say(warning, block.mark.warning);
      // A time that the warning says already is not said twice.
      const { time, fresh } = block.mark;
      const until = fresh === "unknown" || block.mark.warning?.includes(time) ? "" : time;
      say(small, note && until ? `${note.replace(/\.$/, "")} · ${until}` : note || (until && words("data_until", { time: until })));
    },
  };
}

// One scene: title, the sentence that answers its question, blocks on a grid, the worst freshness on its edge.

import { element, keyed, reveal, say, set, touches } from "./dom.js";
import { bars } from "./draw_bars.js";
import { cells } from "./draw_cells.js";
import { columns } from "./draw_columns.js";
import { figure } from "./draw_figure.js";
import { listing } from "./draw_listing.js";
import { map } from "./draw_map.js";
import { parts } from "./draw_parts.js";
import { fitBlock, fitSentence } from "./fit.js";
import { shape } from "./shapes.js";

const KINDS = { figure, bars, map, columns, parts, listing, cells };

const SENTENCE = " sentence";

/** The view of one scene inside `parent`. */
export class SceneView {
  constructor(id, parent, words) {
    this.words = words;
    this.blocks = new Map();
    // The blocks that changed since they were last fitted into their room.
    this.loose = new Set();
    this.waiting = false;
    this.node = element("section", "scene", parent);
    this.node.dataset.scene = id;
    this.node.setAttribute("aria-hidden", "true");
    this.title = element("h1", "title t-small", this.node);
    this.sentence = element("h2", "sentence", this.node);
    this.spans = new Map();
    this.grid = element("div", "grid", this.node);
    this.edge = element("footer", "edge", this.node);
    this.chip = element("div", "worst", this.edge);
    this.mark = shape(this.chip);
    this.worst = element("span", "", this.chip);
  }

  /** Draws what is different in `scene`. */
  update(scene) {
    const before = touches();
    say(this.title, scene.title);
    const spans = Object.fromEntries(scene.sentence.map((span, index) => [index, span]));
    keyed(this.sentence, this.spans, Object.keys(spans), spans, sentencePart);
    const worst = scene.worst ?? { fresh: "fresh", time: "", warning: "" };
    set(this.node, "data-worst", worst.fresh);
    const fresh = worst.fresh === "fresh";
    set(this.chip, "class", fresh ? "worst t-small" : "worst t-read");
    this.mark.show(worst.fresh);
    const until = worst.time ? this.words("data_until", { time: worst.time }) : "";
    say(this.worst, fresh ? until : worst.warning);
    reveal(this.chip, !this.worst.hidden);
    const order = Object.keys(scene.blocks);
    if (touches() !== before) this.#loosen(order);
    keyed(this.grid, this.blocks, order, scene.blocks, (id) => this.#make(id));
    if (this.loose.size) this.#fitSoon();
  }

  /** Fits everything into its room before the next frame. */
  refit() {
    this.#loosen(this.blocks.keys());
    this.#fitSoon();
  }

  /** Shows or hides it. */
  show(shown) {
    set(this.node, "data-shown", shown ? "" : null);
    set(this.node, "aria-hidden", shown ? null : "true");
  }

  #loosen(ids) {
    for (const id of ids) this.loose.add(id);
    this.loose.add(SENTENCE);
  }

  #again(id) {
    this.loose.add(id);
    this.#fitSoon();
  }

  #fitSoon() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (this.loose.delete(SENTENCE)) fitSentence(this.sentence);
      for (const id of this.loose) this.blocks.get(id)?.fit();
      this.loose.clear();
    });
  }

  #make(id) {
    let inner = null;
    const node = element("div", "place");
    return {
      node,
      update: (block) => {
        if (inner?.kind !== block.kind) {
          const view = KINDS[block.kind](this.words, () => this.#again(id));
          inner?.view.node.remove();
          view.node.dataset.block = id;
          node.append(view.node);
          inner = { kind: block.kind, view };
        }
        const before = touches();
        inner.view.update(block);
        if (touches() !== before) this.loose.add(id);
      },
      fit: () => {
        fitBlock(inner.view.node);
        inner.view.fit?.();
      },
    };
  }
}

function sentencePart() {
  const node = element("span", "t-read");
  return {
    node,
    update(span) {
      say(node, span.text);
      set(node, "data-tone", span.tone || null);
    },
  };
}

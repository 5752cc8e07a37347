// The schematic map: cells by standing, district outlines above, a few cells named by a number.

import { frame } from "./block.js";
import { drawing, element, keyed, say, set } from "./dom.js";
import { outlines } from "./geometry.js";
import { apart } from "./places.js";
import { STANDING_SHAPES, shape } from "./shapes.js";

const NOTHING = { viewBox: "0 0 1 1", cells: {}, borders: [], centres: {} };

/** A view of a Map block. `refit` is called when the outlines have come. */
export function map(words, refit) {
  const { node, body, update } = frame("map", words);
  const svg = drawing("svg", { class: "map", "aria-hidden": "true" }, element("div", "map-box", body));
  hatching(svg);
  const ground = drawing("g", {}, svg);
  const land = drawing("g", { class: "land" }, ground);
  const borders = drawing("g", { class: "borders" }, ground);
  const labels = drawing("g", { class: "labels" }, svg);
  const legend = element("div", "legend", body);
  const paths = new Map();
  const names = new Map();
  let block = null;
  let drawn = null;
  let address = "";

  function paint() {
    for (const [unit, path] of paths) set(path, "data-standing", block.cells[unit] ?? "none");
  }

  function take(found) {
    if (address !== block.geometry) return;
    drawn = found;
    land.replaceChildren();
    borders.replaceChildren();
    paths.clear();
    for (const [unit, d] of Object.entries(found.cells)) paths.set(unit, drawing("path", { d }, land));
    for (const d of found.borders) drawing("path", { d }, borders);
    paint();
    refit(node);
  }

  return {
    node,
    update(next) {
      block = next;
      update(block, block.note);
      const items = Object.fromEntries(Object.entries(block.legend).map(([standing, words]) => [standing, { words }]));
      keyed(legend, names, Object.keys(block.legend), items, legendItem);
      if (address !== block.geometry) {
        address = block.geometry;
        if (address) outlines(address, take);
        else take(NOTHING);
      } else if (drawn) {
        paint();
      }
      set(node, "data-labels", (block.labels ?? []).map((label) => `${label.unit} ${label.text}`).join(";") || null);
    },
    /** Puts outlines and labels into the room that there is. */
    fit() {
      if (!drawn) return;
      const box = svg.getBoundingClientRect();
      const zoom = node.closest(".stage")?.zoom ?? 1;
      const width = box.width / zoom;
      const height = box.height / zoom;
      if (!(width > 0 && height > 0)) return;
      const size = parseFloat(getComputedStyle(labels).fontSize);
      const radius = size * 0.78;
      const [left, top, across, down] = drawn.viewBox.split(" ").map(Number);
      const pad = radius + 4;
      const scale = Math.min((width - 2 * pad) / across, (height - 2 * pad) / down);
      const x = (width - across * scale) / 2 - left * scale;
      const y = (height - down * scale) / 2 - top * scale;
      set(svg, "viewBox", `0 0 ${width} ${height}`);
      set(ground, "transform", `translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${scale.toFixed(5)})`);
      const anchors = (block.labels ?? [])
        .filter((label) => drawn.centres[label.unit])
        .map((label) => {
          const [cx, cy] = drawn.centres[label.unit];
          return { text: label.text, x: cx * scale + x, y: cy * scale + y };
        });
      name(labels, apart(anchors, radius, width, height), radius);
    },
  };
}

function name(parent, placed, radius) {
  parent.replaceChildren();
  for (const { x, y, anchor } of placed) {
    const d = `M${anchor.x} ${anchor.y}L${x} ${y}`;
    drawing("path", { class: "halo", d }, parent);
    drawing("path", { class: "leader", d }, parent);
    drawing("circle", { class: "pin", cx: anchor.x, cy: anchor.y, r: radius / 6 }, parent);
  }
  for (const { text, x, y } of placed) {
    drawing("circle", { class: "disc", cx: x, cy: y, r: radius }, parent);
    drawing("text", { class: "t-read", x, y, "dominant-baseline": "central" }, parent).textContent = text;
  }
}

function hatching(svg) {
  const pattern = drawing(
    "pattern",
    { id: "wall-missed", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    drawing("defs", {}, svg),
  );
  drawing("rect", { class: "hatch-ground", width: 7, height: 7 }, pattern);
  drawing("rect", { class: "hatch-line", width: 2, height: 7 }, pattern);
}

function legendItem() {
  const node = element("span", "legend-item t-read");
  const mark = shape(node);
  const words = element("span", "", node);
  return {
    node,
    update(item, standing) {
      set(node, "data-standing", standing);
      mark.show(STANDING_SHAPES[standing] ?? "");
      say(words, item.words);
    },
  };
}

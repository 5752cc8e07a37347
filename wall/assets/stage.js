// What stands around the scenes: the stage in the size of the panel, the clock, the words when the connection is lost.

import { local } from "./clock.js";
import { element, reveal, say, set, style, touches } from "./dom.js";
import { shape } from "./shapes.js";

/** The page over everything that Streamlit draws. */
export class Stage {
  constructor(words, palette) {
    this.words = words;
    this.root = element("div", "", document.body);
    this.root.id = "ioc-wall";
    for (const [name, colour] of Object.entries(palette)) style(this.root, `--${name}`, colour);
    this.below = [...document.body.children].filter((node) => node !== this.root && !node.inert);
    for (const node of this.below) node.inert = true;
    this.stage = element("div", "stage", this.root);
    this.scenes = element("main", "scenes", this.stage);
    this.clock = element("div", "clock t-small", this.stage);
    this.time = element("b", "", this.clock);
    this.date = element("span", "", this.clock);
    this.lost = element("div", "lost", this.stage);
    this.lost.hidden = true;
    this.lost.setAttribute("role", "status");
    const chip = element("div", "lost-words t-read", this.lost);
    shape(chip).show("lost");
    this.lostText = element("span", "", chip);
    this.waiting = element("div", "waiting t-read", this.stage);
    this.veil = element("div", "veil", this.root);
    this.size({ width: 1920, height: 1080, head: 57, read: 41, small: 26 });
    this.fitWindow = () => this.#fit();
    addEventListener("resize", this.fitWindow);
  }

  /** The panel's size and type in CSS px, as the layout says. Returns whether anything changed. */
  size({ width, height, head, read, small }) {
    const before = touches();
    this.width = width;
    this.height = height;
    const sizes = { width, height, u: height / 1080, head, read, small };
    for (const [name, pixels] of Object.entries(sizes)) style(this.root, `--${name}`, `${pixels}px`);
    this.#fit();
    return touches() !== before;
  }

  /** Shows clock and date of the place. */
  tick(instant) {
    if (instant === null) return;
    const { time, day, weekday } = local(instant);
    say(this.time, time);
    say(this.date, this.words("date", { weekday: this.words("weekdays").split("|")[weekday], date: day }));
  }

  /** Says that the connection is lost, or no longer. */
  tellLost(text) {
    say(this.lostText, text);
    reveal(this.lost, text !== "");
    set(this.root, "data-lost", text === "" ? null : "");
  }

  /** Says what the screen waits for while it has no scene. */
  tellWaiting(text) {
    say(this.waiting, text);
  }

  /** How bright: 1 by day. */
  dim(brightness) {
    style(this.veil, "opacity", String(Math.round((1 - brightness) * 100) / 100));
  }

  /** Takes everything away. */
  remove() {
    removeEventListener("resize", this.fitWindow);
    for (const node of this.below) node.inert = false;
    this.root.remove();
  }

  #fit() {
    this.zoom = Math.min(innerWidth / this.width, innerHeight / this.height);
    this.stage.zoom = this.zoom;
    style(this.stage, "scale", this.zoom === 1 ? "" : String(this.zoom));
    style(this.stage, "left", `${(innerWidth - this.width * this.zoom) / 2}px`);
    style(this.stage, "top", `${(innerHeight - this.height * this.zoom) / 2}px`);
  }
}

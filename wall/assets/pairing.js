// A screen that is not paired shows a code; an operator types it, and the screen goes on by itself.

import { element, say } from "./dom.js";

const ASK_EVERY = 3000;
const LATER = 15000;
const CODE = { made: 200, waiting: 204, gone: 410 };

/** Asks for a code, shows it, and calls `done` once an operator has typed it. */
export class Pairing {
  constructor(parent, screen, words, done) {
    Object.assign(this, { screen, words, done, code: null, timer: null });
    this.node = element("div", "pairing", parent);
    this.node.hidden = true;
    this.title = element("div", "pairing-title t-read", this.node);
    this.shown = element("div", "pairing-code t-head", this.node);
    this.hint = element("div", "pairing-hint t-read", this.node);
  }

  /** Whether a code is asked for or shown. */
  get open() {
    return !this.node.hidden;
  }

  /** Begins, unless it is under way. */
  begin() {
    if (this.open) return;
    this.node.hidden = false;
    this.#ask();
  }

  /** Ends it, and hides the code. */
  end() {
    clearTimeout(this.timer);
    this.code = null;
    this.node.hidden = true;
  }

  async #ask() {
    say(this.title, this.words("pair_title", { screen: this.screen }));
    const answer = await post("pair", this.screen);
    if (!this.open) return;
    if (answer?.status !== CODE.made) return this.#later(() => this.#ask(), LATER);
    this.code = (await answer.json()).code;
    say(this.shown, this.code);
    say(this.hint, this.words("pair_hint"));
    this.#later(() => this.#claim(), ASK_EVERY);
  }

  async #claim() {
    const answer = await post("claim", this.screen);
    if (!this.open) return;
    if (answer?.status === CODE.made) {
      this.end();
      this.done();
    } else if (answer?.status === CODE.gone) {
      this.code = null;
      this.#ask();
    } else {
      this.#later(() => this.#claim(), ASK_EVERY);
    }
  }

  #later(act, delay) {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, delay);
  }
}

/** Asks the server something about this screen's token; null without an answer. */
export async function post(act, screen) {
  try {
    return await fetch(`/api/wall/${act}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ screen }),
    });
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

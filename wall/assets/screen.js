// One screen of the wall: connection, rotation, dead man, reports.

import { brightness, timeToReload, wander } from "./care.js";
import { ServerClock, local, own } from "./clock.js";
import { Connection } from "./connection.js";
import { changes, position } from "./loop.js";
import { Pairing, post } from "./pairing.js";
import { merged } from "./patch.js";
import { SceneView } from "./scene.js";
import { Stage } from "./stage.js";

const TICK = 250;
// What changes on the screen is told at once, and the store gets it every half a minute.
const REPORT_EVERY = 30000;
const LATE_CHANGE = 1000;
const RELOAD_AGAIN = 300000;
const RELOADED = "ioc-wall-reloaded";
const FRESHNESS = ["fresh", "late", "stale", "unknown"];

/** The screen: what it shows, and whether it can be believed. */
export class Wall {
  constructor({ build, screen, texts, language, palette }) {
    Object.assign(this, { build, screen, texts });
    this.words = (key, values = {}) =>
      (this.texts[key] ?? key).replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
    this.startedAt = own();
    this.clock = new ServerClock();
    this.stage = new Stage(this.words, palette);
    this.stage.root.lang = language;
    this.views = new Map();
    this.scenes = {};
    this.program = [];
    Object.assign(this, { pin: null, night: null, lostAfter: 14000, shown: null, turnedAt: Infinity });
    Object.assign(this, { lost: false, lastHeard: null, missed: 0, errors: 0, changedAt: {}, reportedAt: 0 });
    this.pairing = new Pairing(this.stage.stage, screen, this.words, () => this.connection.open());
    const address = `${location.origin.replace(/^http/, "ws")}/api/wall/stream?screen=${screen}`;
    this.connection = new Connection(address, {
      heard: (message) => this.#hear(message),
      closed: (code) => this.#closed(code),
      unpaired: () => this.#unpair(),
    });
    this.noteError = () => (this.errors += 1);
    addEventListener("error", this.noteError);
    addEventListener("unhandledrejection", this.noteError);
    this.stage.tellWaiting(this.words("connecting"));
    this.#loadFonts();
    this.connection.open();
    this.#tick();
  }

  /** Ends it, as when a visitor goes on to another page. */
  stop() {
    clearTimeout(this.timer);
    removeEventListener("error", this.noteError);
    removeEventListener("unhandledrejection", this.noteError);
    this.connection.close();
    this.pairing.end();
    this.stage.remove();
  }

  /** Whether the page's own timers run. */
  alive() {
    return own() - this.tickedAt < 20 * TICK;
  }

  /** What tests and the kiosk read. */
  state() {
    return {
      screen: this.screen,
      scene: this.shown,
      build: this.build,
      connected: this.connection.connected && !this.lost,
      lost: this.lost,
      since: this.lost ? this.clock.shown(this.lastHeard) : null,
      missed: this.missed,
      errors: this.errors + this.connection.errors,
      received: this.connection.received,
      bytes: this.connection.bytes,
      changedAt: this.changedAt,
      worst: this.#worst(),
      pairing: this.pairing.code,
    };
  }

  #hear(message) {
    const act = {
      hello: (said) => this.#hello(said),
      patch: (said) => this.#patch(said.scenes),
      program: (said) => this.#follow(() => (this.program = said.program)),
      pin: (said) => this.#follow(() => (this.pin = said.pin)),
      renew: () => post("renew", this.screen),
    }[message.t];
    if (message.t === "hello") this.clock.forget();
    if (message.now !== undefined) {
      this.speed = message.speed ?? this.speed ?? 1;
      this.clock.hear(message.now, message.shown, this.speed);
      this.lastHeard = this.clock.now();
    }
    this.#tellLost();
    act?.(message);
  }

  #hello(said) {
    this.pairing.end();
    this.texts = { ...this.texts, ...said.texts };
    this.stage.root.lang = said.language;
    const resized = this.stage.size(said.style);
    Object.assign(this, { program: said.program, pin: said.pin, night: said.night, lostAfter: said.lost });
    this.connection.silentAfter = said.lost;
    this.scenes = said.scenes;
    this.#draw(Object.keys(this.scenes));
    if (resized) for (const view of this.views.values()) view.refit();
    this.turnedAt = this.clock.now();
    this.#turn();
    this.newest = said.build;
    this.#renew();
  }

  #patch(scenes) {
    this.scenes = merged(this.scenes, scenes);
    this.#draw(Object.keys(scenes));
  }

  #follow(change) {
    change();
    this.turnedAt = this.clock.now();
    this.#turn();
  }

  /** Draws these scenes, and takes away the views of scenes that are no more. */
  #draw(ids) {
    for (const id of ids) {
      if (!this.scenes[id]) continue;
      if (!this.views.has(id)) this.views.set(id, new SceneView(id, this.stage.scenes, this.words));
      try {
        this.views.get(id).update(this.scenes[id]);
      } catch {
        // One scene that cannot be drawn must not stop the others; operators see the count.
        this.errors += 1;
      }
    }
    for (const [id, view] of this.views) {
      if (this.scenes[id] || id === this.shown) continue;
      view.node.remove();
      this.views.delete(id);
    }
  }

  #tick() {
    clearTimeout(this.timer);
    this.tickedAt = own();
    this.connection.watch();
    this.#tellLost();
    const until = this.#turn();
    const instant = this.clock.shown();
    if (instant !== null) this.#care(instant);
    if (own() - this.reportedAt > REPORT_EVERY) this.#report();
    const rest = until - this.clock.now();
    this.timer = setTimeout(() => this.#tick(), Math.min(TICK, Math.max(rest, 10)));
  }

  /** Shows the scene whose turn it is; returns until when (the server's ms). */
  #turn() {
    if (this.lastHeard === null) return Infinity;
    const now = this.clock.now();
    const turn = position(this.program, this.pin, now);
    const { scene, until } = turn;
    this.#count(turn, now);
    if (scene !== this.shown && (scene === null || this.views.has(scene))) this.#change(scene, now);
    if (scene === null) this.stage.tellWaiting(this.words("no_scene"));
    return until;
  }

  #change(scene, now) {
    const before = this.shown;
    this.views.get(before)?.show(false);
    this.views.get(scene)?.show(true);
    this.shown = scene;
    this.stage.tellWaiting("");
    if (scene !== null) this.changedAt[scene] = Math.round(now);
    this.#draw([]);
    this.#report();
  }

  /** Counts the changes of scene that this page slept through, or made more than a second late. */
  #count({ since }, now) {
    if (this.turnedAt < since) {
      const due = changes(this.program, this.pin, this.turnedAt, now);
      if (due > 0) this.missed += due - 1 + (now - since > LATE_CHANGE ? 1 : 0);
    }
    this.turnedAt = now;
  }

  #tellLost() {
    const silent = own() - (this.connection.heardAt ?? this.startedAt) > this.lostAfter;
    this.lost = silent && !this.pairing.open;
    this.stage.tellLost(this.lost ? this.#lostWords(this.lastHeard) : "");
  }

  #lostWords(since) {
    if (since === null) return this.words("never_connected");
    const { time, short } = local(this.clock.shown(since));
    return this.words("lost", { time, date: short });
  }

  #closed(code) {
    if (code === 4404) this.stage.tellWaiting(this.words("no_screen", { screen: this.screen }));
  }

  /** A screen that is not allowed to show anything shows nothing but its code. */
  #unpair() {
    this.scenes = {};
    this.program = [];
    this.pin = null;
    this.shown = null;
    this.#draw([]);
    this.stage.tellWaiting("");
    this.pairing.begin();
  }

  #care(instant) {
    this.stage.tick(instant);
    this.stage.dim(brightness(this.night, instant));
    wander(this.stage.stage, this.clock.now(), this.stage.zoom);
    if (this.connection.connected && !this.lost && timeToReload(this.screen, instant, own() - this.startedAt)) {
      this.#reload("");
    }
  }

  #report() {
    this.reportedAt = own();
    this.#renew();
    if (this.shown === null) return;
    this.connection.tell({
      t: "report",
      scene: this.shown,
      build: this.build,
      heap: performance.memory?.usedJSHeapSize ?? null,
      skew: this.clock.skew(),
      worst: this.#worst(),
      since: Math.round(performance.timeOrigin),
      missed: this.missed,
      errors: this.errors + this.connection.errors,
      width: innerWidth,
      height: innerHeight,
    });
  }

  #worst() {
    const states = Object.values(this.scenes).map((scene) => FRESHNESS.indexOf(scene.worst?.fresh ?? "fresh"));
    return FRESHNESS[Math.max(0, ...states)];
  }

  #renew() {
    if (this.newest && this.newest !== this.build) this.#reload(this.newest);
  }

  /** Loads the page anew, once the server answers; for one build not again and again. */
  async #reload(build) {
    const [last, at] = (sessionStorage.getItem(RELOADED) ?? "").split(" ");
    if (last === build && Date.now() - Number(at) < RELOAD_AGAIN) return;
    const answer = await fetch(location.href, { cache: "no-store" }).catch(() => null);
    if (!answer?.ok) return;
    sessionStorage.setItem(RELOADED, `${build} ${Date.now()}`);
    location.reload();
  }

  async #loadFonts() {
    const sample = "Ủy ban nhân dân 0123";
    const faces = [400, 500, 600, 700].map((weight) => document.fonts.load(`${weight} 42px "Wall"`, sample));
    await Promise.allSettled(faces);
    for (const view of this.views.values()) view.refit();
  }
}

// What a panel that runs for months needs: a picture that wanders a little, a dark night, a fresh page once a day.

import { local } from "./clock.js";
import { style } from "./dom.js";

const SHIFT_EVERY = 10 * 60 * 1000;
// Small steps around the middle, each at most 2 px from the one before: nobody sees the picture move.
const SHIFTS = [[0, 0], [2, 0], [4, 2], [4, 4], [2, 4], [0, 4], [-2, 4], [-4, 4], [-4, 2], [-4, 0], [-4, -2], [-4, -4],
  [-2, -4], [0, -4], [2, -4], [4, -4], [4, -2], [2, -2], [0, -2], [-2, -2], [-2, 0], [-2, 2], [0, 2], [2, 2]];
const RELOAD_FROM = 3 * 60;
const RELOAD_MINUTES = 10;
const LEAST_LIFE = 2 * 3600 * 1000;

/** Moves the picture against burn-in; `now` is the server's time in ms. */
export function wander(stage, now, zoom) {
  const [x, y] = SHIFTS[Math.floor(now / SHIFT_EVERY) % SHIFTS.length];
  style(stage, "translate", `${x * zoom}px ${y * zoom}px`);
}

/** How much light the screen gives at this moment of the place: 1 by day. */
export function brightness(night, instant) {
  if (!night) return 1;
  const { minutes } = local(instant);
  const [from, to] = [night.from, night.to].map(inMinutes);
  const dark = from <= to ? minutes >= from && minutes < to : minutes >= from || minutes < to;
  return dark ? night.brightness : 1;
}

/** Whether it is this screen's minute of the night to load the page anew. */
export function timeToReload(screen, instant, age) {
  const minute = RELOAD_FROM + (screen % RELOAD_MINUTES);
  return age > LEAST_LIFE && local(instant).minutes === minute;
}

function inMinutes(text) {
  const [hours, minutes] = text.split(":").map(Number);
  return hours * 60 + minutes;
}

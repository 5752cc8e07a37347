// The server's time and the place's clock, estimated from the messages with the least delay.

const KEPT = 24;
const ZONE = "Asia/Ho_Chi_Minh";
const PARTS = new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE,
  hourCycle: "h23",
  year: "numeric",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  minute: "2-digit",
});
const DAYS = new Intl.DateTimeFormat("en-GB", { timeZone: ZONE, weekday: "short" });
const WEEK = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Milliseconds of this page's own monotonic clock. */
export function own() {
  return performance.timeOrigin + performance.now();
}

/** Follows the server's clock. */
export class ServerClock {
  #offsets = [];
  #offset = 0;
  #shown = null;

  /** A new connection may lead to another server: what the old one said no longer counts. */
  forget() {
    this.#offsets = [];
  }

  /** A message said that it is `now` at the server, and `shown` at the place, whose clock runs `speed` times as fast. */
  hear(now, shown, speed) {
    this.#offsets.push(now - own());
    if (this.#offsets.length > KEPT) this.#offsets.shift();
    this.#offset = Math.max(...this.#offsets);
    this.#shown = { now, shown, speed };
  }

  /** The server's time in ms since 1970. */
  now() {
    return own() + this.#offset;
  }

  /** The place's clock in ms since 1970; null before the first message. */
  shown(at = this.now()) {
    if (!this.#shown) return null;
    return this.#shown.shown + (at - this.#shown.now) * this.#shown.speed;
  }

  /** By how much this computer's clock is ahead of the server's, in ms. */
  skew() {
    return Math.round(Date.now() - this.now());
  }
}

/** The parts of an instant at the place: `{time: "14:05", day: "10/12/2021", short: "10/12", weekday: 5, minutes}`. */
export function local(instant) {
  const found = Object.fromEntries(PARTS.formatToParts(instant).map((part) => [part.type, part.value]));
  return {
    time: `${found.hour}:${found.minute}`,
    day: `${found.day}/${found.month}/${found.year}`,
    short: `${found.day}/${found.month}`,
    weekday: WEEK.indexOf(DAYS.format(instant)),
    minutes: Number(found.hour) * 60 + Number(found.minute),
  };
}

// The one stream of this screen: opens it, hears silence, opens it again.

import { own } from "./clock.js";

const FIRST_WAIT = 250;
const LONGEST_WAIT = 1000; // between two attempts; a server that comes back has its screens a second later
const PATIENCE = 5000; // with one attempt, and with a screen that the layout does not have
const UNPAIRED = 4401;
const NO_SCREEN = 4404;

/** Keeps the stream open. `heard(message)`, `closed(code)` and `unpaired()` are told. */
export class Connection {
  constructor(address, events) {
    this.address = address;
    this.events = events;
    this.socket = null;
    this.wait = FIRST_WAIT;
    this.timer = null;
    this.silentAfter = 14000;
    this.heardAt = null;
    this.openedAt = own();
    this.received = 0;
    this.bytes = 0;
    this.errors = 0;
    this.resting = false;
  }

  /** Opens the stream now. */
  open() {
    this.resting = false;
    clearTimeout(this.timer);
    this.timer = null;
    this.#drop();
    this.openedAt = own();
    const socket = new WebSocket(this.address);
    this.socket = socket;
    socket.onmessage = (event) => this.socket === socket && this.#hear(event.data);
    socket.onclose = (event) => this.socket === socket && this.#closed(event.code);
  }

  /** Ends it for good. */
  close() {
    this.resting = true;
    clearTimeout(this.timer);
    this.#drop();
  }

  /** Whether the stream is open. */
  get connected() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Called again and again: a stream that says nothing is no stream. */
  watch() {
    if (!this.socket) return;
    const patience = this.socket.readyState === WebSocket.CONNECTING ? PATIENCE : this.silentAfter;
    if (own() - Math.max(this.openedAt, this.heardAt ?? 0) > patience) this.again();
  }

  /** Lets this stream go and opens another after a while that grows. */
  again() {
    this.#drop();
    if (this.resting || this.timer !== null) return;
    const jitter = 0.75 + Math.random() / 2;
    this.timer = setTimeout(() => this.open(), this.wait * jitter);
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** Says something to the server, when there is one. */
  tell(message) {
    if (this.connected) this.socket.send(JSON.stringify(message));
  }

  #hear(text) {
    this.received += 1;
    this.bytes += text.length;
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      this.errors += 1;
      this.again();
      return;
    }
    this.heardAt = own();
    this.wait = FIRST_WAIT;
    this.events.heard(message);
  }

  #closed(code) {
    this.socket = null;
    if (code === NO_SCREEN) this.wait = PATIENCE;
    this.events.closed(code);
    if (code === UNPAIRED) this.events.unpaired();
    else this.again();
  }

  #drop() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }
}

// The way in: Streamlit mounts the wall once; from then on it stands by itself.

import { Wall } from "./screen.js";

const STYLE = "ioc-wall-style";

/** Shows the wall over the page; a second call changes nothing. `data`: build, screen, language, first words, colours. */
export async function mount(data) {
  const running = globalThis.iocWall;
  if (running?.screen === data.screen || document.getElementById(STYLE)?.dataset.screen === String(data.screen)) return;
  running?.stop();
  document.getElementById(STYLE)?.remove();
  await styled(data.screen);
  globalThis.iocWall = new Wall(data);
}

function styled(screen) {
  const link = document.createElement("link");
  link.rel = "stylesheet";
  link.href = new URL("wall.css", import.meta.url).href;
  link.id = STYLE;
  link.dataset.screen = screen;
  return new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => reject(new Error(`${link.href} cannot be had`));
    document.head.append(link);
  });
}

/** Ends it when the visitor has gone on to another page; Streamlit may also mount the same page once more. */
export function leave() {
  const left = globalThis.iocWall;
  setTimeout(() => {
    if (!left || location.pathname.endsWith("/wall") || globalThis.iocWall !== left) return;
    left.stop();
    document.getElementById(STYLE)?.remove();
    delete globalThis.iocWall;
  }, 0);
}

// Room: when a block's content is larger than its place, it is drawn more tightly, step by step. Type never shrinks
// below its arc-minutes: only the space between, the largest figures and the arrangement do.

const LEVELS = 4;
const SLACK = 1;

/** Draws a block as generously as its place allows. */
export function fitBlock(node) {
  for (let level = 0; level < LEVELS; level += 1) {
    if (level === 0) node.removeAttribute("data-level");
    else node.setAttribute("data-level", level);
    if (!tooLarge(node)) return;
  }
}

/** The sentence stands in the largest type in which it fits one line; else in the reading size on as many as needed. */
export function fitSentence(node) {
  node.removeAttribute("data-long");
  const line = parseFloat(getComputedStyle(node).lineHeight);
  if (node.offsetHeight > line * 1.5) node.setAttribute("data-long", "");
}

function tooLarge(node) {
  if (node.scrollHeight > node.clientHeight + SLACK || node.scrollWidth > node.clientWidth + SLACK) return true;
  const body = node.querySelector(".body");
  return body.scrollHeight > body.clientHeight + SLACK || body.scrollWidth > body.clientWidth + SLACK;
}

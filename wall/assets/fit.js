// Room: when a block's content is larger than its place, it is drawn more tightly, step by step. Type never shrinks
// below its arc-minutes: only the space between, the largest figures and the arrangement do.

const LEVELS = 4;
// Of the type size: by as much a line of text reaches beyond its box without touching its neighbour.
const SLACK = 0.12;
const SHORT = 0.35;

/** Draws a block as generously as its place allows; what does not fit even so is left out, and said to be. */
export function fitBlock(node) {
  const items = [...node.querySelectorAll(".item")];
  for (const item of items) item.classList.remove("left-out");
  node.tellRest(0);
  for (let level = 0; level < LEVELS; level += 1) {
    if (level === 0) node.removeAttribute("data-level");
    else node.setAttribute("data-level", level);
    if (!tooLarge(node)) return;
  }
  for (let kept = items.length - 1; kept > 0; kept -= 1) {
    items[kept].classList.add("left-out");
    node.tellRest(items.length - kept);
    if (!tooLarge(node)) return;
  }
}

/** The sentence stands in the largest type in which it fits one line; else in the reading size on as many as needed. */
export function fitSentence(node) {
  node.removeAttribute("data-long");
  const line = parseFloat(getComputedStyle(node).lineHeight);
  if (node.offsetHeight <= line * 1.5) return;
  node.setAttribute("data-long", "");
  const range = document.createRange();
  range.selectNodeContents(node);
  const rest = [...range.getClientRects()].at(-1);
  const frame = node.getBoundingClientRect();
  // A last line of a word or two looks forgotten; then all lines are made about as long.
  if (rest && rest.right - frame.left < frame.width * SHORT) node.setAttribute("data-long", "even");
}

function tooLarge(node) {
  const slack = SLACK * parseFloat(getComputedStyle(node).fontSize);
  return [node, node.querySelector(".body")].some(
    (box) => box.scrollHeight > box.clientHeight + slack || box.scrollWidth > box.clientWidth + 1,
  );
}

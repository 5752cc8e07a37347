// Where numbers stand on a map: beside the cells that they name, so that they cover neither those nor each other.

const ROUNDS = 120;
const CLEAR = 8;

/**
 * Discs of `radius` near their anchors `{x, y, text}`, inside `width` × `height`: outwards from the middle of all
 * anchors first, then pushed apart. Each comes back with its own `x`, `y` and its `anchor`.
 */
export function apart(anchors, radius, width, height) {
  const placed = anchors.map((anchor, index) => ({ text: anchor.text, anchor, ...start(anchor, index, radius, width, height) }));
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    for (const [index, disc] of placed.entries()) {
      for (const other of placed.slice(index + 1)) moved = spread(disc, other, radius * 2 + 4, index) || moved;
      for (const anchor of anchors) moved = leave(disc, anchor, radius + CLEAR, index) || moved;
      disc.x = Math.min(Math.max(disc.x, radius + 1), width - radius - 1);
      disc.y = Math.min(Math.max(disc.y, radius + 1), height - radius - 1);
    }
    if (!moved) break;
  }
  return placed;
}

function start(anchor, index, radius, width, height) {
  const [dx, dy] = direction(anchor.x - width / 2, anchor.y - height / 2, index);
  return { x: anchor.x + dx * radius * 1.7, y: anchor.y + dy * radius * 1.7 };
}

/** Moves two discs apart to `least`, each half of the way; returns whether they were too close. */
function spread(one, other, least, index) {
  const distance = Math.hypot(other.x - one.x, other.y - one.y);
  if (distance >= least - 0.5) return false;
  const [dx, dy] = direction(other.x - one.x, other.y - one.y, index);
  const by = (least - distance) / 2 + 0.3;
  one.x -= dx * by;
  one.y -= dy * by;
  other.x += dx * by;
  other.y += dy * by;
  return true;
}

/** Moves a disc off a point. */
function leave(disc, point, least, index) {
  const distance = Math.hypot(disc.x - point.x, disc.y - point.y);
  if (distance >= least - 0.5) return false;
  const [dx, dy] = direction(disc.x - point.x, disc.y - point.y, index);
  disc.x += dx * (least - distance + 0.3);
  disc.y += dy * (least - distance + 0.3);
  return true;
}

function direction(x, y, index) {
  const length = Math.hypot(x, y);
  return length < 0.01 ? [Math.cos(index), Math.sin(index)] : [x / length, y / length];
}

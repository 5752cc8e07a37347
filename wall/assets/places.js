// Where numbers stand on a map so that none covers another.

const ROUNDS = 60;

/**
 * Discs of `radius` near their anchors `{x, y, text}`, pushed apart and kept inside `width` × `height`.
 * Each comes back with its own `x`, `y` and its `anchor`.
 */
export function apart(anchors, radius, width, height) {
  const placed = anchors.map((anchor) => ({ text: anchor.text, x: anchor.x, y: anchor.y, anchor }));
  const least = radius * 2 + 4;
  for (let round = 0; round < ROUNDS; round += 1) {
    let moved = false;
    for (let one = 0; one < placed.length; one += 1) {
      for (let other = one + 1; other < placed.length; other += 1) {
        moved = push(placed[one], placed[other], least, one - other) || moved;
      }
    }
    for (const disc of placed) {
      disc.x = Math.min(Math.max(disc.x, radius + 1), width - radius - 1);
      disc.y = Math.min(Math.max(disc.y, radius + 1), height - radius - 1);
    }
    if (!moved) break;
  }
  return placed;
}

function push(one, other, least, seed) {
  let dx = other.x - one.x;
  let dy = other.y - one.y;
  let distance = Math.hypot(dx, dy);
  if (distance >= least - 0.5) return false;
  if (distance < 0.01) {
    dx = Math.cos(seed);
    dy = Math.sin(seed);
    distance = 1;
  }
  const by = (least - distance) / 2 + 0.3;
  one.x -= (dx / distance) * by;
  one.y -= (dy / distance) * by;
  other.x += (dx / distance) * by;
  other.y += (dy / distance) * by;
  return true;
}

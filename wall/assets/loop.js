// Which scene stands on the screen: a function of the server's time alone, so that all screens change together.
// The same rule as wall/schedule.py.

/**
 * What to show at `now` (ms, the server's), since when and until when that holds: `{scene, since, until}`.
 * A pin holds from its moment on; without any scene in the loop `scene` is null.
 */
export function position(program, pin, now) {
  if (pin && now >= pin.at) return { scene: pin.scene, since: pin.at, until: Infinity };
  const limit = pin ? pin.at : Infinity;
  const length = program.reduce((sum, use) => sum + use.dwell, 0);
  if (!(length > 0)) return { scene: null, since: -Infinity, until: limit };
  let since = now - (now % length);
  for (const use of program) {
    const until = since + use.dwell;
    if (now < until) return { scene: use.scene, since, until: Math.min(until, limit) };
    since = until;
  }
  return { scene: program.at(-1).scene, since, until: Math.min(since, limit) };
}

/** How many changes of scene the loop has between two moments of the server, at most a thousand. */
export function changes(program, pin, from, to) {
  let count = 0;
  let { scene, until } = position(program, pin, from);
  while (until <= to && count < 1000) {
    const next = position(program, pin, until);
    if (next.scene !== scene) count += 1;
    ({ scene, until } = next);
  }
  return count;
}

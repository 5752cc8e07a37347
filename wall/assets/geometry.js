// Outlines of units, fetched once and kept; asked again until they come.

const KEPT = 2;
const AGAIN = 4000;
const GONE = 404;
const known = new Map();

/** Calls `take(outlines)` when they are there. The address holds a hash: what it names never changes. */
export function outlines(address, take) {
  if (!known.has(address)) {
    known.set(address, fetched(address));
    while (known.size > KEPT) known.delete(known.keys().next().value);
  }
  known.get(address).then((found) => found && take(found));
}

/** The outlines; null when nobody wants them, or has them, any longer. */
async function fetched(address) {
  for (;;) {
    const answer = await fetch(address).catch(() => null);
    if (answer?.ok) return answer.json();
    await new Promise((resolve) => setTimeout(resolve, AGAIN));
    if (answer?.status === GONE || !known.has(address)) {
      known.delete(address);
      return null;
    }
  }
}

// JSON Merge Patch (RFC 7396): what the server sends of a scene after its first whole picture.

function isRecord(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `target` with `patch` applied; null removes a key. Neither is changed; unchanged parts are shared. */
export function merged(target, patch) {
  if (!isRecord(patch)) return patch;
  const result = isRecord(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = merged(result[key], value);
  }
  return result;
}

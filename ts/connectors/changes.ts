/** What changed between two service maps, by connector, as JSON Merge Patch (RFC 7396). */

/** Any JSON object. */
export type JsonObject = { [key: string]: unknown };

/** A signed service map as it is served. */
export interface SignedServiceMap {
  payload: JsonObject & { connectors: (JsonObject & { id: string })[] };
  signature: string;
}

/** `connectors` by id: `null` for one that is gone, a whole entry for a new one, else what changed in it. */
export interface ServiceMapPatch {
  payload: JsonObject & { connectors?: Record<string, JsonObject | null> };
  signature: string;
}

/**
 * The patch from one map to the next; `undefined` where none can say it: a merge patch has no way to set a member to
 * null, and entries with the same id cannot be told apart.
 */
export function diffServiceMaps(
  before: SignedServiceMap,
  after: SignedServiceMap,
): ServiceMapPatch | undefined {
  const [old, now] = [byId(before), byId(after)];
  if (!old || !now) return undefined;
  const { connectors: _old, ...oldRest } = before.payload;
  const { connectors: _now, ...rest } = after.payload;
  const payload = diff(oldRest, rest);
  const connectors = diff(old, now);
  if (!payload || !connectors) return undefined;
  const changed = Object.keys(connectors).length > 0;
  return {
    payload: { ...payload, ...(changed && { connectors: connectors as Record<string, JsonObject | null> }) },
    signature: after.signature,
  };
}

/**
 * The map after a patch, equal to the one that is served, so that its signature holds. Nothing given is changed.
 *
 * @example
 * source.addEventListener('diff', ({ data }) => { map = applyServiceMapPatch(map, JSON.parse(data).patch); });
 */
export function applyServiceMapPatch(map: SignedServiceMap, patch: ServiceMapPatch): SignedServiceMap {
  const { connectors: changes = {}, ...rest } = patch.payload;
  const entries = new Map(map.payload.connectors.map((entry) => [entry.id, entry as JsonObject]));
  for (const [id, change] of Object.entries(changes)) {
    if (change === null) entries.delete(id);
    else entries.set(id, merge(entries.get(id), change));
  }
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
  const { connectors: _, ...before } = map.payload;
  const payload = { ...merge(before, rest), connectors: sorted.map(([, entry]) => entry) };
  return { payload, signature: patch.signature } as SignedServiceMap;
}

function byId({ payload }: SignedServiceMap): JsonObject | undefined {
  const entries = Object.fromEntries(payload.connectors.map((entry) => [entry.id, entry]));
  return Object.keys(entries).length === payload.connectors.length ? entries : undefined;
}

function diff(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const patch: JsonObject = {};
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) define(patch, key, null);
  }
  for (const [key, now] of Object.entries(after)) {
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (JSON.stringify(old) === JSON.stringify(now)) continue;
    if (isObject(old) && isObject(now)) {
      const inner = diff(old, now);
      if (!inner) return undefined;
      define(patch, key, inner);
    } else if (hasNull(now)) {
      return undefined;
    } else {
      define(patch, key, now);
    }
  }
  return patch;
}

/** Nulls in arrays are values, those of members would be taken for removals. */
function hasNull(value: unknown): boolean {
  if (value === null) return true;
  return isObject(value) && Object.values(value).some(hasNull);
}

function merge(target: unknown, patch: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(isObject(target) ? target : {})) define(result, key, value);
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else define(result, key, isObject(change) ? merge(result[key], change) : change);
  }
  return result;
}

/** An own member whatever its name: assigning to `__proto__` would not make one. */
function define(target: JsonObject, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

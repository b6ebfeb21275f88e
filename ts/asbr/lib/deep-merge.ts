/** A plain tree of settings. */
type Tree = Record<string, unknown>;

/**
 * Lays `override` over `base` and returns a new object; neither argument changes.
 * Objects merge key by key, arrays concatenate (base first), `undefined` is skipped, any
 * other value replaces. Matches `lib/deep-merge.ts` of `@cortex-os/asbr`, 2025-10-13.
 *
 * Differences from the original:
 * - The key `__proto__` is skipped: files from outside must not change prototypes.
 * - Arrays and objects of either argument are copied, so the result shares none of them.
 *
 * @example
 * ```ts
 * deepMerge({ a: { n: [1], v: 1 } }, { a: { n: [2] } }); // { a: { n: [1, 2], v: 1 } }
 * ```
 */
export function deepMerge<T extends Tree>(base: T, override: Partial<T>): T {
  const merged: Tree = copyTree(base);
  for (const [key, value] of Object.entries(override)) {
    if (value === undefined || key === '__proto__') continue;
    const present = Object.hasOwn(merged, key) ? merged[key] : undefined;
    if (Array.isArray(present) && Array.isArray(value)) {
      merged[key] = [...present, ...value.map(copyValue)];
    } else if (isTree(present) && isTree(value)) {
      merged[key] = deepMerge(present, value);
    } else {
      merged[key] = copyValue(value);
    }
  }
  return merged as T;
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function copyTree(tree: Tree): Tree {
  const entries = Object.entries(tree).filter(([key]) => key !== '__proto__');
  return Object.fromEntries(entries.map(([key, value]) => [key, copyValue(value)]));
}

function copyValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyValue);
  // Only plain objects are trees to copy; a Date or a Map is a value of its own.
  const prototype = isTree(value) ? Object.getPrototypeOf(value) : undefined;
  return prototype === Object.prototype || prototype === null ? copyTree(value as Tree) : value;
}

/** Values near a valid one: each member removed, of another type, at a bound, and unknown members added. */

const REPLACEMENTS = [null, true, -1, 0, 1.5, '', 'text', [], {}];
/** Lists are long: their first members stand for the others. */
const MEMBERS_OF_A_LIST = 2;

/** @returns {{name: string, value: unknown}[]} with the value itself first */
export function variantsOf(value) {
  const variants = [{ name: 'unchanged', value }];
  for (const path of pathsOf(value)) {
    const name = `/${path.join('/')}`;
    for (const other of REPLACEMENTS) {
      variants.push({ name: `${name} = ${JSON.stringify(other)}`, value: changed(value, path, () => other) });
    }
    if (path.length > 0)
      variants.push({ name: `${name} absent`, value: changed(value, path, () => undefined) });
  }
  for (const path of [[], ...pathsOf(value)]) {
    const inner = path.reduce((node, key) => node[key], value);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) continue;
    const extended = changed(value, path, (node) => ({ ...node, unknownMember: 1 }));
    variants.push({ name: `/${path.join('/')} with an unknown member`, value: extended });
  }
  return variants;
}

function pathsOf(value, path = []) {
  if (typeof value !== 'object' || value === null) return [path];
  const keys = Array.isArray(value) ? [...value.keys()].slice(0, MEMBERS_OF_A_LIST) : Object.keys(value);
  return [path, ...keys.flatMap((key) => pathsOf(value[key], [...path, key]))];
}

/** A copy with the member at `path` replaced; undefined removes it. */
function changed(value, path, change) {
  const copy = structuredClone(value);
  if (path.length === 0) return change(copy);
  const parent = path.slice(0, -1).reduce((node, key) => node[key], copy);
  const key = path.at(-1);
  const next = change(parent[key]);
  if (next !== undefined) parent[key] = next;
  else if (Array.isArray(parent)) parent.splice(key, 1);
  else delete parent[key];
  return copy;
}

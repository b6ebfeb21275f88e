/**
 * A value of JSON as its canonical text (RFC 8785): keys sorted by their UTF-16 units, numbers and strings as
 * JavaScript writes them. Written out here because an object always puts keys that are numbers first.
 */
export function canonicalText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalText).join(',')}]`;
  const members = value as Record<string, unknown>;
  const keys = Object.keys(members).filter((key) => members[key] !== undefined);
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalText(members[key])}`)
    .join(',')}}`;
}

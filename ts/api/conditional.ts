/** Conditional requests and content negotiation, as far as a body with fixed forms needs them. */

/** A content encoding a body was prepared in. */
export type Encoding = 'identity' | 'gzip' | 'br';

/** Whether an `If-None-Match` header names one of the tags: a list, weak tags and `*` included (RFC 9110, 13.1.2). */
export function matchesTag(header: string | undefined, tags: readonly string[]): boolean {
  if (header === undefined) return false;
  // What nearly every client sends: one tag, as it got it.
  if (tags.includes(header)) return true;
  if (header.trim() === '*') return true;
  // A tag may hold a comma, so that the list is not split but searched.
  for (const [, tag] of header.matchAll(/(?:^|,)\s*(?:W\/)?("[^"]*")\s*(?=,|$)/g)) {
    if (tag !== undefined && tags.includes(tag)) return true;
  }
  return false;
}

const MAX_REMEMBERED = 64;
const remembered = new Map<string, readonly Encoding[]>();

/** The encodings a client takes, best first. Of equal weight: br, gzip, identity. */
export function acceptedEncodings(header: string | undefined): readonly Encoding[] {
  if (header === undefined || header === '') return ['identity'];
  const known = remembered.get(header);
  if (known) return known;
  const accepted = weigh(header);
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  remembered.set(header, accepted);
  return accepted;
}

function weigh(header: string): Encoding[] {
  const weights = new Map<string, number>();
  for (const part of header.toLowerCase().split(',')) {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    if (name !== '') weights.set(name, Number.isNaN(weight) ? 0 : weight);
  }
  const rest = weights.get('*');
  const of = (name: string) => weights.get(name) ?? rest ?? 0;
  const identity = weights.get('identity') ?? (rest === 0 ? 0 : 0.001);
  const all: [Encoding, number][] = [
    ['br', of('br')],
    ['gzip', Math.max(of('gzip'), weights.get('x-gzip') ?? 0)],
    ['identity', identity],
  ];
  // Sorting is stable. A client that takes nothing we have still gets the plain body: better than a refusal.
  const sorted = all.filter(([, weight]) => weight > 0).sort(([, a], [, b]) => b - a);
  return sorted.length === 0 ? ['identity'] : sorted.map(([name]) => name);
}

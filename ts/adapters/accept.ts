/** Whether a request takes an event stream. */

const RANGES = ['text/event-stream', 'text/*', '*/*'];

/** The most specific range of an `Accept` header decides; without the header everything is welcome. */
export function acceptsEvents(accept: string | string[] | undefined): boolean {
  if (accept === undefined) return true;
  const weights = new Map<string, number>();
  for (const part of String(accept).split(',')) {
    const [range = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    if (range !== '') weights.set(range, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  if (weights.size === 0) return true;
  const range = RANGES.find((candidate) => weights.has(candidate));
  return range !== undefined && weights.get(range) !== 0;
}

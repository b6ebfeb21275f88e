/** Numbers and progress, for people. */

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

/** `1 event`, `12,345 events`. */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString('en-US')} ${number === 1 ? one : many}`;
}

/** `1.5 MiB`. */
export function size(bytes: number): string {
  const step = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  const value = bytes / 1024 ** step;
  return `${step === 0 ? value : value.toFixed(1)} ${UNITS[step]}`;
}

/** A bar of progress on one line. */
export function bar(what: string, done: number, total: number): string {
  const width = 30;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const filled = Math.round(share * width);
  const drawn = '#'.repeat(filled) + '-'.repeat(width - filled);
  return `${what} [${drawn}] ${Math.floor(share * 100)}% of ${size(total)}`;
}

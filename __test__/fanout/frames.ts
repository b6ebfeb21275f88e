/** Frames of an event stream, and what a reader of numbered events has to find in them. */
import { expect } from 'vitest';

export interface Frame {
  id?: string;
  event?: string;
  data?: string;
}

const FIELD = /^(id|event|data|retry)(?:: ?(.*))?$/s;

/** One block between blank lines; undefined for one of comments only. */
export function parseFrame(block: string): Frame | undefined {
  const frame: Record<string, string> = {};
  let fields = 0;
  for (const line of block.split('\n')) {
    if (line.startsWith(':') || line === '') continue;
    const [, name, value = ''] = FIELD.exec(line) ?? [];
    if (name === undefined) throw new Error(`no field of an event stream: ${line.slice(0, 80)}`);
    fields += 1;
    frame[name] = name === 'data' && frame.data !== undefined ? `${frame.data}\n${value}` : value;
  }
  return fields === 0 ? undefined : (frame as Frame);
}

export const offsetOf = (frame: Frame) => Number(frame.id?.split('-')[1]);
export const numberOf = (frame: Frame) => (JSON.parse(frame.data ?? '') as { n: number }).n;

/** Every event once, in order: `from`, `from + 1`, … `from + count - 1`. */
export function expectNumbers(frames: readonly Frame[], from: number, count: number): void {
  const wrong = frames.findIndex((frame, index) => numberOf(frame) !== from + index);
  const around = frames.slice(Math.max(0, wrong - 1), wrong + 2).map(numberOf);
  expect({ wrong, around: wrong < 0 ? [] : around }).toEqual({ wrong: -1, around: [] });
  expect(frames.length).toBe(count);
}

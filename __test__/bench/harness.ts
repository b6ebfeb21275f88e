/** The benchmark harness is plain JavaScript outside the package: here is what the specs use of it, with types. */
import { fileURLToPath } from 'node:url';

export interface Row {
  case: string;
  contender: string;
  metric: string;
  unit: string;
  median: number;
  min: number;
  n: number;
  /** One per round, of a benchmark whose contenders take turns. */
  values?: number[];
}

export interface Result {
  bench: string;
  node: string;
  cpu: string;
  commit: string;
  rows: Row[];
}

export interface Target {
  case: string;
  contender: string;
  metric: string;
  of: { contender: string; case?: string };
  atMost?: number;
  atLeast?: number;
}

const benches = new URL('../../benches/', import.meta.url);

export const benchCommand = fileURLToPath(new URL('run.mjs', benches));

export const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));

/** The address is computed, so that the compiler does not look for types beside the file. */
const load = (file: string): Promise<unknown> => import(new URL(file, benches).href);

export const stats = (await load('harness/stats.mjs')) as {
  median(values: readonly number[]): number;
  minimum(values: readonly number[]): number;
  quantile(values: readonly number[], q: number): number;
};

export const { rotated } = (await load('harness/rotate.mjs')) as {
  rotated(contenders: readonly string[], round: number): string[];
};

export const { openThreadCpuClock } = (await load('harness/cpu.mjs')) as {
  openThreadCpuClock(): (() => number) | undefined;
};

export const digest = (await load('harness/digest.mjs')) as {
  assertWritten(
    bytes: Buffer,
    lines: readonly string[],
    count: number,
    options?: { ordered?: boolean },
  ): void;
};

export const { judgeTargets } = (await load('harness/targets.mjs')) as {
  judgeTargets(targets: readonly Target[], rows: readonly Row[]): { ratio?: number; met?: boolean }[];
};

export const { ratio } = (await load('harness/rows.mjs')) as {
  ratio(row: Row, base: Row): number;
};

export const { axisFor } = (await load('harness/scale.mjs')) as {
  axisFor(values: readonly number[]): { kind: string; ticks: number[]; at(value: number): number };
};

export const { chart } = (await load('harness/svg.mjs')) as {
  chart(bench: unknown, result: Result): string;
};

export const { withSection } = (await load('harness/docs.mjs')) as {
  withSection(document: string, name: string, body: string): string;
};

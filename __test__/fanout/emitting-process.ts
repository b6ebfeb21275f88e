/** `fixtures/emitting-server.mjs` as a process that a test kills and starts again on the same port and ledger. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test as base } from './fan-out-test.js';

const script = join(import.meta.dirname, 'fixtures', 'emitting-server.mjs');

export interface EmittingProcess {
  port: number;
  /** Offset that its first event got. */
  head: number;
  /** Kills it without a warning; resolves when it is gone. */
  kill(): Promise<void>;
}

export interface StartOptions {
  path: string;
  port?: number;
  maxEvents: number;
  /** Number of the last event. */
  last: number;
}

export const test = base.extend<{ start: (options: StartOptions) => Promise<EmittingProcess> }>({
  start: async ({ ledgerPath: _ }, use) => {
    const children: ChildProcess[] = [];
    await use(async ({ path, port = 0, maxEvents, last }) => {
      const args = [path, port, maxEvents, last].map(String);
      const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
      children.push(child);
      const [line] = await once(child.stdout, 'data');
      const kill = async () => {
        const exit = once(child, 'exit');
        child.kill('SIGKILL');
        await exit;
      };
      return { ...JSON.parse(String(line)), kill };
    });
    for (const child of children) child.kill('SIGKILL');
  },
});

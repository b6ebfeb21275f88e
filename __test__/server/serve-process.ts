/** `cortex-native serve` as a process of its own, in a temporary home. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach } from 'vitest';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'cortex-native.js');

type Child = ChildProcessByStdio<null, Readable, Readable>;

export interface Finished {
  code: number | null;
  out: string;
  err: string;
}

/** One run of the command line. */
export class CliProcess {
  readonly child: Child;
  readonly #finished: Promise<Finished>;
  #out = '';

  constructor(args: readonly string[], env: NodeJS.ProcessEnv) {
    this.child = spawn(process.execPath, [bin, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
    });
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    this.#finished = once(this.child, 'close').then(([code]) => ({ code, out: this.#out, err }));
  }

  finished(): Promise<Finished> {
    return this.#finished;
  }

  /** Waits for a line of stdout; throws with what there is when the process ends before. */
  async printed(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.#out);
      if (found) return found[1] ?? found[0];
      const ended = await Promise.race([
        once(this.child.stdout, 'data').then(() => undefined),
        this.#finished,
      ]);
      if (ended && !pattern.test(this.#out))
        throw new Error(`ended with ${ended.code}: ${ended.out}${ended.err}`);
    }
  }

  stop(signal: NodeJS.Signals): Promise<Finished> {
    this.child.kill(signal);
    return this.#finished;
  }
}

export interface Served {
  process: CliProcess;
  url: string;
  token: string;
  liveUrl: string;
  curl: string;
  ledger(): { id: string; type: string; taskId: string }[];
  /** Posts one task with the token; its id. */
  postTask(title: string): Promise<string>;
}

/** Runs the command line in a home that is removed, with everything still running, after each test. */
export function useCli() {
  let folders: string[] = [];
  let running: CliProcess[] = [];

  const folder = () => {
    const made = mkdtempSync(join(tmpdir(), 'cortex-cli-'));
    folders.push(made);
    return made;
  };

  const cli = (args: readonly string[], env: NodeJS.ProcessEnv = {}) => {
    const home = folder();
    const xdg = { XDG_STATE_HOME: home, XDG_CONFIG_HOME: home, XDG_DATA_HOME: home, XDG_CACHE_HOME: home };
    const started = new CliProcess(args, { ...process.env, ...xdg, ...env });
    running.push(started);
    return started;
  };

  const serve = async (args: readonly string[] = [], stateDir = folder()): Promise<Served> => {
    const started = cli(['serve', '--port', '0', '--state-dir', stateDir, ...args]);
    await started.printed(/Ctrl\+C/);
    const url = await started.printed(/^asbr listening on (\S+)$/m);
    const token = await started.printed(/^asbr token (\S+)$/m);
    return {
      process: started,
      url,
      token,
      liveUrl: await started.printed(/^Live page\s+(\S+)$/m),
      curl: await started.printed(/^curl .*$/m),
      ledger: () => readLines(join(stateDir, 'ledger.ndjson')),
      postTask: (title) => postTask(url, token, title),
    };
  };

  afterEach(async () => {
    const [processes, made] = [running, folders];
    [running, folders] = [[], []];
    for (const one of processes) await one.stop('SIGKILL');
    for (const path of made) rmSync(path, { recursive: true, force: true });
  });

  return { cli, serve, folder };
}

export async function postTask(url: string, token: string, title: string): Promise<string> {
  const input = { title, brief: 'B', inputs: [], scopes: ['tasks:create'], schema: 'cortex.task.input@1' };
  const response = await fetch(`${url}/v1/tasks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ input, idempotencyKey: title }),
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return ((await response.json()) as { task: { id: string } }).task.id;
}

function readLines(path: string) {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

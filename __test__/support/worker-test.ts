/** `test` with workers that do with a hub what they are told. */
import { Worker } from 'node:worker_threads';
import { test as base } from './sse-test.js';

interface Answer {
  id: number;
  value?: unknown;
  code?: string;
  message?: string;
}

/** A worker of hub-worker.mjs. */
export class HubWorker {
  readonly worker = new Worker(new URL('./hub-worker.mjs', import.meta.url));
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #lastId = 0;

  constructor() {
    this.worker.on('message', ({ id, value, code, message }: Answer) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (message === undefined) resolve?.(value);
      else reject?.(Object.assign(new Error(message), { code }));
    });
  }

  /** Calls one of the worker's functions. */
  call<T = unknown>(name: string, ...parameters: unknown[]): Promise<T> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.worker.postMessage({ id, name, parameters });
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
    });
  }

  terminate(): Promise<number> {
    return this.worker.terminate();
  }
}

interface Fixtures {
  /** Starts a worker; with a handle it joins that hub. */
  startWorker: (handle?: number) => Promise<HubWorker>;
}

export const test = base.extend<Fixtures>({
  startWorker: async ({ openHub: _ }, use) => {
    const workers: HubWorker[] = [];
    await use(async (handle) => {
      const worker = new HubWorker();
      workers.push(worker);
      if (handle !== undefined) await worker.call('join', handle);
      return worker;
    });
    for (const worker of workers) await worker.terminate();
  },
});

/** A contender in a child process, from the parent's side. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url));
const DEADLINE_MS = 120_000;

export class ContenderProcess {
  #job;
  #dir;
  #child;
  #closed;
  #complaint = '';

  /** @param {object} job what bench.measure or bench.begin gets, with `dir`, an empty folder, added */
  constructor(benchUrl, job, scratchDir) {
    this.#job = job;
    this.#dir = join(scratchDir, `${job.contender}-${process.hrtime.bigint()}`);
    mkdirSync(this.#dir);
    const told = JSON.stringify({ ...job, benchUrl, dir: this.#dir });
    this.#child = fork(CHILD, [told], { stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
    this.#child.stderr.setEncoding('utf8').on('data', (text) => {
      this.#complaint += text;
    });
    this.#closed = once(this.#child, 'close');
  }

  /** Resolves when the child can take its first turn. */
  ready() {
    return this.#answer();
  }

  /** @returns {Promise<Record<string, number>>} metric -> value */
  async turn() {
    this.#child.send('turn');
    return (await this.#answer()).metrics;
  }

  /** A result counts only when the process also ends well: a crash on the way out is a crash. */
  async end() {
    this.#child.send('end');
    const [code, signal] = await this.#inTime(this.#closed);
    if (code !== 0) throw this.#failure(code, signal);
  }

  /** For good, whatever it was doing. */
  async remove() {
    this.#child.kill('SIGKILL');
    await this.#closed;
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #answer() {
    const message = once(this.#child, 'message').then(([answer]) => answer);
    const ended = this.#closed.then(([code, signal]) => {
      throw this.#failure(code, signal);
    });
    return this.#inTime(Promise.race([message, ended]));
  }

  async #inTime(promise) {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), DEADLINE_MS);
    return promise.finally(() => clearTimeout(deadline));
  }

  #failure(code, signal) {
    const { contender, case: caseName } = this.#job;
    const how = signal ?? `exit code ${code}`;
    return new Error(`${contender}, case ${caseName}: ended with ${how}\n${this.#complaint.trim()}`);
  }
}

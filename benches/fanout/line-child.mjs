/** A child process that takes commands by lines and answers each by a line of JSON. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export class LineChild {
  /** Told of lines that answer nothing. */
  onProgress = () => {};
  #child;
  #waiting = [];
  #early = [];
  #failure;

  constructor(command, args) {
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#child.stdin.on('error', () => {}); // its exit says it
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#hear(JSON.parse(line)));
    this.#child.on('exit', (code, signal) => {
      this.#failure = new Error(`${command} ${args[0]} ended with ${signal ?? code}`);
      for (const { reject } of this.#waiting) reject(this.#failure);
    });
  }

  get pid() {
    return this.#child.pid;
  }

  get ended() {
    return this.#failure !== undefined;
  }

  /** The answers come in the order of the commands. */
  ask(command) {
    this.tell(command);
    return this.answer();
  }

  answer() {
    if (this.#early.length > 0) return Promise.resolve(this.#early.shift());
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  tell(command) {
    this.#child.stdin.write(`${command}\n`);
  }

  async end() {
    if (this.ended) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  #hear(answer) {
    if (answer.progress !== undefined) this.onProgress(answer.progress);
    else if (this.#waiting.length > 0) this.#waiting.shift().resolve(answer);
    else this.#early.push(answer);
  }
}

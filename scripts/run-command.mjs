/** Starts one command at the repository's root and waits for its end. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root } from './root.mjs';

/**
 * Runs a command with its output on the terminal.
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {Record<string, string>} [options.env] in addition to this process's own
 * @param {string} [options.cwd]
 * @param {boolean} [options.capture] also returns what it printed
 * @param {number} [options.timeoutMs] after which it is killed
 * @returns {Promise<{code: number, output: string}>} code 127 when the command does not exist
 */
export function run(command, args, { env = {}, cwd = root, capture = false, timeoutMs } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', capture ? 'pipe' : 'inherit', capture ? 'pipe' : 'inherit'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const tee = (from, to) =>
      from?.on('data', (chunk) => {
        output += chunk;
        to.write(chunk);
      });
    tee(child.stdout, process.stdout);
    tee(child.stderr, process.stderr);
    child.on('error', (error) => resolve({ code: 127, output: String(error) }));
    child.on('close', (code, signal) => {
      if (signal) console.error(`${command} was ended by ${signal}`);
      resolve({ code: code ?? 1, output });
    });
  });
}

/** Like `run`, but silent: for a command whose output is an answer. */
export function ask(command, args, { cwd = root, env = {} } = {}) {
  const done = spawnSync(command, args, {
    cwd,
    env: { ...process.env, ...env },
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return {
    code: done.status ?? 127,
    output: done.stdout ?? '',
    errors: done.stderr ?? String(done.error ?? ''),
  };
}

/** The JavaScript file behind a tool in node_modules, so that it runs on this very Node without a shell. */
export function tool(...path) {
  return join(root, 'node_modules', ...path);
}

export function hasCommand(command) {
  return ask(command, ['--version']).code === 0;
}

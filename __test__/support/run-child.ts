/** Runs a module in a Node process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Runs a module beside this one to its end: how it ended, and what it said. */
export async function runChild(name: string, ...parameters: string[]): Promise<Ended> {
  const module = fileURLToPath(new URL(name, import.meta.url));
  const child = spawn(process.execPath, [module, ...parameters], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said.stderr += text;
  });
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...said };
}

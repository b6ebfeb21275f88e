/** The README's first example runs as it stands there and does what is said of it; its claim has numbers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { makeConsumer } from '../../scripts/consumer.mjs';
import { root } from './root.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const example = /^```js\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';

test('the claim in the README names its numbers and the command that measures them', () => {
  const claim = readme.split(/\n\n/).find((paragraph) => paragraph.includes('npm run bench'));
  expect(claim).toMatch(/\*\*[\d.]+\*\* times .*\*\*[\d.]+\*\* times/s);
  expect(claim).toMatch(/`npm run bench -- \w+`/);
});

describe('the example in the README', () => {
  let consumer: ReturnType<typeof makeConsumer>;
  let child: ChildProcess | undefined;

  beforeAll(() => {
    consumer = makeConsumer();
    writeFileSync(join(consumer.directory, 'example.js'), example);
  }, 60_000);

  afterAll(() => {
    child?.kill();
    consumer.remove();
  });

  test('fits on the first screen', () => {
    const lines = readme.slice(0, readme.indexOf(example) + example.length).split('\n').length;
    expect(example.split('\n').filter(Boolean).length).toBeLessThanOrEqual(12);
    expect(lines).toBeLessThanOrEqual(30);
  });

  test('serves its events to a browser and keeps them in the ledger', async () => {
    const port = await freePort();
    child = spawn(process.execPath, ['example.js'], {
      cwd: consumer.directory,
      env: { ...process.env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const frames = await firstFrames(port);
    expect(frames).toMatch(/^id: \S+\nevent: \S+\ndata: \{.*\}\n\n/m);
    const data = /^data: (.*)$/m.exec(frames)?.[1];
    // The stream does not wait for the disk.
    await expect
      .poll(() => readFileSync(join(consumer.directory, 'ledger.ndjson'), 'utf8'))
      .toContain(`${data}\n`);
  });
});

/** The stream's bytes up to the end of its first event. */
async function firstFrames(port: number): Promise<string> {
  // The example says nothing once it listens.
  const response = await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/`), {
    timeout: 20_000,
    interval: 20,
  });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!/^data: .*\n\n/m.test(text)) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) throw new Error(`the stream ended after ${JSON.stringify(text)}`);
    text += decoder.decode(value, { stream: true });
  }
  return text;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

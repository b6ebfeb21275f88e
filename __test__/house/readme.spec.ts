/** The README's first example runs as it stands there, and does what the README says it does. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeConsumer } from '../../scripts/consumer.mjs';
import { root } from './root.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const example = /^```js\n([\s\S]*?)^```$/m.exec(readme)?.[1] ?? '';

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
    expect(readFileSync(join(consumer.directory, 'ledger.ndjson'), 'utf8')).toContain(`${data}\n`);
  });
});

/** The stream's bytes up to the end of its first event; asks again until the server listens. */
async function firstFrames(port: number): Promise<string> {
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (!response?.body) continue;
    let text = '';
    for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      if (/^data: .*\n\n/m.test(text)) return text;
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

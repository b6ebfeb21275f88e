/** The examples of docs/fan-out.md run as they stand there. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { makeConsumer } from '../../scripts/consumer.mjs';
import { root } from '../house/root.js';

const page = readFileSync(join(root, 'docs/fan-out.md'), 'utf8');
const examples = new Map(
  [...page.matchAll(/^```js\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, name = '', code = '']) => [name, code]),
);
/** Node 20 has no WebSocket of its own: the client's page has. */
const WITH_WEBSOCKET = "import { WebSocket } from 'undici';\nglobalThis.WebSocket = WebSocket;\n";
const WAIT = { timeout: 20_000, interval: 20 };

let consumer: ReturnType<typeof makeConsumer>;
let children: ChildProcess[] = [];

beforeAll(() => {
  consumer = makeConsumer();
  const modules = join(consumer.directory, 'node_modules');
  for (const name of ['ws', 'fastify', 'undici']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  writeFileSync(join(consumer.directory, 'with-websocket.mjs'), WITH_WEBSOCKET);
}, 60_000);

afterEach(async () => {
  await Promise.all(
    children.map((child) => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      return child.kill('SIGKILL') ? gone : undefined;
    }),
  );
  children = [];
});

afterAll(() => consumer.remove());

/** Runs an example on a port of its own; what it has printed so far can be asked for. */
function run(name: string, port: number): () => string {
  const code = examples.get(name);
  if (code === undefined) throw new Error(`no example ${name}`);
  writeFileSync(join(consumer.directory, name), code.replaceAll('8080', String(port)));
  const child = spawn(process.execPath, ['--import', './with-websocket.mjs', name], {
    cwd: consumer.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  let printed = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  return () => printed;
}

/** The stream's text up to the end of its first event; none for a refusal. */
async function firstEvent(url: string, headers: Record<string, string> = {}) {
  const response = await vi.waitFor(() => fetch(url, { headers }), WAIT);
  if (!response.ok || response.body === null) return { status: response.status, text: await response.text() };
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (/^data: .*\n\n/m.test(text)) break;
  }
  return { status: response.status, text };
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

const TICK = /^id: \S+-\d+\nevent: tick\ndata: \{"topic":"clock","type":"tick","at":\d+\}\n\n/m;

describe('the examples of docs/fan-out.md', () => {
  test('are all run here', () => {
    const fences = [...page.matchAll(/^```js$/gm)].length;
    expect([...examples.keys()]).toEqual([
      'server.mjs',
      'websocket-server.mjs',
      'websocket-client.mjs',
      'express-server.mjs',
      'fastify-server.mjs',
    ]);
    expect(fences).toBe(examples.size);
  });

  test('server.mjs streams', async () => {
    const port = await freePort();
    run('server.mjs', port);
    expect((await firstEvent(`http://localhost:${port}/`)).text).toMatch(TICK);
  });

  test.for([
    ['express-server.mjs', ['/events/clock']],
    ['fastify-server.mjs', ['/events/clock', '/mine']],
  ] as const)('%s streams to whom it lets', async ([name, paths]) => {
    const port = await freePort();
    run(name, port);
    for (const path of paths)
      expect((await firstEvent(`http://localhost:${port}${path}`)).text).toMatch(TICK);
    const refused = await firstEvent(`http://localhost:${port}/events/clock`, {
      authorization: 'Bearer expired',
    });
    expect(refused).toEqual({ status: 403, text: '{"error":"Forbidden"}' });
  });

  test('websocket-client.mjs gets what websocket-server.mjs sends, also after a cut', async () => {
    const port = await freePort();
    run('websocket-server.mjs', port);
    const printed = run('websocket-client.mjs', port);
    await vi.waitFor(
      () => expect(printed()).toMatch(/^clock tick \{ topic: 'clock', type: 'tick', at: \d+ \}$/m),
      WAIT,
    );
    const message = await vi.waitFor(
      () =>
        new Promise<string>((resolve, reject) => {
          const socket = new WebSocket(`ws://localhost:${port}`);
          socket.once('error', reject).once('message', (data) => {
            resolve(data.toString());
            socket.terminate();
          });
        }),
      WAIT,
    );
    expect(message).toMatch(
      /^\{"cursor":"\w+-\d+","topic":"clock","type":"tick","event":\{"topic":"clock",.*\}\}$/,
    );
    children[0]?.kill('SIGKILL');
    run('websocket-server.mjs', port);
    await vi.waitFor(() => expect(printed()).toMatch(/^events were missed \{/m), WAIT);
  });
});

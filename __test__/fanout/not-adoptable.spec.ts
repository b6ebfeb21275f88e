/** Responses whose socket carries something else than the body: Node writes to them, without a word. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectHttp2, createServer as createHttp2 } from 'node:http2';
import { createServer as createHttps, get } from 'node:https';
import { join } from 'node:path';
import { type EventHub, HubError, type SseSubscription } from '@cortex-os/native';
import { afterEach, beforeEach, describe, expect } from 'vitest';
import { thrown } from '../support/errors.js';
import { adopted, connections, emitNumbers, listening, test } from './fan-out-test.js';
import { expectNumbers, parseFrame } from './frames.js';

let warnings: Error[] = [];
const onWarning = (warning: Error) => warnings.push(warning);
beforeEach(() => {
  warnings = [];
  process.on('warning', onWarning);
});
afterEach(() => {
  process.off('warning', onWarning);
  expect(warnings).toEqual([]);
});

/** What a handler attached, and what it was told when it insisted on adoption. */
class Attached {
  subscription: SseSubscription | undefined;
  refusal: unknown;
  readonly #hub: EventHub;

  constructor(hub: EventHub) {
    this.#hub = hub;
  }

  readonly handler = (_: unknown, res: Parameters<EventHub['attach']>[0]) => {
    this.refusal = thrown(() => this.#hub.attach(res, { transport: 'adopted' }));
    expect(res.headersSent).not.toBe(true); // so that the handler can still answer with something else
    this.subscription = this.#hub.attach(res);
  };

  async check() {
    await expect.poll(() => this.subscription).toBeDefined();
    expect(this.refusal).toBeInstanceOf(HubError);
    expect(this.refusal).toMatchObject({ code: 'ERR_HUB_OPTION_INVALID', fields: { option: 'transport' } });
    expect(this.subscription?.stats().transport).toBe('stream');
    await connections(this.#hub, 1); // the refused one has left nothing behind
  }
}

const framesOf = (text: string) =>
  text
    .split('\n\n')
    .slice(0, -1)
    .map(parseFrame)
    .filter((frame) => frame?.id !== undefined)
    .map((frame) => frame ?? {});

describe('written to by Node, silently', () => {
  test('HTTP/1.0', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const attached = new Attached(hub);
    const { port } = await serve(attached.handler);
    const client = connect(port, { version: '1.0' });
    await attached.check();
    emitNumbers(hub, 0, 100);
    await client.untilEvents(100);
    expect(client.head).not.toMatch(/^transfer-encoding/im);
    expectNumbers(client.events, 0, 100);
    await hub.close();
    await client.gone();
  });

  test('HEAD, which is over with its head', async ({ openHub, serve, connect }) => {
    const hub = await openHub();
    const attached = new Attached(hub);
    let next: SseSubscription | undefined;
    const { port } = await serve((req, res) => {
      if (req.method === 'HEAD') attached.handler(req, res);
      else next = hub.attach(res);
    });
    const client = connect(port, { method: 'HEAD' });
    await client.opened();
    expect(attached.refusal).toMatchObject({ code: 'ERR_HUB_OPTION_INVALID' });
    expect(attached.subscription?.closed).toBe(true);
    expect(client.head).toMatch(/^content-type: text\/event-stream$/im);
    // Its connection is free for the next request.
    client.next();
    client.send();
    await adopted(() => next);
    emitNumbers(hub, 0, 10);
    await client.untilEvents(10);
    expectNumbers(client.events, 0, 10);
  });

  test('TLS', async ({ openHub, folder }) => {
    const hub = await openHub();
    const attached = new Attached(hub);
    const server = createHttps(selfSigned(folder), attached.handler);
    const port = await listening(server);
    let text = '';
    const request = get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false });
    const [response] = await once(request, 'response');
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const ended = once(response, 'end');
    await attached.check();
    emitNumbers(hub, 0, 100);
    await hub.close();
    await ended;
    expectNumbers(framesOf(text), 0, 100);
    request.destroy();
    server.close();
  });

  test('HTTP/2 in clear text', async ({ openHub }) => {
    const hub = await openHub();
    const attached = new Attached(hub);
    const server = createHttp2(attached.handler);
    const session = connectHttp2(`http://127.0.0.1:${await listening(server)}`);
    const request = session.request({ ':path': '/' });
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    const ended = once(request, 'end');
    await attached.check();
    emitNumbers(hub, 0, 100);
    await hub.close();
    await ended;
    expectNumbers(framesOf(text), 0, 100);
    session.destroy();
    server.close();
  });

  test('a double of a response', async ({ openHub }) => {
    const hub = await openHub();
    const attached = new Attached(hub);
    const chunks: string[] = [];
    let ends = 0;
    attached.handler(undefined, {
      write: (chunk) => chunks.push(Buffer.from(chunk as string).toString()) > 0,
      end: () => {
        ends += 1;
      },
    });
    await attached.check();
    emitNumbers(hub, 0, 100);
    await hub.close();
    expect(ends).toBe(1);
    expectNumbers(framesOf(chunks.join('')), 0, 100);
  });
});

test("'stream' is Node's even where adoption is possible", async ({ openHub, serve, connect }) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    subscription = hub.attach(res, { transport: 'stream' });
  });
  const client = connect(port);
  await client.opened();
  emitNumbers(hub, 0, 100);
  await client.untilEvents(100);
  expect(subscription?.stats()).toMatchObject({ transport: 'stream' });
  await hub.close();
  await client.ended();
  expect(client.ending).toBe('clean');
  expectNumbers(client.events, 0, 100);
});

function selfSigned(folder: string) {
  const key = join(folder, 'key.pem');
  const cert = join(folder, 'cert.pem');
  const files = ['-keyout', key, '-out', cert, '-subj', '/CN=127.0.0.1', '-days', '1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...files], { stdio: 'ignore' });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

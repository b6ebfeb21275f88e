/** What both adapters must do: the specs of Express and Fastify run these. */
import { request } from 'node:http';
import type { EventHub } from '@cortex-os/native';
import type { EventsOptions } from '@cortex-os/native/express';
import { type test as base, expect, vi } from 'vitest';
import { nextTurn } from '../support/waiting.js';
import { ask, bodyOf, numbersOf, untilEvents } from './requests.js';

/** Serves `GET /events?topic=…` by the adapter, with options that do not depend on the framework. */
export type Mount = (hub: EventHub, options: EventsOptions<never>) => Promise<number>;

export const WAIT = { timeout: 20_000, interval: 5 };

export function adapterTests(test: typeof base, openHub: () => Promise<EventHub>, mount: Mount): void {
  test('streams what the filter of the request wants, by the native thread where it can', async () => {
    const hub = await openHub();
    const port = await mount(hub, { headers: { 'X-Of-The-Stream': 'yes' } });
    const reply = await ask(port, { path: '/events?topic=a' });
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-of-the-stream': 'yes' });
    expect(reply.headers).not.toHaveProperty('access-control-allow-origin');
    expect(reply.headers).not.toHaveProperty('vary');
    for (let n = 0; n < 10; n += 1) hub.emit({ topic: n % 2 ? 'b' : 'a', n });
    await untilEvents(reply, 5);
    expect(numbersOf(reply)).toEqual([0, 2, 4, 6, 8]);
    if (process.platform === 'linux') expect(hub.stats().fanOut.connections).toBe(1);
  });

  test('resumes as the request asks', async () => {
    const hub = await openHub();
    const port = await mount(hub, {});
    for (let n = 0; n < 4; n += 1) hub.emit({ n, id: `event-${n}` });
    const byHeader = await ask(port, { headers: { 'Last-Event-ID': hub.cursor(1) } });
    const byQuery = await ask(port, { path: '/events?lastEventId=event-2' });
    await untilEvents(byHeader, 2);
    await untilEvents(byQuery, 1);
    expect([numbersOf(byHeader), numbersOf(byQuery)]).toEqual([[2, 3], [3]]);
  });

  test.for([
    ['text/event-stream', 200],
    ['application/json, text/*;q=0.2', 200],
    ['*/*', 200],
    ['application/json', 406],
    ['text/event-stream;q=0, */*', 406],
    ['text/html', 406],
  ] as const)('a request that accepts %s gets %i', async ([accept, status]) => {
    const port = await mount(await openHub(), {});
    const reply = await ask(port, { headers: { accept } });
    expect(reply.status).toBe(status);
    if (status === 406) expect(JSON.parse(await bodyOf(reply))).toEqual({ error: 'Not Acceptable' });
  });

  test('answers HEAD with the head alone', async () => {
    const hub = await openHub();
    const port = await mount(hub, {});
    const reply = await ask(port, { method: 'HEAD' });
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('text/event-stream');
    expect(await bodyOf(reply)).toBe('');
    expect(hub.stats().connections).toBe(0);
  });

  test('refuses with 403 whom authorize refuses, whether it says so or throws', async () => {
    const hub = await openHub();
    const onError = vi.fn();
    const refused = new Error('no database');
    const answers = [false, Promise.resolve(false), Promise.reject(refused), true, Promise.resolve(true)];
    for (const answer of answers) if (answer instanceof Promise) answer.catch(() => {});
    const port = await mount(hub, { authorize: () => answers.shift() ?? false, onError });
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      const reply = await ask(port);
      statuses.push(reply.status);
      if (reply.status === 403) {
        expect(reply.headers['content-type']).toMatch(/^application\/json/);
        expect(JSON.parse(await bodyOf(reply))).toEqual({ error: 'Forbidden' });
      }
    }
    expect(statuses).toEqual([403, 403, 403, 200, 200]);
    expect(onError.mock.calls.map(([error]) => error)).toEqual([refused]);
  });

  test.for([
    [false, 'https://a.example', undefined, undefined],
    ['*', 'https://a.example', '*', undefined],
    ['https://a.example', 'https://a.example', 'https://a.example', 'Origin'],
    ['https://a.example', 'https://b.example', undefined, 'Origin'],
    [['https://a.example', 'https://b.example'], 'https://b.example', 'https://b.example', 'Origin'],
  ] as const)('cors: %s, asked from %s, allows %s', async ([cors, origin, allowed, vary]) => {
    const port = await mount(await openHub(), { cors });
    for (const accept of ['text/event-stream', 'text/html']) {
      const { headers } = await ask(port, { headers: { origin, accept } });
      expect(headers['access-control-allow-origin']).toBe(allowed);
      expect(headers.vary).toBe(vary);
    }
    if (cors === false) return;
    const preflight = await ask(port, { method: 'OPTIONS', headers: { origin } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(allowed);
    expect(preflight.headers['access-control-allow-headers']).toMatch(/Last-Event-ID/);
  });

  test('forgets a client that left while it was being authorized', async () => {
    const hub = await openHub();
    let decide: (allowed: boolean) => void = () => {};
    const asked = vi.fn();
    const port = await mount(hub, {
      authorize: () => {
        asked();
        return new Promise<boolean>((resolve) => {
          decide = resolve;
        });
      },
    });
    const leaving = request({ host: '127.0.0.1', port, path: '/events', agent: false }).on('error', () => {});
    leaving.end();
    await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce(), WAIT);
    leaving.destroy();
    await ask(port, { headers: { accept: 'text/html' } }); // by then the server knows
    decide(true);
    await nextTurn();
    expect(hub.stats().connections).toBe(0);
  });

  test('ends cleanly with the hub, and fails openly behind it', async () => {
    const hub = await openHub();
    const port = await mount(hub, {});
    const reply = await ask(port);
    hub.emit({ n: 1 });
    await hub.close();
    expect(await bodyOf(reply)).toMatch(/"n":1/);
    expect((await ask(port)).status).toBe(500);
  });
}

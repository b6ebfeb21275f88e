import { createServer, type Server, type ServerResponse } from 'node:http';
import { EventHub, type SseSubscription } from '@cortex-os/native';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { launchBrowser, missingBrowser } from '../browser/browser.js';
import { adopted, listening } from './fan-out-test.js';

const missing = missingBrowser();

/** Collects what comes; runs in the page. */
const PAGE = `<!doctype html><title>events</title><script>
  window.received = [];
  window.gaps = 0;
  const source = new EventSource('/events');
  for (const type of ['message', 'step'])
    source.addEventListener(type, (event) =>
      received.push({ id: event.lastEventId, type, ...JSON.parse(event.data) }));
  source.addEventListener('gap', () => gaps++);
</script>`;

const NAME = "an adopted socket and a browser's EventSource";

describe.skipIf(missing !== undefined)(`${NAME}${missing ? ` (${missing})` : ''}`, () => {
  let browser: Browser;
  let page: Page;
  let hub: EventHub;
  let server: Server;
  let latest: { res: ServerResponse; subscription: SseSubscription } | undefined;

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    hub = await EventHub.open({ retryMs: 50 });
    server = createServer((req, res) => {
      if (req.url === '/events') latest = { res, subscription: hub.attach(res, { transport: 'adopted' }) };
      else res.setHeader('Content-Type', 'text/html').end(req.url === '/' ? PAGE : '');
    });
    page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${await listening(server)}/`);
  });

  afterEach(async () => {
    await page.close();
    await hub.close();
    server.closeAllConnections();
    server.close();
    latest = undefined;
  });

  const count = (wanted: number) => page.waitForFunction(`received.length >= ${wanted}`);

  test('everything comes once and in order, across cuts and ends', async () => {
    const COUNT = 2000;
    const event = (n: number) => ({
      n,
      text: `é 😀 "\\ ${'x'.repeat(n)}`,
      ...(n % 2 === 0 && { type: 'step' }),
    });
    const emitTo = (end: number) => {
      for (let n = hub.head; n < end; n++) hub.emit(event(n));
    };
    await adopted(() => latest?.subscription);
    emitTo(500);
    await count(500);
    for (const [round, end] of [800, 1100, 1400, 1700].entries()) {
      await adopted(() => latest?.subscription);
      const { res, subscription } = latest ?? {};
      latest = undefined;
      if (round % 2 === 0) res?.socket?.resetAndDestroy();
      else subscription?.end();
      emitTo(end);
      await count(end);
    }
    emitTo(COUNT);
    await count(COUNT);
    const expected = Array.from({ length: COUNT }, (_, n) => ({
      id: hub.cursor(n),
      type: 'message',
      ...event(n),
    }));
    expect(await page.evaluate('received')).toEqual(expected);
    expect(await page.evaluate('gaps')).toBe(0);
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Served, useCli } from '../server/serve-process.js';
import { launchBrowser, missingBrowser } from './browser.js';
import { CuttableProxy } from './cuttable-proxy.js';

const missing = missingBrowser();
const { serve, folder } = useCli();

describe.skipIf(missing !== undefined)(`the live page in a browser${missing ? ` (${missing})` : ''}`, () => {
  let browser: Browser;
  let served: Served;
  let proxy: CuttableProxy;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    browser = await launchBrowser();
  });

  afterAll(() => browser?.close());

  beforeEach(async () => {
    served = await serve();
    proxy = await CuttableProxy.open(Number(new URL(served.url).port));
    page = await (await browser.newContext()).newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      // A cut connection is reported by the browser itself; what the page's own policy refuses is a defect.
      if (/Content Security Policy|Trusted/.test(message.text())) problems.push(message.text());
    });
  });

  afterEach(async () => {
    await page.context().close();
    await proxy.close().catch(() => {});
    expect(problems).toEqual([]);
  });

  /** The printed link, by way of the proxy. */
  const link = () => served.liveUrl.replace(/:\d+/, `:${proxy.port}`);
  const state = (name: string) => page.waitForSelector(`#state[data-state="${name}"]`);
  const rows = () => page.locator('#events .event:not(.notice)').count();
  const untilRows = (count: number) =>
    page.waitForFunction((wanted) => document.querySelectorAll('#events .event').length >= wanted, count);
  /** Ids of the events shown, oldest first. */
  const shown = async () =>
    (
      await page
        .locator('#events .event')
        .evaluateAll((all) => all.map((row) => (row as HTMLElement).dataset.eventId ?? ''))
    ).reverse();
  const logged = () => served.ledger().map(({ id }) => id);

  async function open() {
    await page.goto(link());
    await state('live');
  }

  test('shows posted tasks and their events as they come', async () => {
    await open();
    expect(page.url()).toBe(`http://127.0.0.1:${proxy.port}/`);
    expect(await page.locator('#no-events').isVisible()).toBe(true);
    const id = await served.postTask('Write the release notes');
    await untilRows(1);
    await page.locator('.task .name', { hasText: 'Write the release notes' }).waitFor();
    expect(await page.locator('.task .chip').textContent()).toBe('queued');
    await fetch(`${served.url}/v1/tasks/${id}/cancel`, {
      method: 'POST',
      headers: { authorization: `Bearer ${served.token}` },
    });
    await page.locator('.task .chip', { hasText: 'canceled' }).waitFor();
    expect(await shown()).toEqual(logged());
    expect(await page.locator('#announcer').textContent()).toBe('Task has been canceled');
  });

  test('has every event once and in order after its connection was cut, again and again', async () => {
    await open();
    for (let round = 0; round < 4; round++) {
      for (let task = 0; task < 10; task++) {
        await served.postTask(`round ${round}, task ${task}`);
        if (task === 4) proxy.cut();
      }
    }
    await untilRows(40);
    await state('live');
    expect(Number(await page.locator('#reconnects').textContent())).toBeGreaterThan(0);
    expect(await rows()).toBe(40);
    expect(await shown()).toEqual(logged());
  });

  test('says that it is cut off, and catches up after the network was gone for a while', async () => {
    await open();
    await served.postTask('before');
    await untilRows(1);
    const { port } = proxy;
    await proxy.close();
    await state('reconnecting');
    for (let task = 0; task < 20; task++) await served.postTask(`unseen ${task}`);
    await proxy.listen(port);
    await untilRows(21);
    await state('live');
    expect(await shown()).toEqual(logged());
  });

  test('asks for the token after the server was restarted, and goes on where it was', async () => {
    const stateDir = folder();
    const { port } = new URL(served.url);
    await served.process.stop('SIGTERM');
    served = await serve(['--port', port], stateDir);
    await page.goto(served.liveUrl);
    await state('live');
    await served.postTask('first run');
    await untilRows(1);
    await served.process.stop('SIGTERM');
    served = await serve(['--port', port], stateDir);
    await served.postTask('while signed out');
    await state('signed-out');
    await page.fill('#token', 'wrong');
    await page.click('#sign-in button');
    await page.locator('#sign-in-error', { hasText: 'does not know this token' }).waitFor();
    await page.fill('#token', served.token);
    await page.click('#sign-in button');
    await state('live');
    await untilRows(2);
    expect(await shown()).toEqual(logged());
    expect(logged()).toHaveLength(2);
  });

  test('shows a fresh reader the past, one task alone, and an event in full', async () => {
    const wanted = await served.postTask('This one');
    for (let task = 0; task < 3; task++) await served.postTask(`Other ${task}`);
    await open();
    await untilRows(4);
    await page.locator('.task', { hasText: 'This one' }).click();
    expect(await page.locator('#events .event:visible').count()).toBe(1);
    await page.locator('#events .event:visible summary').click();
    const json = await page.locator('#events .event:visible pre').textContent();
    expect(JSON.parse(json ?? '')).toEqual(served.ledger().find(({ taskId }) => taskId === wanted));
    await page.click('#show-all');
    expect(await page.locator('#events .event:visible').count()).toBe(4);
  });

  test('does not let a browser in that has no session', async () => {
    await page.goto(`http://127.0.0.1:${proxy.port}/`);
    await state('signed-out');
    expect(await page.locator('#sign-in').isVisible()).toBe(true);
    expect(await page.locator('#board').isVisible()).toBe(false);
  });
});

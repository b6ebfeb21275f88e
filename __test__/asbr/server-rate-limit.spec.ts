import { type ASBRServer, createASBRServer, initializeXDG, setLogger } from '@cortex-os/native/asbr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { urlOf } from './server-fixtures.js';
import { useXdgSandbox } from './xdg-sandbox.js';

useXdgSandbox();

describe('the rate limit', () => {
  let server: ASBRServer;
  let url: string;

  beforeEach(async () => {
    setLogger({ logInfo: () => {} });
    await initializeXDG();
  });

  afterEach(async () => {
    vi.useRealTimers();
    await server.stop();
  });

  async function limited(capacity: number, refillRatePerSec: number) {
    server = createASBRServer({ port: 0, rateLimit: { enabled: true, capacity, refillRatePerSec } });
    await server.start();
    url = `${urlOf(server)}/health`;
  }

  const statuses = async (count: number) => {
    const all: number[] = [];
    for (let request = 0; request < count; request++) all.push((await fetch(url)).status);
    return all;
  };

  test('lets the capacity through and then refuses, for good when nothing is refilled', async () => {
    await limited(3, 0);
    expect(await statuses(5)).toEqual([200, 200, 200, 429, 429]);
    const refused = await fetch(url);
    expect(await refused.json()).toEqual({ error: 'Rate limit exceeded', code: 'RATE_LIMITED' });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('traceparent')).toBeNull();
  });

  test('with a capacity of 0 lets nothing through', async () => {
    await limited(0, 10);
    expect(await statuses(1)).toEqual([429]);
  });

  test('keeps fractions of a token between requests', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await limited(1, 1);
    expect(await statuses(1)).toEqual([200]);
    for (let step = 0; step < 3; step++) {
      vi.setSystemTime(Date.now() + 300);
      expect(await statuses(1)).toEqual([429]);
    }
    vi.setSystemTime(Date.now() + 300);
    expect(await statuses(2)).toEqual([200, 429]);
  });

  test('survives a clock that is set back', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    await limited(2, 1);
    expect(await statuses(1)).toEqual([200]);
    vi.setSystemTime(Date.now() - 3_600_000);
    expect(await statuses(2)).toEqual([200, 429]);
    vi.setSystemTime(Date.now() + 1_000);
    expect(await statuses(1)).toEqual([200]);
  });
});

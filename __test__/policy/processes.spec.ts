/** Exactness across processes, in a small size. The full one: `node __test__/policy/exactness/run.mjs`. */
import { describe, expect, test } from 'vitest';
import { hammerOneKey, killAtRandom, raceNewcomersUntil } from './exactness/run.mjs';

describe.skipIf(process.platform === 'win32')('processes that share a table', () => {
  test('never admit more than the limit in any window', async () => {
    const { attempts, admitted, most, limit } = await hammerOneKey({ processes: 4, attempts: 1_200_000 });
    expect(attempts).toBeGreaterThanOrEqual(1_200_000);
    expect(admitted).toBeGreaterThanOrEqual(limit);
    expect(most).toBeLessThanOrEqual(limit);
  }, 120_000);

  test('admit a newcomer once, whoever comes first', async () => {
    const { twice, lost } = await raceNewcomersUntil({ processes: 4, races: 100, keys: 40_000 });
    expect({ twice, lost }).toEqual({ twice: 0, lost: 0 });
  }, 120_000);

  test('go on when others are killed, without a unit too many', async () => {
    const { most, limit, wedged, admitted } = await killAtRandom({ kills: 12 });
    expect(admitted).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(limit);
    expect(wedged).toBe(false);
  }, 120_000);
});

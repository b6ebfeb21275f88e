/** Workers that are terminated at any moment take nothing with them: no ledger stays locked, nothing crashes. */
import { describe, expect } from 'vitest';
import { test } from '../support/hub-test.js';
import { runChild } from '../support/run-child.js';

describe('workers terminated while the thread pool works for them', () => {
  test('leave no ledger locked and the hub of others whole', { timeout: 60_000 }, async ({ folder }) => {
    const { stdout, ...ended } = await runChild('./worker-inflight.mjs', folder, '80');
    expect(ended).toEqual({ code: 0, signal: null, stderr: '' });
    const { locked, head, read, whole } = JSON.parse(stdout);
    expect({ locked, whole }).toEqual({ locked: [], whole: true });
    expect(head).toBeGreaterThan(2000);
    expect(read).toBe(head);
  });
});

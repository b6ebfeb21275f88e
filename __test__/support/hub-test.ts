/** `test` with a folder and hubs of its own; both are gone when it ends. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventHub, type EventHubOptions } from '@cortex-os/native';
import { test as base } from 'vitest';

interface Fixtures {
  /** An empty directory. */
  folder: string;
  /** Where a ledger may be made. */
  ledgerPath: string;
  /** Opens a hub that is closed after the test, unless the test does. */
  openHub: (options?: EventHubOptions) => Promise<EventHub>;
}

export const test = base.extend<Fixtures>({
  folder: async ({ task }, use) => {
    const folder = await mkdtemp(join(tmpdir(), `cortex-${task.id.replace(/\W/g, '')}-`));
    await use(folder);
    await rm(folder, { recursive: true });
  },
  ledgerPath: async ({ folder }, use) => {
    await use(join(folder, 'ledger.ndjson'));
  },
  // Depends on the folder, so that hubs are closed before their files go.
  openHub: async ({ folder: _ }, use) => {
    const open: EventHub[] = [];
    await use(async (options) => {
      const hub = await EventHub.open(options);
      open.push(hub);
      return hub;
    });
    await Promise.allSettled(open.map((hub) => hub.close()));
  },
});

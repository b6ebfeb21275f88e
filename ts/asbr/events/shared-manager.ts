import { loadConfig } from '../config/index.js';
import { createEventManager } from './event-manager.js';
import type { EventManager } from './types.js';

/** The process's manager, or the one being made: callers that come meanwhile wait for the same one. */
let current: Promise<EventManager> | undefined;
let ready: EventManager | undefined;

/**
 * The manager of this process, made from the configuration on disk when first asked for.
 *
 * @throws what `loadConfig` throws; the next call tries again
 */
export function getEventManager(): Promise<EventManager> {
  if (current) return current;
  const making = loadConfig().then((config) => {
    const manager = createEventManager(config);
    if (current === making) ready = manager;
    // Stopped while it was being made: whoever waited gets a manager, but it is no longer the process's.
    else manager.stop();
    return manager;
  });
  making.catch(() => {
    if (current === making) current = undefined;
  });
  current = making;
  return making;
}

/** Stops the process's manager, if there is one; the next `getEventManager()` makes a new one. */
export function stopEventManager(): void {
  ready?.stop();
  ready = undefined;
  current = undefined;
}

/** Like `stopEventManager`, and waits until its ledger is written and closed. */
export async function closeEventManager(): Promise<void> {
  const manager = ready;
  stopEventManager();
  await manager?.close();
}

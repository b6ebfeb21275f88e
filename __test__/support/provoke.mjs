/**
 * Provokes every error that can be, by a call that throws and by a promise that rejects, and tells what arrived. Plain
 * JavaScript, because it runs in the main thread of a spec and in a worker.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CortexError, EventHub, HubError, LedgerError, LogError } from '@cortex-os/native';
import { provoked } from './provoking.mjs';

const CLASSES = { CortexError, LogError, LedgerError, HubError };
const pad = 'x'.repeat(1000);

/** Name of the provocation, then `sync`, `promise` or both. Each gets an empty folder and must not go well. */
const PROVOCATIONS = {
  ERR_LOG_FULL: {
    sync: (folder) => fillRing(folder, (hub) => hub.emit({ pad })),
    promise: (folder) => fillRing(folder, (hub, refused) => void hub.emitDurable({ pad }).catch(refused)),
  },
  ERR_LOG_LINE_TOO_LARGE: {
    sync: () => EventHub.openSync({ maxLineBytes: 256 }).emit(pad),
    promise: () => EventHub.openSync({ maxLineBytes: 256 }).emitDurable(pad),
  },
  ERR_LOG_TYPES_FULL: {
    sync: () => emitTypes((hub, type) => hub.emit({ type })),
    promise: () => emitTypes((hub, type) => hub.emitDurable({ type })),
  },
  ERR_LOG_CURSOR_INVALID: {
    sync: () => EventHub.openSync().readWindow({ after: 'nobody' }),
    promise: () => EventHub.openSync().read({ after: 'nobody' }),
  },
  ERR_LOG_CURSOR_EXPIRED: {
    promise: () => {
      const hub = EventHub.openSync({ maxEvents: 1 });
      for (let n = 0; n < 5; n += 1) hub.emit({ n });
      return hub.read({ after: 0 });
    },
  },
  ERR_LEDGER_LOCKED: bothWaysToOpen((path) => {
    const hub = EventHub.openSync({ path });
    return [{ path }, hub];
  }),
  ERR_LEDGER_OPEN: bothWaysToOpen((path) => [{ path: join(path, 'below', 'nothing') }]),
  ERR_LEDGER_FORMAT: bothWaysToOpen((path) => {
    writeFileSync(`${path}.meta`, '{"format":7}');
    return [{ path }];
  }),
  ERR_LEDGER_READ: {
    promise: async (folder) => {
      const hub = EventHub.openSync({ path: join(folder, 'ledger'), maxEvents: 1 });
      for (let n = 0; n < 5; n += 1) hub.emit({ n });
      await hub.flush();
      renameSync(join(folder, 'ledger'), join(folder, 'away'));
      return hub.read({ after: 0 });
    },
  },
  ERR_HUB_CLOSED: {
    sync: () => closed().emit({}),
    promise: () => closed().read(),
  },
  ERR_HUB_HANDLE_INVALID: { sync: () => EventHub.fromHandle(123_456) },
  ERR_HUB_OPTION_INVALID: {
    sync: () => EventHub.openSync({ maxEvents: 0 }),
    promise: () => EventHub.open({ maxEvents: 0 }),
  },
  ERR_HUB_EVENT_INVALID: {
    sync: () => EventHub.openSync().emit(undefined),
    promise: () => EventHub.openSync().emitDurable(undefined),
  },
};

function bothWaysToOpen(prepare) {
  return {
    sync: (folder) => EventHub.openSync(prepare(join(folder, 'ledger'))[0]),
    promise: (folder) => EventHub.open(prepare(join(folder, 'ledger'))[0]),
  };
}

function closed() {
  const hub = EventHub.openSync();
  void hub.close();
  return hub;
}

function emitTypes(emit) {
  const hub = EventHub.openSync();
  for (let n = 0; n < 4095; n += 1) emit(hub, `type ${n}`);
  return [emit(hub, 'one'), emit(hub, 'two')].at(-1);
}

/** Emits faster than a disk can sync each event, until the ring refuses. */
function fillRing(folder, emit) {
  const path = join(folder, 'ledger');
  const hub = EventHub.openSync({ path, durability: 'always', ringBytes: 64 * 1024, maxLineBytes: 4096 });
  let refused;
  const promise = new Promise((_, reject) => {
    refused = reject;
  });
  for (let n = 0; n < 100_000 && hub.stats().refusedFull === 0; n += 1) emit(hub, refused);
  return promise;
}

/** Every outcome of this thread, see provoking.mjs. */
export const provokeAll = () => provoked(PROVOCATIONS, CLASSES);

/** EventHub as the native contenders have it: in memory unless a ledger is asked for. */
import { join } from 'node:path';
import { EventHub } from '../../harness/native.mjs';

export async function openHub({ dir, hub: options = {}, ledger = false, attach = {} }, transport) {
  const hub = await EventHub.open({ ...(ledger ? { path: join(dir, 'ledger.ndjson') } : {}), ...options });
  return {
    attach: (_req, res, topic) => hub.attach(res, { ...attach, transport, ...(topic ? { topic } : {}) }),
    emit(event) {
      hub.emit(event);
    },
    settle: () => (ledger && hub.pressure ? hub.drained() : undefined),
    stats: () => hub.stats(),
    close: () => hub.close(),
  };
}

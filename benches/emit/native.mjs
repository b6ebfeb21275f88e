/** EventHub with a ledger and no sync: what the other contenders promise, and an event in the window besides. */
import { EventHub } from '../harness/native.mjs';

export const open = async (path) => {
  const hub = await EventHub.open({ path, durability: 'none', topicField: 'taskId' });
  return {
    emit(event) {
      hub.emit(event);
    },
    settle: () => (hub.pressure ? hub.drained() : undefined),
    flush: () => hub.flush(),
    close: () => hub.close(),
  };
};

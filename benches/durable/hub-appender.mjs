/** An EventHub as an appender of the durable loop. */
import { EventHub } from '../harness/native.mjs';

export async function openHub(path, durability) {
  const hub = await EventHub.open({ path, durability, topicField: 'taskId' });
  return {
    append: (event) => hub.emitDurable(event),
    close: () => hub.close(),
  };
}

/** The floor: events are emitted, the connections are open, nothing is delivered. */
import { openHub } from './hub.mjs';
import { startStream } from './plain.mjs';

export async function open(options) {
  const hub = await openHub(options);
  return { ...hub, attach: (_req, res) => startStream(res) };
}

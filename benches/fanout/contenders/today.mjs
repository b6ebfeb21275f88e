/** What @cortex-os/asbr does: every subscriber is asked, serialised for and written to thrice; the file is awaited. */
import { appendFile } from 'node:fs/promises';
import { followersOf, frameId, startStream } from './plain.mjs';

export function open({ dir }) {
  const subscribers = new Set();
  return {
    attach: (_req, res, topic) => followersOf(subscribers, startStream(res), topic),
    async emit(event) {
      for (const { res, topic } of subscribers) {
        if (topic !== undefined && topic !== event.topic) continue;
        res.write(`id: ${frameId(event.n)}\n`);
        res.write(`event: ${event.type}\n`);
        res.write(`data: ${JSON.stringify(event)}\n\n`);
      }
      await appendFile(`${dir}/ledger.ndjson`, `${JSON.stringify(event)}\n`);
    },
  };
}

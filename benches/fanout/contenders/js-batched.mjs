/** The frames of one turn of the event loop joined into one Buffer, one write per subscriber. */
import { followersOf, frameId, startStream } from './plain.mjs';

export function open() {
  const subscribers = new Set();
  let frames = '';
  function flush() {
    const bytes = Buffer.from(frames);
    frames = '';
    for (const { res } of subscribers) res.write(bytes);
  }
  return {
    attach: (_req, res) => followersOf(subscribers, startStream(res)),
    emit(event) {
      if (frames === '') setImmediate(flush);
      frames += `id: ${frameId(event.n)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
    },
  };
}

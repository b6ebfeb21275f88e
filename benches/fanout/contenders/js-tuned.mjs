/** One Buffer per event, and a write per subscriber; what a reconnecting client missed comes from an array. */
import { followersOf, frameOf, startStream } from './plain.mjs';

export function open({ keep = 0 }) {
  const subscribers = new Set();
  const kept = [];
  return {
    attach(req, res) {
      startStream(res);
      const last = req.headers['last-event-id'];
      if (last !== undefined) res.write(Buffer.concat(kept.slice(Number(last.split('-')[1]) + 1)));
      followersOf(subscribers, res);
    },
    emit(event) {
      const frame = frameOf(event);
      if (kept.length < keep) kept.push(frame);
      for (const { res } of subscribers) res.write(frame);
    },
  };
}

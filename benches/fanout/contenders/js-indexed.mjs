/** js-tuned with a Map from topic to subscribers. */
import { followersOf, frameOf, startStream } from './plain.mjs';

export function open() {
  const topics = new Map();
  return {
    attach(_req, res, topic) {
      if (!topics.has(topic)) topics.set(topic, new Set());
      followersOf(topics.get(topic), startStream(res));
    },
    emit(event) {
      const frame = frameOf(event);
      for (const { res } of topics.get(event.topic) ?? []) res.write(frame);
    },
  };
}

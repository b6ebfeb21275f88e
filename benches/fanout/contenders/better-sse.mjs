/** better-sse with a channel per topic, as its documentation says. Its keep-alive is off: nobody else's fires here. */
import { createChannel, createSession } from 'better-sse';
import { frameId } from './plain.mjs';

export function open() {
  const channels = new Map();
  const channelOf = (topic) => {
    if (!channels.has(topic)) channels.set(topic, createChannel());
    return channels.get(topic);
  };
  return {
    async attach(req, res, topic) {
      channelOf(topic).register(await createSession(req, res, { keepAlive: null }));
    },
    emit(event) {
      const options = { eventId: frameId(event.n) };
      channels.get(event.topic)?.broadcast(event, event.type, options);
      channels.get(undefined)?.broadcast(event, event.type, options);
    },
  };
}

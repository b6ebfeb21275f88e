/** What the contenders in plain JavaScript have in common. */

/** As long as the resume tokens of the hub. */
export const frameId = (n) => `0123456789abcdef-${n}`;

export const frameOf = (event) =>
  Buffer.from(`id: ${frameId(event.n)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);

export function startStream(res) {
  res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  res.flushHeaders();
  return res;
}

/** Adds a response to a set until it closes. */
export function followersOf(subscribers, res, topic) {
  const subscriber = { res, topic };
  subscribers.add(subscriber);
  res.on('close', () => subscribers.delete(subscriber));
}

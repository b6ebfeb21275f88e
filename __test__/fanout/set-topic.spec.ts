/** A topic followed at run time begins with the next event, however long the connection had nothing to get. */
import type { SseSubscription } from '@cortex-os/native';
import { expect } from 'vitest';
import { connections, test } from './fan-out-test.js';
import { numberOf } from './frames.js';

test('a topic that is followed later begins with the next event, where Node writes', async ({
  openHub,
  serve,
  connect,
}) => {
  const hub = await openHub();
  let subscription: SseSubscription | undefined;
  const { port } = await serve((_, res) => {
    subscription = hub.attach(res, { topics: ['a'], transport: 'stream' });
  });
  const client = connect(port);
  await connections(hub, 1);
  await client.opened();
  hub.emit({ topic: 'a', n: 0 });
  await client.untilEvents(1);
  for (let n = 1; n < 5; n += 1) hub.emit({ topic: 'b', n });
  subscription?.setTopic('b', true);
  hub.emit({ topic: 'b', n: 5 });
  hub.emit({ topic: 'a', n: 6 });
  await client.untilEvents(3);
  expect(client.events.map(numberOf)).toEqual([0, 5, 6]);
});

/**
 * Emits without end and tells what has been returned and acknowledged, until it is killed.
 *
 * `node emitter.mjs LEDGER TOLD DURABILITY`: TOLD is a file of two little-endian doubles, the number of events whose
 * `emit` has returned and of those that are acknowledged. It is written after the fact, so what it says is certain; a
 * write of eight bytes to the page cache survives the kill as the spool does.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { EventHub } from '@cortex-os/native';

const [path, told, durability] = process.argv.slice(2);
const file = openSync(told, 'r+');
const word = Buffer.alloc(8);

function tell(place, count) {
  word.writeDoubleLE(count);
  writeSync(file, word, 0, 8, place * 8);
}

const hub = await EventHub.open({ path, durability, ringBytes: 1 << 20, maxLineBytes: 64 << 10 });
process.on('exit', () => closeSync(file));
tell(0, hub.head);
tell(1, hub.head);
process.stdout.write('open\n');

for (;;) {
  // Every event of every burst is told as returned; the first one of a burst is also waited for.
  const first = hub.head;
  for (let burst = 0; burst < 50; burst += 1) {
    const n = hub.head;
    const offset = hub.emit({ topic: `t${n % 7}`, type: 'tick', n, pad: 'x'.repeat((n * 37) % 900) });
    tell(0, offset + 1);
  }
  hub.durable(first).then((offset) => tell(1, offset + 1));
  if (hub.pressure) await hub.drained();
  await turn();
}

/** Run with --disallow-code-generation-from-strings: lines come about by other means. */
import { EventHub } from '@cortex-os/native';

const hub = await EventHub.open();
for (let n = 0; n < 100; n += 1) hub.emit({ type: 'a', n, text: 'x"' });
const same = hub.readWindow().every(({ event }, n) => event.n === n && event.text === 'x"');
console.log(JSON.stringify({ same, lines: hub.stats().lines }));
await hub.close();

/** An engine in another process: answers every message with the limit of its grant, ends at "end". */
import { PolicyEngine } from '@cortex-os/native';

const engine = PolicyEngine.openSync(JSON.parse(process.argv[2]));
process.on('message', (message) => {
  if (message === 'end') process.disconnect();
  else process.send(engine.loadSync('git').rate.perMinute);
});

/**
 * One contender in a process of its own: nobody pays for the garbage, the compiled call sites or the thread pool that
 * another left behind, and one that crashes ends nobody else's run. The job comes as an argument. Then each `turn`
 * that is asked for is answered with its metrics, until `end`.
 */
const { benchUrl, ...job } = JSON.parse(process.argv[2]);

const { default: bench } = await import(benchUrl);
const contender = bench.begin ? await bench.begin(job) : { turn: () => bench.measure(job), end() {} };

process.on('message', async (asked) => {
  if (asked === 'turn') return process.send({ metrics: await contender.turn() });
  await contender.end();
  process.disconnect();
});
process.send('ready');

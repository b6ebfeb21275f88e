/**
 * One measurement in a process of its own: no contender pays for the garbage, the compiled call sites or the
 * thread pool that another left behind, and one that crashes ends nobody else's run.
 * The job comes as an argument, the result leaves by the IPC channel.
 */
const { benchUrl, ...job } = JSON.parse(process.argv[2]);

const { default: bench } = await import(benchUrl);
const measured = await bench.measure(job);
process.send(measured, () => process.disconnect());

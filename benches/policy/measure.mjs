/**
 * One contender, one case. A contender answers 1 (yes) or anything else (no); a promise where it can only answer later.
 *
 * A limited one is driven far beyond its limit, so that its window is full: what was allowed must be exactly the limit
 * before anything is timed. Then every further answer is a refusal, told as the contender tells it at the least cost.
 */
import { contenders } from './contenders.mjs';

const PATH = 'packages/native/src/deep/file.ts';

export async function measurePolicy({ case: name, contender, calls, dir }) {
  const rate = Number(name);
  const session = await contenders[contender]({ dir, case: name, perMinute: rate || 1_000_000, path: PATH });
  try {
    await prove(name, session, rate);
    const warm = Math.min(calls, 20_000);
    await run(session, warm);
    const before = process.hrtime.bigint();
    await run(session, calls);
    return { ns: Number(process.hrtime.bigint() - before) / calls };
  } finally {
    await session.close?.();
  }
}

async function prove(name, session, rate) {
  if (rate > 0 && session.counts !== false) {
    let allowed = 0;
    for (let call = 0; call < rate + 50; call += 1) if ((await session.decide()) === 1) allowed += 1;
    if (allowed !== rate) throw new Error(`allowed ${allowed} of ${rate + 50} calls at ${rate} per minute`);
    return;
  }
  const expected = name === 'denial' ? 0 : 1;
  const yes = (await session.decide()) === 1 ? 1 : 0;
  if (yes !== expected) throw new Error(`decided ${yes} where ${expected} is right`);
  if (session.decideOutside && (await session.decideOutside()) === 1)
    throw new Error('allowed a path outside');
}

async function run({ decide, decideMany, batch }, calls) {
  if (decideMany) {
    // Round trips overlap as they do in a busy server.
    for (let done = 0; done < calls; done += batch) await decideMany(Math.min(batch, calls - done));
    return;
  }
  if (decide() instanceof Promise) {
    for (let call = 0; call < calls; call += 1) await decide();
    return;
  }
  for (let call = 0; call < calls; call += 1) decide();
}

/**
 * Makes provocations and tells what arrived. Plain JavaScript, because it runs in the main thread of a spec and in a
 * worker.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `{ code: { sync: outcome, promise: outcome } }` of this thread, for provocations `{ code: { sync, promise } }`: calls
 * that get an empty folder and must not go well. `classes` are those that an error may be an instance of, by name.
 */
export async function provoked(provocations, classes) {
  const outcomes = {};
  for (const [code, ways] of Object.entries(provocations)) {
    outcomes[code] = {};
    for (const [way, call] of Object.entries(ways)) outcomes[code][way] = await outcomeOf(call, way, classes);
  }
  return outcomes;
}

async function outcomeOf(call, way, classes) {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-provoke-'));
  let sync = true;
  try {
    const result = call(folder);
    sync = false;
    await result;
    return 'nothing went wrong';
  } catch (error) {
    if (sync !== (way === 'sync')) return `${way} was announced, and it was not`;
    return described(error, classes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What arrived, in a form that a worker can send. */
function described(error, classes) {
  return {
    code: error?.code,
    name: error?.name,
    classes: Object.keys(classes).filter((name) => error instanceof classes[name]),
    fields: Object.keys(error?.fields ?? {}).sort(),
    message: error?.message,
    stack: typeof error?.stack,
  };
}

/** Runs groups of cases and collects what differs. */
import { makeGroup } from './groups.mjs';
import { Random } from './random.mjs';

export const CASES_PER_GROUP = 100;

/** @typedef {{seed: number, schema: string, value: unknown, what: string, expected: unknown, got: unknown}} Difference */

/**
 * @param {{cases: number, seed: number, stopAfter?: number, progress?: (done: number) => void}} options
 * @returns {{cases: number, groups: number, differences: Difference[]}} a difference has the seed of its group, the
 *   schema, the value, what was compared, `expected` and `got`
 */
export function runDifferential({ cases, seed, stopAfter = 10, progress = () => {} }) {
  /** @type {Difference[]} */
  const differences = [];
  let [done, groups] = [0, 0];
  while (done < cases && differences.length < stopAfter) {
    const groupSeed = (seed + groups) | 0;
    const group = makeGroup(new Random(groupSeed));
    groups += 1;
    for (let i = 0; i < CASES_PER_GROUP && done < cases; i += 1) {
      done += 1;
      const difference = outcomeOfCase(group);
      if (difference) {
        differences.push({ seed: groupSeed, schema: group.describe(), ...difference });
        break;
      }
    }
    if (groups % 100 === 0) progress(done);
  }
  return { cases: done, groups, differences };
}

/** A schema that throws where it is to decide differs from everybody. */
function outcomeOfCase(group) {
  try {
    return group.runCase();
  } catch (error) {
    return { what: `threw ${error}`, value: undefined, expected: 'a verdict', got: error.stack };
  }
}

/** The command line of `npm run bench`. */
import { parseArgs } from 'node:util';

export const USAGE = `npm run bench [-- NAME...] [--quick] [--json FILE] [--rounds N] [--case CASE...] [--contender NAME...]

  NAME         a benchmark by name (benches/NAME.bench.mjs), or the path of a .bench.mjs file; default: all
  --quick      prove that the contenders' outputs are equal, time a few seconds, write nothing to docs/
  --json FILE  write {bench, node, cpu, commit, rows} there; several benchmarks give an array
  --rounds N   how often each contender is timed
  --case, --contender   only these; such a run writes nothing to docs/
`;

export class UsageError extends Error {}

export function readArgs(argv) {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        rounds: { type: 'string' },
        case: { type: 'string', multiple: true, default: [] },
        contender: { type: 'string', multiple: true, default: [] },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      names: positionals,
      quick: values.quick,
      json: values.json,
      rounds: values.rounds === undefined ? undefined : positiveInteger(values.rounds),
      cases: values.case,
      contenders: values.contender,
      help: values.help,
    };
  } catch (error) {
    throw new UsageError(error.message);
  }
}

function positiveInteger(text) {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--rounds wants a whole number above 0, not ${text}`);
  return value;
}

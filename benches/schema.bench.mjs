/** Validation: what one value costs, as an object and as bytes, valid and not. */
import { ensureDependencies } from './harness/deps.mjs';

const TITLES = {
  'object-valid':
    'A valid event, an object already (zod, native: the stripped copy; ajv, typebox: a verdict)',
  'object-invalid': 'An event with one error, an object already: the error',
  'bytes-small': 'A valid event of 190 bytes: the verdict',
  'bytes-small-invalid': 'An event of 190 bytes with one error: the error',
  'manifest-min': 'A manifest of 99 kB: the verdict',
  'manifest-pretty': 'The same manifest, indented: the verdict',
  ndjson: '10,000 events as NDJSON, one in a hundred invalid: a verdict per line; ns per line',
  relay: 'An event of 190 bytes, checked and in the log',
};

/** Native is to be `times` as fast as another contender. */
const target = (caseName, contender, times) => ({
  case: caseName,
  contender: 'native',
  metric: 'ns',
  atMost: 1 / times,
  of: { contender },
});

export default {
  name: 'schema',
  title: 'Schema: one value validated',
  rounds: 101,
  cases: Object.keys(TITLES),
  caseTitle: (name) => TITLES[name],
  contenders: ['zod3', 'zod4', 'zod4-compile', 'ajv', 'typebox', 'native'],
  metrics: [{ name: 'ns', unit: 'ns', baseline: { contender: 'zod3' } }],
  targets: [
    target('object-valid', 'zod3', 18),
    target('object-valid', 'zod4-compile', 0.9),
    target('bytes-small', 'zod3', 10),
    target('bytes-small', 'ajv', 4),
    target('bytes-small-invalid', 'zod3', 14),
    target('bytes-small-invalid', 'ajv', 1),
    target('manifest-min', 'zod3', 28),
    target('manifest-min', 'ajv', 6.5),
    target('manifest-pretty', 'zod3', 18),
    target('manifest-pretty', 'ajv', 4),
    target('ndjson', 'zod3', 13),
    target('ndjson', 'ajv', 5),
    target('relay', 'zod3', 13),
    target('relay', 'ajv', 3.5),
  ],
  panels: Object.entries(TITLES).map(([name, title]) => ({
    case: name,
    metric: 'ns',
    title: title.replace(/ \(.*\)/, ''),
    better: 'lower',
  })),
  highlight: ['native'],

  job: (_case, _contender, mode) => ({
    warmUpMs: mode === 'full' ? 1000 : 5,
    turnMs: mode === 'full' ? 12 : 5,
  }),

  async prepare() {
    ensureDependencies();
    return [];
  },

  async begin(job) {
    const { beginSchema } = await import('./schema/measure.mjs');
    return beginSchema(job);
  },
};

/** The official suite through both back ends as JavaScript sees them: objects, and the same values as bytes. */
import { Schema } from '@cortex-os/native';
import { describe, expect, test } from 'vitest';
import { hasSuite, remotes, type SuiteFile, type SuiteGroup, suiteFiles } from './official-suite.js';

const documents = hasSuite ? remotes() : {};

interface Tally {
  objects: number;
  generated: number;
  wrong: string[];
}

/** Every test of a file, by objects and by bytes; what is wrong by name. */
function run({ name, groups }: SuiteFile, draft: '2020-12' | '7'): Tally {
  const tally: Tally = { objects: 0, generated: 0, wrong: [] };
  for (const group of groups)
    runGroup(`${name}: ${group.description}`, group, draft, name.includes('format/'), tally);
  return tally;
}

function runGroup(title: string, group: SuiteGroup, draft: '2020-12' | '7', formats: boolean, tally: Tally) {
  const schema = Schema.compile(group.schema, { draft, remotes: documents, ...(formats && { formats }) });
  const { objects } = schema.coverage;
  for (const { description, data, valid } of group.tests) {
    tally.objects += 1;
    if (objects === 'generated') tally.generated += 1;
    if (schema.is(data) !== valid) tally.wrong.push(`${title}: ${description} (${objects})`);
    if (schema.checkBytes(JSON.stringify(data)) !== valid)
      tally.wrong.push(`${title}: ${description} (bytes)`);
  }
}

describe.skipIf(!hasSuite)('the official suite, which is not here unless CORTEX_CONFORMANCE names it', () => {
  for (const [folder, draft, least] of [
    ['draft2020-12', '2020-12', 900],
    ['draft7', '7', 700],
  ] as const) {
    const files = hasSuite ? suiteFiles(folder) : [];
    const required = files.filter(({ name }) => !name.startsWith('optional/'));

    test.each(required.map((file) => [file.name, file] as const))(`${folder} %s`, (_name, file) => {
      expect(run(file, draft).wrong).toEqual([]);
    });

    test(`${folder}: generated code does most of it`, () => {
      const sum = required.map((file) => run(file, draft).generated).reduce((a, b) => a + b, 0);
      expect(sum).toBeGreaterThanOrEqual(least);
    });
  }
});

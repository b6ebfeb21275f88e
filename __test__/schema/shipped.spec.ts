/** The code of the drop-ins' schemas, against the schemas. */
import { execFileSync } from 'node:child_process';
import * as asbr from '@cortex-os/native/asbr';
import * as integrations from '@cortex-os/native/integrations';
import { describe, expect, test } from 'vitest';
import type { ZodTypeAny } from 'zod';
import { root } from '../house/root.js';
import { mutated } from './differential/mutate.mjs';
import { Random } from './differential/random.mjs';
import { isSame, outcomeOf, plainIssues } from './differential/same.mjs';
import { SAMPLES } from './differential/samples.mjs';

const VALUES = 1500;

interface Shipped {
  is(value: unknown): boolean;
  parse(value: unknown): unknown;
  safeParse(value: unknown): { success: boolean; data?: unknown; error?: { issues: unknown[] } };
}

const validators = Object.entries({
  ...asbr.asbrValidators,
  ...integrations.integrationsValidators,
}) as [string, Shipped][];
const schemas = { ...asbr, ...integrations } as unknown as Record<string, ZodTypeAny>;

describe.each(validators)('the code of %sSchema', (name, validator) => {
  const schema = schemas[`${name}Schema`] as ZodTypeAny;
  const sample = SAMPLES.find(([one]) => one === schema)?.[1] ?? {};
  const seed = Math.floor(Math.random() * 2 ** 31);

  test(`decides, copies and complains as the schema (seed ${seed})`, () => {
    const random = new Random(seed);
    for (let i = 0; i < VALUES; i += 1) {
      let value: unknown = sample;
      for (let times = random.below(3); times > 0; times -= 1)
        value = mutated(value, random, { javascript: true });
      const [expected, got] = [schema, validator].map((one) => outcomeOf(() => plain(one.safeParse(value))));
      expect(isSame(expected, got) ? 'same' : { value, expected, got }).toBe('same');
      if (expected && 'value' in expected) expect(validator.is(value)).toBe(expected.value.success);
    }
  });

  test('throws what the schema throws', () => {
    const expected = schema.safeParse(7).error;
    expect(() => validator.parse(7)).toThrow(expected?.constructor as new () => Error);
    expect(() => validator.parse(7)).toThrow(expected?.message);
  });
});

test('every schema of integrations, and those of ASBR without functions, have code', () => {
  expect(validators.map(([name]) => name).sort()).toEqual([
    'ApiCallEvent',
    'ArtifactRef',
    'CreateIntegrationInput',
    'DataSyncEvent',
    'Event',
    'Evidence',
    'ExecuteIntegrationInput',
    'IntegrationConnectedEvent',
    'ListIntegrationsInput',
    'MonitorIntegrationInput',
    'Profile',
    'Task',
    'TaskInput',
    'TestIntegrationInput',
    'WebhookReceivedEvent',
  ]);
});

test('it needs no code from text when it is loaded', () => {
  const program = `
    const { integrationsValidators } = require('@cortex-os/native/integrations');
    console.log(JSON.stringify(integrationsValidators.ListIntegrationsInput.parse({})));
  `;
  const output = execFileSync(
    process.execPath,
    ['--disallow-code-generation-from-strings', '--eval', program],
    { cwd: root, encoding: 'utf8' },
  );
  expect(output).toBe('{"limit":20}\n');
});

function plain({ success, data, error }: ReturnType<Shipped['safeParse']>) {
  return success ? { success, data } : { success, issues: plainIssues(error?.issues) };
}

/** A hub with a schema: lines are checked natively, and what does not match is as if it had never been. */
import { readFileSync } from 'node:fs';
import { EventHub, HubError, Schema, SchemaError } from '@cortex-os/native';
import { describe, expect } from 'vitest';
import { thrown } from '../support/errors.js';
import { test } from '../support/hub-test.js';

const paid = () =>
  Schema.compile({
    type: 'object',
    required: ['topic', 'type', 'amount'],
    properties: {
      topic: { type: 'string' },
      type: { const: 'paid' },
      amount: { type: 'integer', minimum: 1 },
    },
    additionalProperties: false,
  });

const good = { topic: 'orders', type: 'paid', amount: 3 };

describe('a hub with a schema', () => {
  test('stores what matches and nothing of what does not', async ({ folder }) => {
    const path = `${folder}/ledger.ndjson`;
    const hub = await EventHub.open({ path, schema: paid() });
    const seen: unknown[] = [];
    hub.subscribe({}, (event) => seen.push(event));
    expect(hub.emit(good)).toBe(0);
    const error = thrown(() => hub.emit({ ...good, amount: 0 }));
    expect(error).toBeInstanceOf(SchemaError);
    expect(error).toMatchObject({
      code: 'ERR_SCHEMA_MISMATCH',
      fields: { issue: 'minimum', pointer: '/amount', line: 1 },
    });
    expect(hub.tryEmit({ ...good, more: true })).toBe(-10);
    await expect(hub.emitDurable({})).rejects.toMatchObject({ code: 'ERR_SCHEMA_MISMATCH' });
    expect(hub.head).toBe(1);
    expect(hub.emit({ ...good, amount: 4 })).toBe(1);
    await hub.close();
    expect(seen).toEqual([good, { ...good, amount: 4 }]);
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(seen);
  });

  test('holds for those who join it', async ({ folder }) => {
    const hub = await EventHub.open({ path: `${folder}/ledger.ndjson`, schema: paid() });
    const joined = EventHub.fromHandle(hub.handle);
    expect(thrown(() => joined.emit({ topic: 'x' }))).toMatchObject({ code: 'ERR_SCHEMA_MISMATCH' });
    await joined.close();
    await hub.close();
  });

  test('refuses a schema that is none', async () => {
    const wrong = { schema: 5 } as unknown as Parameters<typeof EventHub.openSync>[0];
    expect(thrown(() => EventHub.openSync(wrong))).toMatchObject({
      code: 'ERR_HUB_OPTION_INVALID',
      fields: { option: 'schema' },
    });
  });
});

describe('events that come as bytes', () => {
  test('are checked, stored as they are and say topic and type themselves', async () => {
    const hub = EventHub.openSync({ schema: paid() });
    const seen: unknown[] = [];
    hub.subscribe({ topic: 'orders', types: ['paid'] }, (event, meta) => seen.push([event, meta.offset]));
    expect(hub.emitBytes(Buffer.from(' {"topic":"orders", "type":"paid",\r\n"amount":1}\n'))).toBe(0);
    expect(hub.emitBytes(JSON.stringify(good))).toBe(1);
    for (const text of [
      '',
      '{"topic":"orders"}',
      `${JSON.stringify(good)} x`,
      '{"topic":"or\nders"}',
      '[1',
    ]) {
      expect(thrown(() => hub.emitBytes(Buffer.from(text)))).toMatchObject({ code: 'ERR_SCHEMA_MISMATCH' });
    }
    expect(hub.head).toBe(2);
    expect(seen).toEqual([
      [{ topic: 'orders', type: 'paid', amount: 1 }, 0],
      [good, 1],
    ]);
    const [first] = hub.readWindow({ topic: 'orders' });
    expect(first?.line).toBe(' {"topic":"orders", "type":"paid",  "amount":1}');
    await hub.close();
    expect(thrown(() => hub.emitBytes('{}'))).toBeInstanceOf(HubError);
  });

  test('need not have a schema, only be JSON', async () => {
    const hub = EventHub.openSync();
    expect(hub.emitBytes('{"a":[1,2]}', { topic: 'given', type: 'kind' })).toBe(0);
    expect(hub.readWindow()[0]).toMatchObject({ topic: 'given', type: 'kind', event: { a: [1, 2] } });
    expect(thrown(() => hub.emitBytes('{"a":[1,2'))).toMatchObject({ fields: { issue: 'syntax.end' } });
    expect(thrown(() => hub.emitBytes(7 as unknown as string))).toMatchObject({
      code: 'ERR_HUB_EVENT_INVALID',
    });
    await hub.close();
  });
});

import {
  createTask,
  deepMerge,
  type Event,
  EventSchema,
  emitPlanStarted,
  type TaskInput,
  TaskSchema,
  ValidationError,
  validateTaskInput,
} from '@cortex-os/native/asbr';
import { afterEach, describe, expect, test, vi } from 'vitest';

const input: TaskInput = {
  title: 'T',
  brief: 'B',
  inputs: [],
  scopes: ['a'],
  schema: 'cortex.task.input@1',
};

afterEach(() => {
  vi.useRealTimers();
});

describe('validateTaskInput', () => {
  test('returns a clean copy', () => {
    const clean = validateTaskInput({ ...input, surprise: 1 });
    expect(clean).toEqual(input);
    expect(clean).not.toBe(input);
  });

  test.each([[undefined], [null], ['text'], [{}], [{ ...input, title: '' }]])(
    'refuses %j with zod issues',
    (value) => {
      expect(() => validateTaskInput(value)).toThrow(
        expect.objectContaining({
          name: 'ValidationError',
          message: 'Invalid task input',
          details: { errors: expect.arrayContaining([expect.objectContaining({ path: expect.any(Array) })]) },
        }),
      );
    },
  );

  test('refuses an empty list of scopes by its own message', () => {
    expect(() => validateTaskInput({ ...input, scopes: [] })).toThrow(
      expect.objectContaining({
        message: 'Scopes must not be empty',
        details: { field: 'scopes', rule: 'non_empty' },
      }),
    );
    expect(() => validateTaskInput({ ...input, scopes: [] })).toThrow(ValidationError);
  });
});

describe('createTask', () => {
  test('makes a queued task, valid, with its keys in order', () => {
    vi.useFakeTimers({ now: Date.parse('2025-10-13T12:00:00.000Z') });
    const task = createTask();
    expect(TaskSchema.parse(task)).toEqual(task);
    expect(task.status).toBe('queued');
    expect([task.createdAt, task.updatedAt]).toEqual([
      '2025-10-13T12:00:00.000Z',
      '2025-10-13T12:00:00.000Z',
    ]);
    expect(task.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Object.keys(task)).toEqual([
      'id',
      'status',
      'artifacts',
      'evidenceIds',
      'approvals',
      'createdAt',
      'updatedAt',
      'schema',
    ]);
  });

  test('makes another one each time', () => {
    expect(createTask().id).not.toBe(createTask().id);
  });
});

describe('emitPlanStarted', () => {
  test('waits until a valid event is emitted', async () => {
    const task = createTask();
    const events: Event[] = [];
    let release = () => {};
    let done = false;
    const emitting = emitPlanStarted(
      (event) => {
        events.push(event);
        return new Promise((resolve) => {
          release = resolve;
        });
      },
      task,
      input,
    ).then(() => {
      done = true;
    });
    await new Promise(setImmediate);
    expect(done).toBe(false);
    release();
    await emitting;
    expect(events).toHaveLength(1);
    expect(EventSchema.parse(events[0])).toEqual(events[0]);
    expect(events[0]).toEqual({
      id: expect.any(String),
      type: 'PlanStarted',
      taskId: task.id,
      ariaLiveHint: 'Task "T" has been queued',
      timestamp: expect.any(String),
    });
    expect(events[0]?.id).not.toBe(task.id);
  });

  test('hands on the error of emit', async () => {
    const failure = new Error('disk full');
    await expect(emitPlanStarted(() => Promise.reject(failure), createTask(), input)).rejects.toBe(failure);
  });
});

describe('deepMerge', () => {
  test.each([
    [{ a: { nums: [1], val: 1 } }, { a: { nums: [2], extra: 2 } }, { a: { nums: [1, 2], val: 1, extra: 2 } }],
    [{ a: 1 }, { a: undefined }, { a: 1 }],
    [{ a: { b: 1 } }, { a: null }, { a: null }],
    [{ a: null }, { a: { b: 1 } }, { a: { b: 1 } }],
    [{ a: [1] }, { a: { b: 1 } }, { a: { b: 1 } }],
    [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ] as Record<string, unknown>[][])('%j with %j makes %j', (base, override, expected) => {
    expect(deepMerge(base as Record<string, unknown>, override as Record<string, unknown>)).toEqual(expected);
  });

  test('shares nothing with its arguments', () => {
    const base = { a: { list: [{ x: 1 }] } };
    const override = { b: { list: [{ y: 1 }] } };
    const merged = deepMerge<Record<string, unknown>>(base, override) as typeof base & typeof override;
    merged.a.list.push({ x: 2 });
    for (const item of merged.a.list) item.x = 9;
    for (const item of merged.b.list) item.y = 9;
    expect([base, override]).toEqual([{ a: { list: [{ x: 1 }] } }, { b: { list: [{ y: 1 }] } }]);
  });

  test('keeps values that are no plain objects', () => {
    const when = new Date(0);
    expect(deepMerge<Record<string, unknown>>({}, { when }).when).toBe(when);
  });

  test('does not change prototypes', () => {
    const merged = deepMerge<Record<string, unknown>>(
      { a: {} },
      JSON.parse('{"__proto__":{"x":1},"a":{"__proto__":{"x":1}}}'),
    );
    expect((merged as { x?: number }).x).toBeUndefined();
    expect((merged.a as { x?: number }).x).toBeUndefined();
  });
});

/** Requests checked by the schemas of this package, in Fastify. */
import { validatorCompiler } from '@cortex-os/native/fastify';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { z as zod3 } from 'zod';
import { z as zod4 } from 'zod4';

let app: FastifyInstance;

beforeEach(() => {
  app = fastify();
  app.setValidatorCompiler(validatorCompiler());
  onTestFinished(() => app.close());
});

const jsonTask = {
  type: 'object',
  properties: { title: { type: 'string', minLength: 1 }, weight: { type: 'integer' } },
  required: ['title'],
};
const zodTask = (z: typeof zod3 | typeof zod4) =>
  (z as typeof zod3).object({
    title: z.string().min(1) as unknown as zod3.ZodString,
    weight: (z as typeof zod3).number().int().default(1),
  });

const post = (payload: unknown) =>
  app.inject({
    method: 'POST',
    url: '/tasks',
    headers: { 'content-type': 'application/json' },
    payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
  });

describe.each([
  ['zod 3', zodTask(zod3)],
  ['zod 4', zodTask(zod4)],
])('a body with a schema of %s', (_name, body) => {
  beforeEach(() => {
    app.post('/tasks', { schema: { body } }, async (request) => request.body);
  });

  test('reaches the handler stripped and with defaults', async () => {
    const reply = await post({ surprise: 1, title: 'T' });
    expect(reply.statusCode).toBe(200);
    expect(reply.json()).toStrictEqual({ title: 'T', weight: 1 });
  });

  test('is refused with status 400 and what is wrong', async () => {
    const reply = await post({ title: '', weight: 1 });
    expect(reply.statusCode).toBe(400);
    expect(reply.json()).toMatchObject({ code: 'FST_ERR_VALIDATION', error: 'Bad Request' });
    expect(reply.json().message).toMatch(/^body\/title .+/);
  });

  test('that is missing is refused', async () => {
    expect((await app.inject({ method: 'POST', url: '/tasks' })).statusCode).toBe(400);
  });
});

describe('a JSON Schema', () => {
  test('checks a body and hands it over as it came', async () => {
    app.post('/tasks', { schema: { body: jsonTask } }, async (request) => request.body);
    expect((await post({ title: 'T', surprise: 1 })).json()).toStrictEqual({ title: 'T', surprise: 1 });
    const reply = await post({ title: 1, weight: 0.5 });
    expect(reply.statusCode).toBe(400);
    expect(reply.json().message).toContain('body/title must be string');
  });

  test('checks parameters, query and headers', async () => {
    const text = (pattern: string) => ({ type: 'string', pattern });
    app.get(
      '/tasks/:id',
      {
        schema: {
          params: { type: 'object', properties: { id: text('^\\d+$') } },
          querystring: {
            type: 'object',
            properties: { sort: { enum: ['up', 'down'] } },
            additionalProperties: false,
          },
          headers: { type: 'object', properties: { 'X-Trace': text('^[0-9a-f]+$') }, required: ['X-Trace'] },
        },
      },
      async (request) => request.params,
    );
    const get = async (url: string, trace?: string) => {
      const reply = await app.inject({ url, headers: trace === undefined ? {} : { 'x-trace': trace } });
      return [reply.statusCode, reply.statusCode === 200 ? 'ok' : reply.json().message.split(/[/ ]/)[0]];
    };
    expect(await get('/tasks/7?sort=up', 'ab')).toEqual([200, 'ok']);
    expect(await get('/tasks/x?sort=up', 'ab')).toEqual([400, 'params']);
    expect(await get('/tasks/7?sort=left', 'ab')).toEqual([400, 'querystring']);
    expect(await get('/tasks/7?other=1', 'ab')).toEqual([400, 'querystring']);
    expect(await get('/tasks/7')).toEqual([400, 'headers']);
  });

  test('tells errors as ajv does, to who formats them', async () => {
    app.setSchemaErrorFormatter((errors, part) => new Error(`${part}: ${errors[0]?.keyword}`));
    app.post('/tasks', { schema: { body: jsonTask } }, async () => 'never');
    app.setErrorHandler(async ({ message, validation }: FastifyError) => ({ message, validation }));
    const { message, validation } = (await post({ title: '' })).json();
    expect(message).toBe('body: minLength');
    expect(validation).toEqual([
      {
        instancePath: '/title',
        schemaPath: '#/properties/title/minLength',
        keyword: 'minLength',
        params: { limit: 1 },
        message: 'must NOT have fewer than 1 characters',
      },
    ]);
  });

  test('names other documents by the map it is given', async () => {
    app.setValidatorCompiler(validatorCompiler({ remotes: { 'https://example.test/task': jsonTask } }));
    app.post('/tasks', { schema: { body: { $ref: 'https://example.test/task' } } }, async () => 'ok');
    expect((await post({ title: 'T' })).statusCode).toBe(200);
    expect((await post({})).statusCode).toBe(400);
  });

  test('that is wrong keeps the server from starting', async () => {
    app.post('/tasks', { schema: { body: { type: 'text' } } }, async () => 'never');
    await expect(app.ready()).rejects.toThrow(/ERR_SCHEMA_COMPILE|type/);
  });
});

test('prototypes of what comes in stay out of what is handed over', async () => {
  app.post('/tasks', { schema: { body: zodTask(zod3) } }, async (request) =>
    Object.keys(request.body as object),
  );
  // Fastify's own parser refuses the key first, unless it is told not to.
  const reply = await post('{"title":"T","__proto__":{"polluted":true}}');
  expect(reply.statusCode).toBe(400);
});

/** What compiles with signed manifests, and what must not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CurrentManifest,
  Schema,
  SignedManifest,
  type SignedManifestOptions,
  verifyManifest,
} from '@cortex-os/native';
import {
  type ConnectorsRuntime,
  type ConnectorsSettings,
  connectorsPlugin,
  connectorsRouter,
} from '@cortex-os/native/connectors';
import type { Request, Response } from 'express';
import { type FastifyInstance, fastify } from 'fastify';
import { expectTypeOf, test } from 'vitest';
import { z } from 'zod';
import { z as z4 } from 'zod4';

declare const manifest: SignedManifest;
declare const runtime: ConnectorsRuntime;

test('keys are given in every form, and in no other', () => {
  expectTypeOf<{ paths: string; keys: string }>().toExtend<SignedManifestOptions>();
  expectTypeOf<{ paths: string[]; keys: { env: string } }>().toExtend<SignedManifestOptions>();
  expectTypeOf<{ paths: string; keys: { file: string } }>().toExtend<SignedManifestOptions>();
  expectTypeOf<{
    paths: string;
    keys: (string | { id: string; secret: string })[];
  }>().toExtend<SignedManifestOptions>();
  // @ts-expect-error: keys are required
  void SignedManifest.open({ paths: 'x' });
  // @ts-expect-error: no such algorithm
  verifyManifest('{}', { keys: { algorithm: 'none', secret: 'x' } });
});

test('a schema is given compiled, as one of zod, or as a JSON Schema, and as nothing else', () => {
  type Given = SignedManifestOptions['schema'];
  expectTypeOf(Schema.compile(z.object({ id: z.string() }))).toExtend<Given>();
  expectTypeOf(Schema.compile<{ id: string }>({ type: 'object' })).toExtend<Given>();
  expectTypeOf(z.object({ id: z.string().default('x') })).toExtend<Given>();
  expectTypeOf(z4.object({ id: z4.string().default('x') })).toExtend<Given>();
  expectTypeOf({ type: 'object' } as const).toExtend<Given>();
  expectTypeOf('{"type": "object"}').toExtend<Given>();
  expectTypeOf<number>().not.toExtend<Given>();
});

test('requests and responses of every server are taken', () => {
  manifest.respond({} as IncomingMessage, {} as ServerResponse);
  manifest.respond({} as Request, {} as Response);
  const app: FastifyInstance = fastify();
  app.get('/', (request, reply) => void manifest.respond(request, reply));
  void app.register(connectorsPlugin(runtime));
  expectTypeOf(connectorsRouter(runtime)).parameter(0).toEqualTypeOf<IncomingMessage>();
  expectTypeOf(manifest.respond({}, {})).toEqualTypeOf<200 | 304 | 405 | 503>();
});

test('what is current is read, not written', () => {
  expectTypeOf(manifest.current()).toEqualTypeOf<CurrentManifest>();
  expectTypeOf(manifest.current().staleSince).toEqualTypeOf<number | undefined>();
  // @ts-expect-error: read-only
  manifest.current().etag = '';
  expectTypeOf<{ signatureKeys: string }>().toExtend<ConnectorsSettings>();
});

/** What compiles with signed manifests, and what must not. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type CurrentManifest,
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

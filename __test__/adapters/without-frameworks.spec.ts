/** Where neither Express nor Fastify is installed, the adapters load and their types hold, strictly. */
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeConsumer } from '../../scripts/consumer.mjs';
import { root } from '../house/root.js';

const PROGRAM = `
import type { IncomingMessage } from 'node:http';
import { EventHub } from '@cortex-os/native';
import { events } from '@cortex-os/native/express';
import { events as plugin, type EventsRouteOptions } from '@cortex-os/native/fastify';

const hub = EventHub.openSync();
export const middleware = events<IncomingMessage>(hub, { filter: (req) => ({ topic: req.url ?? '' }) });
export const options: EventsRouteOptions = { url: '/events', hub };
// @ts-expect-error: a topic is text
events<IncomingMessage>(hub, { filter: () => ({ topic: 7 }) });
console.log(typeof middleware, typeof plugin, options.url);
`;
const COMPILER_OPTIONS = ['--strict', '--skipLibCheck', 'false', '--module', 'node16', '--target', 'es2022'];
const LIBRARIES = ['--lib', 'es2023,esnext.disposable', '--types', 'node'];

let consumer: ReturnType<typeof makeConsumer>;

beforeAll(() => {
  consumer = makeConsumer();
  const modules = join(consumer.directory, 'node_modules');
  rmSync(join(modules, 'express'));
  writeFileSync(join(consumer.directory, 'program.mts'), PROGRAM);
}, 60_000);

afterAll(() => consumer.remove());

function node(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: consumer.directory,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test('the adapters compile against strict types and run', () => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const typeRoots = ['--typeRoots', join(root, 'node_modules/@types')];
  const compiled = node(tsc, ...COMPILER_OPTIONS, ...LIBRARIES, ...typeRoots, 'program.mts');
  expect(compiled).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(node('program.mjs')).toEqual({ status: 0, stdout: 'function function /events\n', stderr: '' });
}, 60_000);

/** The stream of changes: a snapshot, then what changed, resumable, verifiable at every step. */
import { verifyManifest } from '@cortex-os/native';
import {
  applyServiceMapPatch,
  diffServiceMaps,
  type ServiceMapPatch,
  type SignedServiceMap,
} from '@cortex-os/native/connectors';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { connector, KEY, manifestFile, manifestText, replaceFile, until } from '../manifest/fixtures.js';
import { type Frame, startService } from './fixtures.js';

const mapOf = (frame: Frame) => frame.data.payload as SignedServiceMap;
const patchOf = (frame: Frame) => frame.data.patch as ServiceMapPatch;

function publish(path: string, connectors: object[], version: string): void {
  replaceFile(path, manifestText(0, { connectors, manifestVersion: version }));
}

describe('full', () => {
  test('the map at once, then one event per change, each verifiable', async () => {
    const path = manifestFile(manifestText(2));
    const service = await startService({ manifestPath: path });
    const frames = await service.stream();
    expect(frames.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
    const first = await frames.next();
    expect(first.event).toBe('status');
    expect(first.data).toEqual({ timestamp: expect.any(String), payload: expect.any(Object) });
    expect(mapOf(first).payload.connectors).toHaveLength(2);
    publish(path, [connector(0), connector(1), connector(2)], '1.0.1');
    const second = await frames.next();
    expect(mapOf(second).payload.connectors).toHaveLength(3);
    for (const frame of [first, second]) verifyManifest(mapOf(frame), { keys: KEY });
    expect(second.id).not.toBe(first.id);
  });

  test('a client that comes back gets the last map if it missed it, and nothing if not', async () => {
    const path = manifestFile(manifestText(1));
    const service = await startService({ manifestPath: path });
    const { id } = await (await service.stream()).next();
    const patient = await service.stream('', { 'Last-Event-ID': id });
    for (const version of [1, 2, 3]) {
      publish(path, [connector(version)], `1.0.${version}`);
      await until(
        service.runtime.manifest,
        () => service.runtime.manifest.current().version === `1.0.${version}`,
      );
    }
    // The patient one saw each change, and no snapshot before them.
    for (const version of [1, 2, 3]) {
      expect(mapOf(await patient.next()).payload.connectors[0]?.id).toBe(`connector-000${version}`);
    }
    const late = await (await service.stream('', { 'Last-Event-ID': id })).next();
    expect(mapOf(late).payload.connectors[0]?.id).toBe('connector-0003');
    for (const token of ['nonsense', `${late.id}9`, 'other-0']) {
      const again = await (await service.stream(`?lastEventId=${token}`)).next();
      expect(mapOf(again).payload.connectors[0]?.id, token).toBe('connector-0003');
    }
  });

  test('heartbeats come in between', async () => {
    const service = await startService({ sseIntervalMs: 5 });
    const frames = await service.stream();
    await frames.next();
    await expect.poll(() => frames.comments).toBeGreaterThan(1);
  });
});

describe('diff', () => {
  test('patches by connector lead to the map that is served', async () => {
    const path = manifestFile(manifestText(3));
    const service = await startService({ manifestPath: path });
    const frames = await service.stream('?mode=diff');
    const first = await frames.next();
    expect(first.event).toBe('snapshot');
    let map = mapOf(first);
    const states = [
      [connector(0), connector(1, { quotas: { perMinute: 1 } }), connector(2)],
      [connector(0), connector(2), connector(4)],
      [connector(4, { metadata: {} })],
    ];
    const changed: string[][] = [];
    for (const [index, connectors] of states.entries()) {
      publish(path, connectors, `1.0.${index + 1}`);
      const frame = await frames.next();
      expect(frame.event).toBe('diff');
      changed.push(Object.keys(patchOf(frame).payload.connectors ?? {}));
      map = applyServiceMapPatch(map, patchOf(frame));
      verifyManifest(map, { keys: KEY });
    }
    expect(changed).toEqual([
      ['connector-0001'],
      ['connector-0001', 'connector-0004'],
      ['connector-0000', 'connector-0002', 'connector-0004'],
    ]);
    expect(map).toEqual(JSON.parse(service.runtime.manifest.current().body.toString()));
    // Coming back after the first patch gives the later ones.
    const resumed = await service.stream('?mode=diff', { 'Last-Event-ID': first.id });
    let again = mapOf(first);
    for (let index = 0; index < states.length; index += 1)
      again = applyServiceMapPatch(again, patchOf(await resumed.next()));
    expect(again).toEqual(map);
  });

  test('what no patch can say comes as a snapshot', async () => {
    const path = manifestFile(manifestText(1));
    const service = await startService({ manifestPath: path });
    const frames = await service.stream('?mode=diff');
    await frames.next();
    publish(path, [connector(0, { metadata: { gone: null } })], '1.0.1');
    const withNull = await frames.next();
    expect([withNull.event, mapOf(withNull).payload.connectors[0]?.metadata]).toEqual([
      'snapshot',
      { brand: 'brAInwav', gone: null },
    ]);
    publish(path, [connector(0), connector(0, { name: 'Twin' })], '1.0.2');
    const twins = await frames.next();
    expect([twins.event, mapOf(twins).payload.connectors.length]).toEqual(['snapshot', 2]);
  });

  test('another mode is refused', async () => {
    const { call } = await startService();
    const answer = await call('/v1/connectors/stream?mode=half');
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { detail: 'mode must be "full" or "diff", not "half"' },
    ]);
  });

  test('a patch leads from any map to any other, or there is none', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const entry = fc.record({
      id: fc.constantFrom('a', 'b', 'c', '__proto__'),
      metadata: fc.dictionary(fc.string({ maxLength: 3 }), value),
    });
    const map = fc
      .record({
        payload: fc.record({
          ttlSeconds: fc.integer(),
          metadata: fc.dictionary(fc.string({ maxLength: 2 }), value),
          connectors: fc.uniqueArray(entry, { selector: (one) => one.id, maxLength: 4 }),
        }),
        signature: fc.string(),
      })
      .map((one) => {
        one.payload.connectors.sort((a, b) => (a.id < b.id ? -1 : 1));
        return JSON.parse(JSON.stringify(one)) as SignedServiceMap;
      });
    let patched = 0;
    fc.assert(
      fc.property(map, map, (before, after) => {
        const patch = diffServiceMaps(before, after);
        if (!patch) return;
        patched += 1;
        expect(applyServiceMapPatch(before, JSON.parse(JSON.stringify(patch)))).toEqual(after);
      }),
      { numRuns: 1000 },
    );
    expect(patched).toBeGreaterThan(50);
  });
});

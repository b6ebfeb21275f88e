/** A destination beside the sonic-boom that pino itself uses: the same calls, the same that a caller can see of them. */
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ledgerDestination } from '@cortex-os/native/pino';
import { describe, expect, test } from 'vitest';

/** What both have. */
interface Destination extends NodeJS.EventEmitter {
  write(text: string): boolean;
  flush(done?: (error?: unknown) => void): void;
  flushSync(): void;
  reopen(file?: string): void;
  end(): void;
  destroy(): void;
}

// The one that comes with pino.
const SonicBoom: new (options: object) => Destination = createRequire(
  createRequire(import.meta.url).resolve('pino'),
)('sonic-boom');

const KINDS: Record<string, (path: string) => Destination> = {
  'sonic-boom': (dest) => new SonicBoom({ dest, sync: false, minLength: 4096 }),
  native: (path) => ledgerDestination({ path }) as unknown as Destination,
};

type Log = unknown[];
type Story = (target: Destination, log: Log, path: string) => Promise<void>;

const text = (path: string) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
const flushed = (target: Destination) => new Promise<unknown>((done) => target.flush(done));

const STORIES: Record<string, Story> = {
  'lines, then the end': async (target, log, path) => {
    await once(target, 'ready');
    log.push(target.write('hello world\n'), target.write('something else\n'));
    target.end();
    await once(target, 'close');
    log.push(text(path));
  },
  'lines before it is ready': async (target, log, path) => {
    log.push(target.write('early\n'));
    target.end();
    await once(target, 'close');
    log.push(text(path));
  },
  'a line in pieces, of several bytes a letter': async (target, log, path) => {
    for (const piece of ['héll', 'ö ', '\u{1f600}\n', 'rest']) target.write(piece);
    target.end();
    await once(target, 'close');
    log.push(text(path)?.trimEnd());
  },
  'a flush says when all is there': async (target, log, path) => {
    await once(target, 'ready');
    for (let n = 0; n < 100; n += 1) target.write(`line ${n}\n`);
    const error = await flushed(target);
    log.push(error ?? 'flushed', text(path));
    target.end();
    await once(target, 'close');
  },
  'a flush of nothing': async (target, log) => {
    await once(target, 'ready');
    log.push((await flushed(target)) ?? 'flushed');
    target.end();
    await once(target, 'close');
  },
  'a flush at once': async (target, log, path) => {
    await once(target, 'ready');
    target.write('now\n');
    target.flushSync();
    log.push(text(path));
    target.end();
    await once(target, 'close');
  },
  'the file is moved away': async (target, log, path) => {
    await once(target, 'ready');
    target.write('before\n');
    await flushed(target);
    renameSync(path, `${path}-moved`);
    target.reopen();
    target.write('after\n');
    await once(target, 'ready');
    target.end();
    await once(target, 'close');
    log.push(text(`${path}-moved`), text(path));
  },
  'it goes on in another file': async (target, log, path) => {
    await once(target, 'ready');
    target.write('before\n');
    await flushed(target);
    target.reopen(`${path}-other`);
    await once(target, 'ready');
    target.write('after\n');
    target.end();
    await once(target, 'close');
    log.push(text(path), text(`${path}-other`));
  },
  'it is destroyed': async (target, log) => {
    await once(target, 'ready');
    target.destroy();
    await once(target, 'close');
    target.destroy();
    for (const call of [() => target.write('late\n'), () => target.reopen()]) {
      try {
        call();
        log.push('taken');
      } catch (error) {
        log.push(error instanceof Error);
      }
    }
    log.push((await flushed(target)) instanceof Error);
  },
  'it is ended twice': async (target, log, path) => {
    await once(target, 'ready');
    target.write('once\n');
    target.end();
    target.end();
    await once(target, 'close');
    log.push(text(path));
  },
};

/** What a caller sees of a story: what calls returned, and the events that say something is over. */
async function seen(kind: string, story: Story): Promise<Log> {
  const folder = mkdtempSync(join(tmpdir(), 'cortex-boom-'));
  const log: Log = [];
  try {
    const path = join(folder, 'log.ndjson');
    const target = KINDS[kind]?.(path) as Destination;
    for (const event of ['ready', 'finish', 'close', 'error', 'drop'])
      target.on(event, () => log.push(event));
    await story(target, log, path);
    return log;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('a destination and a sonic-boom', () => {
  test.each(Object.entries(STORIES))('%s', async (_, story) => {
    const expected = await seen('sonic-boom', story);
    expect(expected).toContain('close');
    expect(await seen('native', story)).toEqual(expected);
  });
});

import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  cleanupTempFiles,
  getArtifactPath,
  getCachePath,
  getConfigPath,
  getDataPath,
  getStatePath,
  getTempPath,
  getXDGPaths,
  initializeXDG,
  isDirectory,
  type LogMeta,
  pathExists,
  setLogger,
} from '@cortex-os/native/asbr';
import { describe, expect, test } from 'vitest';
import { useXdgSandbox } from './xdg-sandbox.js';

const sandbox = useXdgSandbox();

describe('ASBR directories', () => {
  test('follow the XDG variables, read at each call', () => {
    process.env.XDG_STATE_HOME = '/elsewhere';
    expect(getXDGPaths().state).toBe('/elsewhere/cortex/asbr');
    process.env.XDG_STATE_HOME = '/other';
    expect(getStatePath('ledger.ndjson')).toBe('/other/cortex/asbr/ledger.ndjson');
  });

  test.each([
    ['XDG_CONFIG_HOME', 'config', '.config'],
    ['XDG_DATA_HOME', 'data', '.local/share'],
    ['XDG_STATE_HOME', 'state', '.local/state'],
    ['XDG_CACHE_HOME', 'cache', '.cache'],
  ] as const)('without %s, or with an empty one, lie below the home directory', (name, key, folder) => {
    const expected = join(homedir(), folder, 'cortex', 'asbr');
    delete process.env[name];
    expect(getXDGPaths()[key]).toBe(expected);
    process.env[name] = '';
    expect(getXDGPaths()[key]).toBe(expected);
  });

  test('have a path for everything', () => {
    const data = sandbox.folder('XDG_DATA_HOME');
    expect(getConfigPath('config.yaml')).toBe(join(sandbox.folder('XDG_CONFIG_HOME'), 'config.yaml'));
    expect(getDataPath('evidence', 'a', 'b')).toBe(join(data, 'evidence', 'a', 'b'));
    expect(getArtifactPath('2025-10-13', 'id')).toBe(join(data, 'artifacts', '2025-10-13', 'id'));
    expect(getArtifactPath('2025-10-13', 'id', 'f')).toBe(join(data, 'artifacts', '2025-10-13', 'id', 'f'));
    expect(getCachePath('a', 'b')).toBe(join(sandbox.folder('XDG_CACHE_HOME'), 'a', 'b'));
  });

  test('give a fresh temporary path each time', () => {
    const paths = new Set(Array.from({ length: 100 }, () => getTempPath('job')));
    expect(paths.size).toBe(100);
    for (const path of paths) expect(path).toMatch(/\/tmp\/job_\d+_[0-9a-f]+$/);
  });

  test('are all created, twice without harm', async () => {
    expect(await initializeXDG()).toEqual(getXDGPaths());
    await initializeXDG();
    expect(await readdir(sandbox.folder('XDG_CONFIG_HOME'))).toEqual(['policies']);
    expect((await readdir(sandbox.folder('XDG_DATA_HOME'))).sort()).toEqual([
      'artifacts',
      'evidence',
      'profiles',
    ]);
    expect((await readdir(sandbox.folder('XDG_STATE_HOME'))).sort()).toEqual([
      'checkpoints',
      'connectors',
      'receipts',
    ]);
    expect((await readdir(sandbox.folder('XDG_CACHE_HOME'))).sort()).toEqual(['indexes', 'tmp']);
  });

  test('that cannot be created reject', async () => {
    await writeFile(process.env.XDG_STATE_HOME as string, 'a file where a folder should be');
    await expect(initializeXDG()).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  test('pathExists and isDirectory tell files from folders from nothing', async () => {
    await initializeXDG();
    const file = getCachePath('file');
    await writeFile(file, '');
    expect([await pathExists(file), await isDirectory(file)]).toEqual([true, false]);
    expect([await pathExists(getCachePath('tmp')), await isDirectory(getCachePath('tmp'))]).toEqual([
      true,
      true,
    ]);
    expect([await pathExists(getCachePath('no')), await isDirectory(getCachePath('no'))]).toEqual([
      false,
      false,
    ]);
  });
});

describe('cleanupTempFiles', () => {
  const ageMs = 60_000;
  const make = async (name: string, old: boolean) => {
    const path = getCachePath('tmp', name);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'content'), '');
    const time = new Date(Date.now() - (old ? 2 * ageMs : 0));
    await utimes(path, time, time);
  };

  test('removes what is older and nothing else', async () => {
    await initializeXDG();
    await make('old', true);
    await make('new', false);
    await cleanupTempFiles(ageMs);
    expect(await readdir(getCachePath('tmp'))).toEqual(['new']);
  });

  test('keeps what is younger than a day by default', async () => {
    await initializeXDG();
    await make('old', true);
    await cleanupTempFiles();
    expect(await readdir(getCachePath('tmp'))).toEqual(['old']);
  });

  test('goes on past a dangling link', async () => {
    await initializeXDG();
    await symlink('/nowhere/at/all', getCachePath('tmp', 'a-link'));
    await make('old', true);
    await cleanupTempFiles(ageMs);
    expect(await readdir(getCachePath('tmp'))).toEqual(['a-link']);
  });

  test('without a folder does nothing', async () => {
    await cleanupTempFiles();
    expect(existsSync(getCachePath('tmp'))).toBe(false);
  });

  test('logs what it cannot do and does not reject', async () => {
    await mkdir(getCachePath(), { recursive: true });
    await writeFile(getCachePath('tmp'), 'a file where a folder should be');
    const lines: [string, LogMeta | undefined][] = [];
    const previous = setLogger({ logWarn: (message, meta) => lines.push([message, meta]) });
    await cleanupTempFiles();
    setLogger(previous);
    expect(lines).toEqual([
      ['Failed to cleanup temp files', { error: expect.objectContaining({ code: 'ENOTDIR' }) }],
    ]);
  });
});

/** Grants in folders of their own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { vi } from 'vitest';

export const GIT = {
  tool: 'git-map',
  actions: ['tree', 'snippet'],
  rate: { perMinute: 3 },
  fsScope: ['packages', 'docs'],
};

export interface Project {
  readonly root: string;
  readonly grants: string;
  write(path: string, content: string | object, mode?: number): string;
  remove(): void;
}

/** A folder with `.cortex/policy/tools/git.json` in it. */
export function makeProject(grant: object = GIT): Project {
  const root = mkdtempSync(join(tmpdir(), 'cortex-policy-'));
  const grants = join(root, '.cortex', 'policy', 'tools');
  const write = (path: string, content: string | object, mode = 0o644) => {
    const file = join(root, path);
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    chmodSync(file, mode);
    return file;
  };
  write('.cortex/policy/tools/git.json', grant);
  return { root, grants, write, remove: () => rmSync(root, { recursive: true, force: true }) };
}

/** Until `check` no longer throws; patient, since a busy machine tells of a changed file when it gets to it. */
export function eventually(check: () => void): Promise<void> {
  return vi.waitFor(check, { timeout: 20_000, interval: 20 });
}

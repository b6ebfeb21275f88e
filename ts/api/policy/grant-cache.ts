/**
 * Grants in memory, and what keeps them true: a watched directory, a TTL, a revision that other processes raise.
 *
 * A grant whose new content cannot be used stays as it was, with the reason; one whose file is gone is gone.
 */
import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { PolicyError } from '../../errors.js';
import { type LoadedGrant, native, raw } from '../../native.js';
import type { CompiledGrant } from './compiled-grant.js';
import type { GrantRecord } from './types.js';

interface Entry {
  compiled: CompiledGrant;
  /** When its file was last found to say this. */
  checkedMs: number;
  stale: boolean;
  reason: string | undefined;
  usedAt: number;
}

interface CacheParts {
  directory: string;
  strict: boolean;
  ttlMs: number;
  maxGrants: number;
  watch: boolean;
  revisionPath: string | undefined;
  now: () => number;
  compile: (id: string, revision: string, record: GrantRecord) => CompiledGrant;
  onError: (error: unknown, where: string) => void;
}

/** A burst of changes is one reload. */
const SETTLE_MS = 20;

export class GrantCache {
  readonly #parts: CacheParts;
  readonly #entries = new Map<string, Entry>();
  readonly #loading = new Map<string, Promise<CompiledGrant>>();
  readonly #revision: number | undefined;
  #seenRevision = 0;
  #watchers: FSWatcher[] = [];
  #settling: NodeJS.Timeout | undefined;
  #uses = 0;
  #generation = 0;
  readonly counts = { hits: 0, loads: 0, failures: 0, evictions: 0, busts: 0 };

  constructor(parts: CacheParts) {
    this.#parts = parts;
    this.#revision = this.#openRevision();
    if (this.#revision !== undefined) this.#seenRevision = raw.revision(this.#revision);
    this.#watch();
  }

  get watching(): boolean {
    return this.#watchers.length > 0;
  }

  /** The grant, read off the event loop if need be. Callers at the same time share one reading. */
  load(id: string): Promise<CompiledGrant> {
    const fresh = this.#fresh(id);
    if (fresh) return Promise.resolve(fresh);
    let loading = this.#loading.get(id);
    if (!loading) {
      const generation = this.#generation;
      loading = native
        .grantLoad(this.#parts.directory, id, this.#parts.strict)
        .then(
          (loaded) => this.#store(id, loaded, generation),
          (error: unknown) => this.#failed(id, error),
        )
        .finally(() => this.#loading.delete(id));
      this.#loading.set(id, loading);
    }
    return loading;
  }

  /** The grant at once: from memory, or read while everything waits (about 20 us). */
  get(id: string): CompiledGrant {
    const fresh = this.#fresh(id);
    if (fresh) return fresh;
    let loaded: LoadedGrant;
    try {
      loaded = native.grantLoadSync(this.#parts.directory, id, this.#parts.strict);
    } catch (error) {
      return this.#failed(id, error);
    }
    return this.#store(id, loaded, this.#generation);
  }

  /** Makes this and other processes read again. */
  bust(id?: string): void {
    if (id !== undefined) native.grantCheckId(id);
    if (this.#revision !== undefined) this.#seenRevision = native.revisionRaise(this.#revision);
    this.counts.busts += 1;
    this.#outdate();
  }

  entries(): { id: string; revision: string; reason: string | undefined }[] {
    return [...this.#entries].map(([id, { compiled, reason }]) => ({
      id,
      revision: compiled.grant.revision,
      reason,
    }));
  }

  close(): void {
    clearTimeout(this.#settling);
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    this.#entries.clear();
    if (this.#revision !== undefined) native.revisionClose(this.#revision);
  }

  #fresh(id: string): CompiledGrant | undefined {
    if (this.#revision !== undefined) {
      const revision = raw.revision(this.#revision);
      if (revision !== this.#seenRevision) {
        this.#seenRevision = revision;
        this.counts.busts += 1;
        this.#outdate();
      }
    }
    const entry = this.#entries.get(id);
    if (!entry || entry.stale) return undefined;
    // A clock that was set back makes a grant old, never young.
    const age = this.#parts.now() - entry.checkedMs;
    if (age < 0 || age >= this.#parts.ttlMs) return undefined;
    this.counts.hits += 1;
    this.#uses += 1;
    entry.usedAt = this.#uses;
    return entry.compiled;
  }

  #store(id: string, loaded: LoadedGrant, generation: number): CompiledGrant {
    this.counts.loads += 1;
    const known = this.#entries.get(id);
    let compiled = known?.compiled;
    if (compiled?.grant.revision !== loaded.revision) {
      try {
        compiled = this.#parts.compile(id, loaded.revision, JSON.parse(loaded.json) as GrantRecord);
      } catch (error) {
        return this.#failed(id, error);
      }
    }
    // What was read before a change was noticed may be what the change replaced.
    const stale = generation !== this.#generation;
    this.#uses += 1;
    const entry = { compiled, checkedMs: this.#parts.now(), stale, reason: undefined, usedAt: this.#uses };
    this.#entries.set(id, entry);
    this.#evict();
    return compiled;
  }

  /** The last good version, unless there is none or the file is gone. */
  #failed(id: string, error: unknown): CompiledGrant {
    this.counts.failures += 1;
    const entry = this.#entries.get(id);
    if (!entry) throw error;
    if (error instanceof PolicyError && error.code === 'ERR_POLICY_GRANT_MISSING') {
      this.#entries.delete(id);
      throw error;
    }
    const reason = error instanceof Error ? error.message : String(error);
    if (entry.reason !== reason) this.#parts.onError(error, `reloading the grant ${id}`);
    entry.reason = reason;
    entry.checkedMs = this.#parts.now();
    entry.stale = false;
    return entry.compiled;
  }

  #evict(): void {
    while (this.#entries.size > this.#parts.maxGrants) {
      let oldest: string | undefined;
      let usedAt = Infinity;
      for (const [id, entry] of this.#entries)
        if (entry.usedAt < usedAt) [oldest, usedAt] = [id, entry.usedAt];
      if (oldest === undefined) return;
      this.#entries.delete(oldest);
      this.counts.evictions += 1;
    }
  }

  #outdate(): void {
    this.#generation += 1;
    for (const entry of this.#entries.values()) entry.stale = true;
  }

  #openRevision(): number | undefined {
    const path = this.#parts.revisionPath;
    if (path === undefined) return undefined;
    try {
      return native.revisionOpen(path);
    } catch (error) {
      // A read-only volume, or a directory that is made later: watching and the TTL remain.
      const possible = !(error instanceof PolicyError && error.code === 'ERR_POLICY_UNSUPPORTED');
      if (possible) this.#parts.onError(error, 'opening the shared revision');
      return undefined;
    }
  }

  /** The directory, and its own name in the directory above: volumes are swapped by replacing a link. */
  #watch(): void {
    if (!this.#parts.watch) return;
    const { directory } = this.#parts;
    const start = (path: string, only: string | undefined) => {
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        if (only === undefined ? isGrant(name) : name === only) this.#changed(only !== undefined);
      });
      watcher.on('error', () => this.#rewatch());
      this.#watchers.push(watcher);
    };
    try {
      start(dirname(directory), basename(directory));
      start(directory, undefined);
    } catch {
      // Not there yet: the TTL finds it.
    }
  }

  #changed(directoryItself: boolean): void {
    this.#outdate();
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => {
      if (directoryItself) this.#rewatch();
      // Once more: what was read during the burst may be half of it.
      this.#outdate();
      for (const id of this.#entries.keys()) this.load(id).catch(() => undefined);
    }, SETTLE_MS).unref();
  }

  #rewatch(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    this.#watch();
  }
}

/** The revision's own file lies beside the grants; being written through memory, it is rarely seen. */
function isGrant(name: string | null): boolean {
  return name === null || name !== '.revision';
}

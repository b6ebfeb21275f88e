/** Manifests to serve, folders to put them in, and files that change the way deployments change them. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignedManifest, type SignedManifestOptions } from '@cortex-os/native';
import { onTestFinished } from 'vitest';

export const KEY = 'test-secret';

export interface ManifestChanges {
  manifestVersion?: string;
  generatedAt?: string;
  ttlSeconds?: number;
  metadata?: object;
  connectors?: object[];
}

export function connector(index: number, changes: object = {}): object {
  return {
    id: `connector-${String(index).padStart(4, '0')}`,
    name: `Connector ${index}`,
    version: '1.0.0',
    description: 'Größe, 漢字 and 😀 reach the map as they are.',
    endpoint: `https://connector-${index}.example/v1?x=1`,
    auth: { type: 'bearer', headerName: 'Authorization' },
    authentication: { headers: [{ name: 'Authorization', value: `Bearer $\{CONNECTOR_TOKEN}` }] },
    scopes: ['search:query', `connector:${index}`],
    quotas: { perMinute: 30, perHour: 300 },
    ttlSeconds: 300,
    metadata: { owner: 'platform', weight: 0.1 * index, '😀': 1, '\ufb33': 2 },
    tags: ['one', 'two'],
    ...changes,
  };
}

/** The text of a manifest. */
export function manifestText(count = 3, changes: ManifestChanges = {}): string {
  const connectors = Array.from({ length: count }, (_, index) => connector(index));
  return JSON.stringify({
    id: '01JAG0Y4ZP1XK9YZ2FQ0N3WVCH',
    manifestVersion: '1.0.0',
    connectors,
    ...changes,
  });
}

/** A folder that goes with the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'cortex-manifest-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** A file with this text in a folder of its own. */
export function manifestFile(text = manifestText()): string {
  const path = join(folder(), 'manifest.json');
  writeFileSync(path, text);
  return path;
}

/** As a careful deployment does it: readers see the old file or the new one. */
export function replaceFile(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

/** A folder as Kubernetes mounts a ConfigMap: `manifest.json -> ..data/manifest.json`, `..data -> ..<version>`. */
export class ConfigMap {
  readonly path: string;
  readonly #folder = folder();
  #version = 0;

  constructor(text: string) {
    this.path = join(this.#folder, 'manifest.json');
    this.publish(text);
    symlinkSync(join('..data', 'manifest.json'), this.path);
  }

  publish(text: string): void {
    const before = this.#version;
    this.#version += 1;
    mkdirSync(join(this.#folder, `..${this.#version}`));
    writeFileSync(join(this.#folder, `..${this.#version}`, 'manifest.json'), text);
    symlinkSync(`..${this.#version}`, join(this.#folder, '..data_tmp'));
    renameSync(join(this.#folder, '..data_tmp'), join(this.#folder, '..data'));
    if (before > 0) rmSync(join(this.#folder, `..${before}`), { recursive: true });
  }
}

/** An open manifest that is closed with the test. */
export async function openManifest(options: Partial<SignedManifestOptions> = {}): Promise<SignedManifest> {
  const { paths = manifestFile(), keys = { id: 'k1', secret: KEY }, ...rest } = options;
  const manifest = await SignedManifest.open({ paths, keys, debounceMs: 1, onWarning: () => {}, ...rest });
  onTestFinished(() => manifest.close());
  return manifest;
}

/** Until `wanted` holds; asked after every change of the manifest. */
export function until(manifest: SignedManifest, wanted: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let stop = () => {};
    const check = () => {
      try {
        if (!wanted()) return;
        resolve();
      } catch (error) {
        reject(error as Error);
      }
      stop();
    };
    stop = manifest.subscribe(check);
    check();
  });
}

/** The base URL of a server with this handler, which ends with the test. */
export async function serving(handler: (req: IncomingMessage, res: ServerResponse) => void): Promise<string> {
  const server = createServer(handler);
  onTestFinished(() => close(server));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

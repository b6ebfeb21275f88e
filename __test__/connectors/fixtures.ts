/** A running connectors service, and a reader of its stream. */
import { request } from 'node:http';
import { type ConnectorsSettings, startConnectorsServer } from '@cortex-os/native/connectors';
import { onTestFinished } from 'vitest';
import { KEY, manifestFile } from '../manifest/fixtures.js';

export const API_KEY = 'api-key';

export interface TestService {
  url: string;
  runtime: Awaited<ReturnType<typeof startConnectorsServer>>['runtime'];
  call(path: string, headers?: Record<string, string>): Promise<Response>;
  stream(query?: string, headers?: Record<string, string>): Promise<Frames>;
}

/** Starts a service that is stopped with the test. */
export async function startService(settings: Partial<ConnectorsSettings> = {}): Promise<TestService> {
  const service = await startConnectorsServer({
    signatureKeys: KEY,
    apiKey: API_KEY,
    manifestPath: manifestFile(),
    manifest: { debounceMs: 1, onWarning: () => {} },
    port: 0,
    host: '127.0.0.1',
    ...settings,
  });
  onTestFinished(() => service.stop());
  const authorization = { Authorization: `Bearer ${API_KEY}` };
  return {
    url: service.url,
    runtime: service.runtime,
    call: (path, headers = {}) =>
      fetch(`${service.url}${path}`, { headers: { ...authorization, ...headers } }),
    stream: (query = '', headers = {}) =>
      Frames.open(`${service.url}/v1/connectors/stream${query}`, { ...authorization, ...headers }),
  };
}

export interface Frame {
  id: string;
  event: string;
  data: Record<string, unknown>;
}

/** The frames of one SSE response, one by one; comments apart. */
export class Frames {
  status = 0;
  headers: Record<string, unknown> = {};
  comments = 0;
  readonly #frames: Frame[] = [];
  readonly #waiting: ((frame: Frame) => void)[] = [];
  #text = '';

  static open(url: string, headers: Record<string, string>): Promise<Frames> {
    const frames = new Frames();
    return new Promise((resolve, reject) => {
      const sent = request(url, { headers, agent: false }, (res) => {
        frames.status = res.statusCode ?? 0;
        frames.headers = res.headers;
        res.setEncoding('utf8').on('data', (text: string) => frames.#push(text));
        res.on('error', () => {});
        resolve(frames);
      });
      sent.on('error', reject).end();
      onTestFinished(() => void sent.destroy());
    });
  }

  next(): Promise<Frame> {
    const frame = this.#frames.shift();
    return frame ? Promise.resolve(frame) : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #push(text: string): void {
    this.#text += text;
    for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
      const lines = this.#text.slice(0, end).split('\n');
      this.#text = this.#text.slice(end + 2);
      const field = (name: string) =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      if (lines.some((line) => line.startsWith(':'))) this.comments += 1;
      if (field('data') === '') continue;
      const frame = { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
      const waiting = this.#waiting.shift();
      if (waiting) waiting(frame);
      else this.#frames.push(frame);
    }
  }
}

/** A running server for a spec, and how to talk to it. */
import type { AddressInfo } from 'node:net';
import {
  type ASBRServer,
  type ASBRServerOptions,
  createASBRServer,
  generateToken,
  initializeXDG,
  setLogger,
} from '@cortex-os/native/asbr';
import { afterEach, beforeEach } from 'vitest';
import { StreamReader } from './events-fixtures.js';

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

export interface TestServer {
  server: ASBRServer;
  url: string;
  token: string;
  /** Sends JSON with the token and gives back the parsed answer. */
  call<Body = Record<string, unknown>>(path: string, init?: CallInit): Promise<Answer<Body>>;
  /** Opens `/v1/events` with these query parameters and waits until it is live. */
  events(query?: Record<string, string>, headers?: Record<string, string>): Promise<StreamReader>;
}

export interface CallInit {
  method?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Starts servers that are stopped after each test; quiet, and without anything that test runs relax. */
export function useServers() {
  let running: ASBRServer[] = [];
  let readers: StreamReader[] = [];

  beforeEach(async () => {
    setLogger({ logInfo: () => {}, logError: () => {} });
    await initializeXDG();
  });

  afterEach(async () => {
    for (const reader of readers) reader.close();
    for (const server of running) await server.stop();
    [running, readers] = [[], []];
    setLogger();
  });

  return async (options: ASBRServerOptions = {}): Promise<TestServer> => {
    const server = createASBRServer({ port: 0, autoCloseStreams: false, testBypass: false, ...options });
    running.push(server);
    await server.start();
    const url = urlOf(server);
    const { token } = await generateToken(['*']);
    const authorization = `Bearer ${token}`;
    const call: TestServer['call'] = async (path, { method = 'GET', body, headers = {} } = {}) => {
      const response = await fetch(url + path, {
        method,
        headers: { authorization, 'content-type': 'application/json', ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json');
      return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
    };
    const events: TestServer['events'] = async (query = {}, headers = {}) => {
      const search = new URLSearchParams({ stream: 'sse', ...query });
      const reader = new StreamReader(`${url}/v1/events?${search}`, { authorization, ...headers });
      readers.push(reader);
      await reader.opened();
      return reader;
    };
    return { server, url, token, call, events };
  };
}

export function urlOf({ server }: ASBRServer): string {
  const address = server?.address() as AddressInfo | undefined;
  return `http://127.0.0.1:${address?.port}`;
}

export function taskInput(fields: Record<string, unknown> = {}) {
  return {
    title: 'T',
    brief: 'B',
    inputs: [],
    scopes: ['tasks:create'],
    schema: 'cortex.task.input@1',
    ...fields,
  };
}

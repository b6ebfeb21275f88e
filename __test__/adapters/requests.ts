/** Requests as the adapters get them, over real sockets. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { onTestFinished } from 'vitest';
import { Watched } from '../support/waiting.js';

export interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  /** What has come of the body. */
  body: Watched<{ text: string; ended: boolean }>;
  destroy(): void;
}

/** Resolves with the head of the response; its connection is cut when the test ends. */
export function ask(
  port: number,
  { method = 'GET', path = '/events', headers = {} }: Ask = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    onTestFinished(() => void outgoing.destroy());
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const body = new Watched({ text: '', ended: false });
      const end = () => body.change((seen) => ({ ...seen, ended: true }));
      response.setEncoding('utf8');
      response.on('data', (text: string) => body.change((seen) => ({ ...seen, text: seen.text + text })));
      response.on('end', end);
      response.on('error', end);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body,
        destroy: () => outgoing.destroy(),
      });
    });
    outgoing.end();
  });
}

/** The numbers of the events that have come. */
export const numbersOf = ({ body }: Reply): number[] =>
  [...body.value.text.matchAll(/^data: .*"n":(\d+)/gm)].map(([, n]) => Number(n));

/** Resolves once so many events have come. */
export const untilEvents = (reply: Reply, count: number) =>
  reply.body.until(() => numbersOf(reply).length >= count);

/** The whole body, once it has ended. */
export const bodyOf = async (reply: Reply): Promise<string> =>
  (await reply.body.until(({ ended }) => ended)).text;

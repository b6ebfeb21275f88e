/**
 * Which responses a native thread may write to, and when.
 *
 * The descriptor of a plain HTTP/1.1 response is duplicated and written to natively; Node keeps it for reading and
 * for its end. That is right only where the bytes on the socket are the bytes of the body (no TLS, no HTTP/2, no
 * second response of a pipeline), in chunks (no HTTP/1.0), and after Node's own bytes have left.
 */
import type { SseResponse } from './attach-types.js';

/** Fields of Node that are not in its types, the same from version 18 to 26. */
interface NodeResponse extends SseResponse {
  readonly req?: SseResponse['req'] & { readonly httpVersionMajor?: number };
  readonly chunkedEncoding?: boolean;
  readonly _hasBody?: boolean;
  readonly writableLength?: number;
  readonly writableEnded?: boolean;
  readonly socket?:
    | (NonNullable<SseResponse['socket']> & {
        readonly encrypted?: boolean;
        readonly _httpMessage?: unknown;
        readonly writableLength?: number;
        readonly _handle?: { readonly fd?: number; readonly writeQueueSize?: number } | null;
      })
    | null;
}

const SUPPORTED =
  (process.platform === 'linux' || process.platform === 'darwin') &&
  process.versions.bun === undefined &&
  process.versions.deno === undefined;

/** The descriptor to adopt; undefined when this response must be written to by Node. */
export function descriptorOf(response: SseResponse): number | undefined {
  if (!SUPPORTED) return undefined;
  const res = response as NodeResponse;
  const { socket } = res;
  const handle = socket?._handle;
  if (!socket || !handle || socket.encrypted === true || socket._httpMessage !== res) return undefined;
  const kind = (handle as object).constructor.name;
  if (kind !== 'TCP' && kind !== 'Pipe') return undefined;
  if (res.req?.httpVersionMajor !== 1 || res.chunkedEncoding !== true || res._hasBody !== true)
    return undefined;
  if (res.destroyed === true || res.writableEnded === true) return undefined;
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined;
}

/** Calls `then` once nothing of Node's is on its way to the socket; perhaps never, if its peer does not read. */
export function whenFlushed(response: SseResponse, then: () => void): void {
  const res = response as NodeResponse;
  const check = (): void => {
    const { socket } = res;
    if (res.destroyed === true || !socket) return; // its 'close' ends the subscription
    const waiting = (res.writableLength ?? 0) + (socket.writableLength ?? 0);
    if (waiting + (socket._handle?.writeQueueSize ?? 0) === 0) then();
    else setImmediate(later);
  };
  // A full socket says 'drain' once; until then looking again every turn would spin.
  const later = (): void => {
    if ((res.writableLength ?? 0) > 0 && res.on !== undefined) {
      const onDrain = (): void => {
        res.removeListener?.('drain', onDrain);
        check();
      };
      res.on('drain', onDrain);
    } else {
      setTimeout(check, 1).unref();
    }
  };
  // Node corks what a handler writes until its turn ends.
  process.nextTick(check);
}

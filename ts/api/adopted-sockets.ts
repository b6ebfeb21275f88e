/** The connections of one hub and thread that the native thread writes to, by their numbers there. */
import { native } from '../native.js';
import type { AttachOptions } from './attach-types.js';
import { nativeFilter } from './filters.js';
import type { LogIdentity } from './resume.js';
import type { Carrier, SseConnection } from './sse-connection.js';

/** What the native thread is told once. */
interface Settings {
  readonly heartbeatFrame: string;
  readonly heartbeatMs: number;
  readonly stallMs: number;
  readonly windowMs: number;
}

/** See the module. */
export class AdoptedSockets implements Carrier {
  readonly #log: LogIdentity;
  readonly #settings: Settings;
  readonly #connections = new Map<number, SseConnection>();

  constructor(log: LogIdentity, settings: Settings) {
    this.#log = log;
    this.#settings = settings;
  }

  adopt(connection: SseConnection, fd: number, from: number, options: AttachOptions): number {
    const number = native.hubAdopt(this.#log.attachment, fd, this.#settings, {
      ...nativeFilter(options),
      from,
      onSlow: options.onSlow ?? 'disconnect',
    });
    if (number > 0) this.#connections.set(number, connection);
    return number;
  }

  setTopic(number: number, topic: string, followed: boolean): void {
    native.hubConnectionTopic(this.#log.attachment, number, topic, followed);
  }

  drain(number: number): void {
    native.hubDrain(this.#log.attachment, number);
  }

  release(number: number): void {
    if (this.#connections.delete(number)) native.hubRelease(this.#log.attachment, number);
  }

  heartbeat(): void {
    if (this.#connections.size > 0) native.hubFanOutHeartbeat(this.#log.attachment);
  }

  /** Passes on what the native thread has to say. */
  hear(): void {
    if (this.#connections.size === 0) return;
    const notices = native.hubNotices(this.#log.attachment);
    for (let index = 0; index + 1 < notices.length; index += 2) {
      const number = notices[index] ?? 0;
      this.#connections.get(number)?.notice(notices[index + 1] ?? 0);
    }
  }
}

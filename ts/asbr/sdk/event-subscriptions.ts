import { logError, logWarn } from '../lib/logger.js';
import { EVENT_TYPES, type Event, type EventType, type UnsubscribeFunction } from '../types/index.js';
import { EventFeed, type EventFeedOptions } from './event-feed.js';
import type { SseMessage } from './sse-parser.js';

/** Events between the last one received and `oldest` are lost to this stream. */
export interface EventGap {
  /** The resume point the server no longer has. */
  requested: string;
  /** Where the stream goes on. */
  oldest: string;
  reason: string;
}

export interface SubscribeOptions {
  /** The connection was lost; `final`: it will not be tried again. Default: logged as a warning. */
  onError?: (error: unknown, final: boolean) => void;
  /** Events were missed for good. Default: logged as a warning. */
  onGap?: (gap: EventGap) => void;
}

type Connect = (
  taskId: string | undefined,
  ...rest: Parameters<EventFeedOptions['connect']>
) => Promise<Response>;

interface Subscriber extends SubscribeOptions {
  types: ReadonlySet<EventType>;
  callback: (event: Event) => void;
}

/** All who listen to one stream. */
interface Channel {
  feed: EventFeed;
  subscribers: Set<Subscriber>;
}

/**
 * Shares one stream among all subscribers of a task, and one among those of all tasks. Each
 * subscriber has its own filter and gets each event once.
 */
export class EventSubscriptions {
  readonly #connect: Connect;
  readonly #channels = new Map<string | undefined, Channel>();

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  add(taskId: string | undefined, subscriber: Subscriber): UnsubscribeFunction {
    const channel = this.#channels.get(taskId) ?? this.#open(taskId);
    channel.subscribers.add(subscriber);
    return () => {
      channel.subscribers.delete(subscriber);
      if (channel.subscribers.size === 0) this.#drop(taskId, channel);
    };
  }

  /** Ends all streams; no subscriber is called afterwards. */
  close(): void {
    for (const [taskId, channel] of this.#channels) this.#drop(taskId, channel);
  }

  #open(taskId: string | undefined): Channel {
    const subscribers = new Set<Subscriber>();
    const feed = new EventFeed({
      connect: (headers, signal) => this.#connect(taskId, headers, signal),
      onMessage: (message) => deliver(message, taskId, subscribers),
      onError: (error, final) => {
        if (final) this.#drop(taskId, channel);
        for (const { onError } of [...subscribers]) {
          if (onError) guard(() => onError(error, final));
          else logWarn('Event stream error', { error, final });
        }
      },
    });
    const channel = { feed, subscribers };
    this.#channels.set(taskId, channel);
    return channel;
  }

  #drop(taskId: string | undefined, channel: Channel): void {
    channel.feed.close();
    // Another channel may have taken the place of one that ended by itself.
    if (this.#channels.get(taskId) === channel) this.#channels.delete(taskId);
  }
}

/** The types a subscriber names; without any list, all. */
export function wantedTypes(types: readonly EventType[] | undefined): ReadonlySet<EventType> {
  return new Set(types ?? EVENT_TYPES);
}

function deliver(
  message: SseMessage,
  taskId: string | undefined,
  subscribers: ReadonlySet<Subscriber>,
): void {
  if (message.event === 'gap') {
    const gap = parse<EventGap>(message.data);
    if (gap) reportGap(gap, subscribers);
    return;
  }
  // Heartbeats and whatever a later server may send are no events of a task.
  if (message.event !== 'message' && !isEventType(message.event)) return;
  const event = parse<Event>(message.data);
  if (!event || !isEventType(event.type)) return;
  if (taskId !== undefined && event.taskId !== taskId) return;
  for (const subscriber of [...subscribers]) {
    // A callback before may have unsubscribed this one.
    if (subscribers.has(subscriber) && subscriber.types.has(event.type)) {
      guard(() => subscriber.callback(event));
    }
  }
}

function reportGap(gap: EventGap, subscribers: ReadonlySet<Subscriber>): void {
  for (const { onGap } of [...subscribers]) {
    if (onGap) guard(() => onGap(gap));
    else logWarn('Event stream gap', { ...gap });
  }
}

function isEventType(type: string): type is EventType {
  return (EVENT_TYPES as readonly string[]).includes(type);
}

function parse<T>(data: string): T | undefined {
  try {
    const value: unknown = JSON.parse(data);
    if (typeof value === 'object' && value !== null) return value as T;
    throw new TypeError('not an object');
  } catch (error) {
    logError('Failed to parse event', { error });
    return undefined;
  }
}

/** One callback that throws must not keep the event from the others. */
function guard(action: () => void): void {
  try {
    action();
  } catch (error) {
    logError('Error in event callback', { error });
  }
}

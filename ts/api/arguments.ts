/**
 * What callers pass, checked by name: a program in plain JavaScript learns which argument is wrong, before anything is
 * done. Ranges of what the core is given are its own business; kinds, and what stays in JavaScript, are checked here.
 */
import { HubError } from '../errors.js';
import type { HubOptions } from '../native.js';
import type { AttachOptions } from './attach-types.js';
import type { EventFilter, EventHubOptions, EventQuery, StreamOptions } from './types.js';
import type { SocketOptions } from './websocket-types.js';

type Check = readonly [expected: string, holds: (value: unknown) => boolean];

/** Longest interval of a timer; beyond it Node takes 1 ms instead. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const TEXT: Check = ['a string', (value) => typeof value === 'string'];
const FLAG: Check = ['true or false', (value) => typeof value === 'boolean'];
const NUMBER: Check = ['a number', (value) => typeof value === 'number'];
const FUNCTION: Check = ['a function', (value) => typeof value === 'function'];
const LIMIT: Check = ['a number of at least 0', (value) => typeof value === 'number' && value >= 0];
const TEXTS: Check = [
  'an array of strings',
  (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
];
const PLACE: Check = [
  'an offset, a cursor or an event id',
  (value) => typeof value === 'string' || (typeof value === 'number' && !Number.isNaN(value)),
];
const ON_GAP: Check = [
  "'continue', 'live' or 'end'",
  (value) => value === 'continue' || value === 'live' || value === 'end',
];
const TRANSPORT: Check = [
  "'auto', 'adopted' or 'stream'",
  (value) => value === 'auto' || value === 'adopted' || value === 'stream',
];
const ON_SLOW: Check = [
  "'disconnect', 'gap' or 'coalesce'",
  (value) => value === 'disconnect' || value === 'gap' || value === 'coalesce',
];
const TIMER: Check = [
  `a number of milliseconds from 0 to ${MAX_TIMER_MS}`,
  (value) => typeof value === 'number' && value >= 0 && value <= MAX_TIMER_MS,
];
const WHOLE: Check = [
  'a whole number of at least 0',
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
];

/** Options that the core takes; it answers what is absent with its defaults. */
const NATIVE: { readonly [Name in Exclude<keyof HubOptions, 'schema'>]-?: Check } = {
  path: TEXT,
  shared: FLAG,
  durability: TEXT,
  ringBytes: NUMBER,
  maxLineBytes: NUMBER,
  maxEvents: NUMBER,
  maxTopicEvents: NUMBER,
  maxBytes: NUMBER,
  idleMs: NUMBER,
  topicField: TEXT,
  typeField: TEXT,
  idField: TEXT,
  exitDrainMs: NUMBER,
};

const SCHEMA: Check = [
  'a compiled Schema',
  (value) => typeof value === 'object' && value !== null && 'handle' in value,
];

const LOCAL: { readonly [Name in Exclude<keyof EventHubOptions, keyof typeof NATIVE>]-?: Check } = {
  schema: SCHEMA,
  heartbeatMs: TIMER,
  heartbeatFrame: TEXT,
  retryMs: WHOLE,
  now: FUNCTION,
  stallMs: TIMER,
  windowMs: TIMER,
  coalesceKey: FUNCTION,
  keepAlive: FLAG,
  onError: FUNCTION,
};

const FILTER = { topic: TEXT, topics: TEXTS, types: TEXTS };
const STREAM = { after: PLACE, maxBuffered: LIMIT };
const ATTACH = {
  ...FILTER,
  after: PLACE,
  onGap: ON_GAP,
  transport: TRANSPORT,
  onSlow: ON_SLOW,
  onClose: FUNCTION,
};
const QUERY = { ...FILTER, after: PLACE, before: PLACE, limit: LIMIT };
const SOCKET: Check = [
  'a WebSocket',
  (value) => {
    const { send, close, addEventListener } = (value ?? {}) as Record<string, unknown>;
    return [send, close, addEventListener].every((method) => typeof method === 'function');
  },
];
const SOCKET_OPTIONS = {
  after: PLACE,
  resumeWaitMs: TIMER,
  maxBufferedBytes: LIMIT,
  onGap: ON_GAP,
  onSlow: ON_SLOW,
  onClose: FUNCTION,
};
const OPTIONS = { ...NATIVE, ...LOCAL };

/** Checks every option of a hub and returns those for the core. */
export function hubOptions(options: EventHubOptions): HubOptions {
  checkAll(options, OPTIONS);
  const names = Object.keys(NATIVE) as Exclude<keyof HubOptions, 'schema'>[];
  const given = names.filter((name) => options[name] !== undefined);
  const converted: HubOptions = Object.fromEntries(given.map((name) => [name, options[name]]));
  if (options.schema !== undefined) converted.schema = options.schema.handle;
  return converted;
}

/** Checks a filter. */
export function checkFilter(filter: EventFilter): void {
  checkAll(filter, FILTER);
}

/** Checks how a stream begins. */
export function checkStream(filter: EventFilter, options: StreamOptions): void {
  checkAll(filter, FILTER);
  checkAll(options, STREAM);
}

/** Checks how a connection begins. */
export function checkAttach(options: AttachOptions): void {
  checkAll(options, ATTACH);
}

/** Checks a socket, and how its connection begins. */
export function checkSocket(socket: unknown, filter: EventFilter, options: SocketOptions): void {
  check('socket', socket, SOCKET);
  checkAll(filter, FILTER);
  checkAll(options, SOCKET_OPTIONS);
}

/** Checks a query. */
export function checkQuery(query: EventQuery): void {
  checkAll(query, QUERY);
}

/** Checks one argument that must be text and returns it. */
export function text(name: string, value: unknown): string {
  check(name, value, TEXT);
  return value as string;
}

/** Checks one argument that must be a number and returns it. */
export function number(name: string, value: unknown): number {
  check(name, value, NUMBER);
  return value as number;
}

function checkAll<Name extends string>(
  given: { readonly [Key in NoInfer<Name>]?: unknown },
  checks: Readonly<Record<Name, Check>>,
): void {
  for (const name of Object.keys(checks) as Name[]) {
    const value = given[name];
    if (value !== undefined) check(name, value, checks[name]);
  }
}

function check(option: string, value: unknown, [expected, holds]: Check): void {
  if (holds(value)) return;
  const actual = show(value);
  const message = `option ${option} must be ${expected}, not ${actual}`;
  throw new HubError('ERR_HUB_OPTION_INVALID', message, { option, expected, actual });
}

function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/**
 * Canonical text and signature of service maps, from objects.
 *
 * Matches `connectors/signature.ts` of `@cortex-os/asbr`, 2025-10-13: the same text, byte for byte, for everything the
 * original could sign.
 *
 * Differences from the original: what has no JSON form is refused with its place. The original wrote `undefined` in an
 * array as nothing, which is no JSON, and a `Date` as `{}`.
 *
 * This is JavaScript on purpose: for an object in memory, crossing into native code costs more than it saves.
 */
import { createHmac } from 'node:crypto';
import {
  type ConnectorServiceMap,
  type ConnectorServiceMapPayload,
  ConnectorServiceMapSchema,
} from '../types/index.js';

/**
 * The text that is signed: members sorted by UTF-16 code unit, `undefined` members left out, no white space.
 *
 * @throws TypeError for a function, symbol, bigint, `Date`, `Map`, `Set`, cycle, or `undefined` in an array
 */
export function canonicalizeConnectorPayload(payload: unknown): string {
  return write(payload, '<root>', []);
}

/** HMAC-SHA256 of the canonical text, base64url without padding. */
export function signConnectorPayload(payload: unknown, key: string): string {
  return createHmac('sha256', key).update(canonicalizeConnectorPayload(payload)).digest('base64url');
}

/**
 * As {@link signConnectorPayload}.
 *
 * @throws Error `CONNECTORS_SIGNATURE_KEY is required to sign the connectors service map` for an empty secret
 */
export function signConnectorServiceMap(payload: ConnectorServiceMapPayload, secret: string): string {
  if (!secret) throw new Error('CONNECTORS_SIGNATURE_KEY is required to sign the connectors service map');
  return signConnectorPayload(payload, secret);
}

/** The map with its signature, checked against its schema. Throws `ZodError`. */
export function attachSignature(payload: ConnectorServiceMapPayload, signature: string): ConnectorServiceMap {
  return ConnectorServiceMapSchema.parse({ ...payload, signature });
}

function write(value: unknown, place: string, above: object[]): string {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return JSON.stringify(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, place, above);
    default:
      throw new TypeError(
        `${place} is ${typeof value === 'undefined' ? 'undefined' : `a ${typeof value}`}, which JSON cannot hold`,
      );
  }
}

function writeObject(value: object, place: string, above: object[]): string {
  if (above.includes(value)) throw new TypeError(`${place} contains itself`);
  if (value instanceof Date || value instanceof Map || value instanceof Set) {
    throw new TypeError(`${place} is a ${value.constructor.name}, which JSON cannot hold`);
  }
  above.push(value);
  const text = Array.isArray(value) ? writeArray(value, place, above) : writeMembers(value, place, above);
  above.pop();
  return text;
}

function writeArray(items: readonly unknown[], place: string, above: object[]): string {
  // Array.from, because map() leaves holes out.
  return `[${Array.from(items, (item, index) => write(item, `${place}[${index}]`, above)).join(',')}]`;
}

function writeMembers(value: object, place: string, above: object[]): string {
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${write(member, `${place}.${key}`, above)}`);
  return `{${members.join(',')}}`;
}

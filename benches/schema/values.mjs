/** What is validated: the same on every run and every machine. */

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'];
const EVENTS = 64;
const LINES = 10_000;
/** One line in this many is wrong. */
const BAD_LINES = 100;

/** Each makes one thing about an event wrong; `path` is where. */
const FAULTS = [
  { path: 'duration', apply: (event) => ({ ...event, duration: '12ms' }) },
  { path: 'method', apply: (event) => ({ ...event, method: 'HEAD' }) },
  { path: 'statusCode', apply: (event) => ({ ...event, statusCode: 0 }) },
  { path: 'duration', apply: (event) => ({ ...event, duration: 12.5 }) },
  { path: 'calledAt', apply: ({ calledAt: _, ...event }) => event },
  { path: 'responseSize', apply: (event) => ({ ...event, responseSize: -1 }) },
];

/** Valid events of about 190 bytes. Parsed from text, as events are that come from somewhere. */
export function makeEvents() {
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    integrationId: `integration-${String(i % 16).padStart(4, '0')}`,
    method: METHODS[i % METHODS.length],
    endpoint: `/v1/people/${i * 7919}/orders`,
    statusCode: 200 + (i % 5),
    duration: 3 + ((i * 37) % 900),
    ...(i % 4 === 0 ? {} : { requestSize: i * 53 }),
    responseSize: 512 + i * 17,
    calledAt: new Date(Date.UTC(2026, 0, 1) + i * 1370).toISOString(),
  }));
  return JSON.parse(JSON.stringify(events));
}

/** As `makeEvents`, with one error each. */
export function makeWrongEvents() {
  return makeEvents().map((event, i) => FAULTS[i % FAULTS.length].apply(event));
}

/** The paths of the errors of `makeWrongEvents`. */
export const wrongPaths = () => makeEvents().map((_, i) => FAULTS[i % FAULTS.length].path);

/** Lines of events with their ends, one in a hundred wrong. */
export function makeLines() {
  const [good, wrong] = [makeEvents(), makeWrongEvents()].map((list) =>
    list.map((value) => JSON.stringify(value)),
  );
  const lines = Array.from({ length: LINES }, (_, i) => (i % BAD_LINES === 17 ? wrong : good)[i % EVENTS]);
  return Buffer.from(`${lines.join('\n')}\n`);
}

/** A manifest of connectors: 99 kB without white space, unless told otherwise. */
export function makeManifest({ connectors: count = 124 } = {}) {
  const connectors = Array.from({ length: count }, (_, i) => makeConnector(i));
  return JSON.parse(
    JSON.stringify({
      $schema: '../schemas/connectors-manifest.schema.json',
      id: '01JAG0Y4ZP1XK9YZ2FQ0N3WVCH',
      brand: 'brAInwav',
      manifestVersion: '2026.11.1',
      schemaVersion: '1.1.0',
      generatedAt: '2026-11-01T00:00:00+01:00',
      ttlSeconds: 3600,
      metadata: { surface: 'connectors', owner: 'platform' },
      connectors,
    }),
  );
}

function makeConnector(i) {
  return {
    id: `connector-${i}`,
    name: `Connector number ${i}`,
    displayName: `Connector ${i}`,
    version: `1.${i}.0`,
    description: `Searches collection ${i} and answers without showing what it was asked with.`,
    endpoint: `https://connectors.example/collections/${i}/search`,
    auth: { type: i % 3 === 0 ? 'none' : 'bearer', headerName: 'Authorization' },
    ...(i % 3 === 0
      ? {}
      : {
          authentication: { headers: [{ name: 'Authorization', value: `Bearer \${KEY_OF_CONNECTOR_${i}}` }] },
        }),
    headers: { 'X-Connector': `connector-${i}`, 'X-Region': i % 2 === 0 ? 'north' : 'south' },
    scopes: ['search:query', 'search:insights', `collection:${i}`],
    quotas: { perMinute: 30, perHour: 300, perDay: 3000, concurrent: 8 },
    timeouts: { connect: 1000, request: 30_000 + i },
    status: 'enabled',
    enabled: i % 7 !== 0,
    ttlSeconds: 3600,
    metadata: {
      owner: 'integrations',
      category: 'search',
      weights: [0.25, i / 8, 1e-3],
      nested: { level: 2 },
    },
    tags: ['search', 'knowledge', `tag-${i % 9}`],
  };
}

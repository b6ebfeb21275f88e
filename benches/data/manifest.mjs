/** Connectors manifests of a given number of entries, like the shipped one: same fields, same lengths. */
export const KEY = 'benchmark-signature-key';

export function manifestText(count) {
  const connectors = Array.from({ length: count }, (_, index) => connector(index));
  return JSON.stringify(
    {
      id: '01JAG0Y4ZP1XK9YZ2FQ0N3WVCH',
      brand: 'brAInwav',
      manifestVersion: '2025.10.10',
      schemaVersion: '1.1.0',
      generatedAt: '2025-10-10T00:00:00Z',
      ttlSeconds: 3600,
      metadata: { surface: 'connectors', owner: 'platform' },
      connectors,
    },
    null,
    2,
  );
}

function connector(index) {
  const id = `connector-${String(index).padStart(4, '0')}`;
  return {
    id,
    name: `Connector ${index}`,
    displayName: `Connector number ${index}`,
    version: '1.2.0',
    description:
      'Proxies answers of a search service without exposing the secrets of its interface to anybody.',
    endpoint: `https://connectors.example/${id}/search`,
    auth: { type: 'bearer', headerName: 'Authorization' },
    authentication: { headers: [{ name: 'Authorization', value: `Bearer $\{TOKEN_${index}}` }] },
    headers: { 'X-Cortex-Connector': 'benchmark' },
    scopes: ['search:query', 'search:insights'],
    quotas: { perMinute: 30, perHour: 300, perDay: 3000, concurrent: 8 },
    ttlSeconds: 900 + index,
    enabled: index % 5 !== 0,
    metadata: {
      owner: 'integrations',
      category: 'search',
      weight: 0.25 * index,
      languages: ['en', 'fr', 'ar'],
    },
    tags: ['search', 'knowledge'],
    remoteTools: [
      {
        name: `${id}.search`,
        description: 'Semantic search over items with embeddings of several dimensions',
        tags: ['vector', 'search'],
        scopes: ['search:query'],
      },
    ],
  };
}

/** The gauge of connectors in Prometheus' text format, made when the manifest changes. */
import { createHash } from 'node:crypto';
import { PreparedBody } from '../api/manifest-response.js';

const NAME = 'brainwav_mcp_connector_proxy_up';

/** In the order of the manifest; of several with one id the last counts. */
export function metricsText(connectors: readonly { id: string; enabled: boolean }[]): string {
  const up = new Map(connectors.map(({ id, enabled }) => [id, enabled]));
  const samples = Array.from(up, ([id, enabled]) => `${NAME}{connector="${id}"} ${enabled ? 1 : 0}\n`);
  return `# HELP ${NAME} Whether the connector is enabled in the manifest\n# TYPE ${NAME} gauge\n${samples.join('')}`;
}

export function preparedMetrics(connectors: readonly { id: string; enabled: boolean }[]): PreparedBody {
  const body = Buffer.from(metricsText(connectors));
  const tag = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  const headers = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8', 'Cache-Control': 'no-store' };
  return new PreparedBody(body, tag, headers);
}

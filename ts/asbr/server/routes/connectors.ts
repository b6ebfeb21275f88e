import type { RequestHandler } from 'express';
import { SignedManifest } from '../../../api/index.js';
import { ManifestError } from '../../../errors.js';
import { manifestCandidates } from '../../connectors/manifest-candidates.js';
import { logWarn } from '../../lib/logger.js';
import { ValidationError } from '../../types/index.js';

interface Opened {
  /** Path and key it was opened with: both come from the environment, which may change. */
  source: string;
  manifest: Promise<SignedManifest>;
}

/** GET /v1/connectors/service-map: the signed map, kept current off the event loop from the first request on. */
export class ConnectorsRoute {
  #opened: Opened | undefined;

  readonly handler: RequestHandler = (req, res, next) => {
    this.#manifest()
      .then((manifest) => {
        manifest.respond(req, res, { unavailable: (error) => next(explained(error)) });
      })
      .catch((error: unknown) => next(explained(error)));
  };

  /** Ends the refreshing. A later request starts it again. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = undefined;
    await opened?.manifest.then((manifest) => manifest.close()).catch(() => undefined);
  }

  async #manifest(): Promise<SignedManifest> {
    const key = process.env.CONNECTORS_SIGNATURE_KEY;
    if (!key) throw new ValidationError('CONNECTORS_SIGNATURE_KEY environment variable is required');
    const paths = manifestCandidates();
    const source = JSON.stringify([paths, key]);
    if (this.#opened?.source !== source) {
      const before = this.close();
      const manifest = before.then(() => SignedManifest.open({ paths, keys: key, onWarning }));
      this.#opened = { source, manifest };
    }
    const manifest = await (this.#opened as Opened).manifest;
    await settled(manifest);
    return manifest;
  }
}

/** Before the first good manifest, somebody may have put one there this very moment. */
async function settled(manifest: SignedManifest): Promise<void> {
  try {
    manifest.current();
  } catch {
    await manifest.refresh().catch(() => undefined); // told by respond()
  }
}

function onWarning({ message, connector }: { message: string; connector: string }): void {
  logWarn(message, { brand: 'brAInwav', component: 'connectors', connector });
}

function explained(error: unknown): ValidationError {
  if (error instanceof ValidationError) return error;
  if (error instanceof ManifestError && error.code === 'ERR_MANIFEST_UNAVAILABLE') {
    const attempts = error.attempts.map(({ path, message }) => ({ path, message }));
    return new ValidationError('Invalid connectors manifest', { attempts });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new ValidationError('Failed to load connectors manifest', { reason });
}

/** A candidate that could not be used. */
export interface ManifestLoadAttempt {
  path: string;
  /** Why not: an `Error` of the file system, of the parser or of the schema. */
  error: unknown;
}

/** No connectors manifest could be used; `attempts` has every candidate in order. */
export class ConnectorsManifestError extends Error {
  readonly attempts: ManifestLoadAttempt[];

  constructor(message: string, attempts: ManifestLoadAttempt[]) {
    super(message);
    this.attempts = attempts;
    this.name = 'ConnectorsManifestError';
  }
}

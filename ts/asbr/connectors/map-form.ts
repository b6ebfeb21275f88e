import type { ManifestForm } from '../../native.js';

/** The service map as the original built it. */
export const DEFAULT_FORM: ManifestForm = {
  compat: false,
  count: false,
  strictToolNames: false,
  publishAllHeaders: false,
  publishHeadersOf: [],
};

import { ValidationError, type VersionPins, VersionPinsSchema } from '../types/index.js';
import { getConfigPath } from '../xdg/index.js';
import { loadYaml } from './yaml-file.js';

/**
 * Reads `version-pins.yaml`, names to semantic versions; a missing file means no pins.
 *
 * Errors, all `VALIDATION_ERROR`: `Invalid version pins` with `details {errors, path}` (an
 * unquoted `1.0` is a number and no version), `Failed to load version pins: …`.
 */
export async function loadVersionPins(): Promise<VersionPins> {
  const path = getConfigPath('version-pins.yaml');
  const pins = await loadYaml('version pins', path, (value) => {
    const parsed = VersionPinsSchema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new ValidationError('Invalid version pins', { errors: parsed.error.issues, path });
  });
  return pins ?? {};
}

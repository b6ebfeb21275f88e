import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type SecurityPolicy, ValidationError } from '../types/index.js';
import { getConfigPath } from '../xdg/index.js';
import { loadYaml } from './yaml-file.js';

/**
 * Reads every `.yaml` and `.yml` file of the `policies` directory, in the order of their
 * names; a missing directory means none. Of a policy, `id`, `name` and that `rules` is a
 * list are checked.
 *
 * Errors, all `VALIDATION_ERROR`: `Invalid security policy in <file>`,
 * `Failed to load security policies: …`.
 */
export async function loadSecurityPolicies(): Promise<SecurityPolicy[]> {
  const folder = getConfigPath('policies');
  const names = (await listFolder(folder)).filter((name) => /\.ya?ml$/.test(name)).sort();
  const policies = await Promise.all(
    names.map((name) =>
      loadYaml('security policies', join(folder, name), (value) => checkPolicy(value, name)),
    ),
  );
  return policies.filter((policy) => policy !== undefined);
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    throw new ValidationError(`Failed to load security policies: ${message}`, {
      path: folder,
      originalError: error,
    });
  }
}

function checkPolicy(value: unknown, name: string): SecurityPolicy {
  const policy = value as Partial<SecurityPolicy> | null;
  if (!policy?.id || !policy.name || !Array.isArray(policy.rules)) {
    throw new ValidationError(`Invalid security policy in ${name}`);
  }
  return policy as SecurityPolicy;
}

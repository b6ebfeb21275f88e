import { randomUUID } from 'node:crypto';
import type { Task } from '../types/index.js';

/**
 * Makes a new queued task with a fresh UUID (version 4); `createdAt` equals `updatedAt`.
 * It is stored nowhere. Matches `lib/create-task.ts` of `@cortex-os/asbr`, 2025-10-13,
 * key order included; no differences.
 */
export function createTask(): Task {
  const now = new Date().toISOString();
  return {
    id: randomUUID(),
    status: 'queued',
    artifacts: [],
    evidenceIds: [],
    approvals: [],
    createdAt: now,
    updatedAt: now,
    schema: 'cortex.task@1',
  };
}

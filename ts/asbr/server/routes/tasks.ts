import type { Request, RequestHandler } from 'express';
import { validateTaskInput } from '../../lib/index.js';
import { AuthorizationError, ValidationError } from '../../types/index.js';
import { bodyFields } from '../middleware/body.js';
import { traceparentOf } from '../middleware/traceparent.js';
import type { TaskPolicyRegistry } from '../options.js';
import type { Tasks } from '../state/tasks.js';
import { pathParam } from './params.js';

const MAX_KEY_LENGTH = 255;

export function taskRoutes(
  tasks: Tasks,
  policies: TaskPolicyRegistry,
): Record<'create' | 'read' | 'cancel' | 'resume', RequestHandler> {
  const create: RequestHandler = async (req, res) => {
    const input = validateTaskInput(bodyFields(req).input);
    const decision = policies.evaluate({ kind: 'task.create', input });
    if (!decision.allowed) {
      throw new AuthorizationError(decision.reason ?? 'Task creation blocked by policy');
    }
    const task = await tasks.create(input, idempotencyKeyOf(req), traceparentOf(res));
    res.json({ task });
  };

  const read: RequestHandler = (req, res) => {
    const task = tasks.get(pathParam(req, 'id'));
    const trace = tasks.traceparentOf(task);
    if (trace) res.setHeader('traceparent', trace);
    res.json({ task });
  };

  const cancel: RequestHandler = async (req, res) => {
    await tasks.cancel(pathParam(req, 'id'));
    res.json({ success: true });
  };

  const resume: RequestHandler = async (req, res) => {
    await tasks.resume(pathParam(req, 'id'));
    res.json({ success: true });
  };

  return { create, read, cancel, resume };
}

/** The body's field or the header; both may be given if they say the same. */
function idempotencyKeyOf(req: Request): string | undefined {
  const field = bodyFields(req).idempotencyKey ?? undefined;
  const header = req.get('Idempotency-Key') || undefined;
  if (field !== undefined && typeof field !== 'string') {
    throw new ValidationError('Idempotency key must be a string', { field: 'idempotencyKey' });
  }
  if (field && header && field !== header) {
    throw new ValidationError('Idempotency-Key header and idempotencyKey field differ', {
      field: 'idempotencyKey',
    });
  }
  const key = field || header;
  if (key && key.length > MAX_KEY_LENGTH) {
    throw new ValidationError('Idempotency key is too long', {
      field: 'idempotencyKey',
      maxLength: MAX_KEY_LENGTH,
    });
  }
  return key;
}

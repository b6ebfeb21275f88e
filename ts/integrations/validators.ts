import { type CompiledModule, shipped } from '../compiled-schemas.js';
import * as events from './event-schemas.js';
import * as tools from './tool-schemas.js';

type Name = Extract<keyof typeof events | keyof typeof tools, `${string}Schema`>;

/** Made by the build from `event-schemas.ts` and `tool-schemas.ts`. */
const code = require('./compiled.js') as CompiledModule<Name>;

/**
 * The schemas of events and tools as code: each has `is`, `parse` and `safeParse` with the results and the `ZodError`s
 * of the schema of that name, at a small part of its cost.
 *
 * @example
 * const input = integrationsValidators.ListIntegrationsInput.parse(request); // limit is 20 where it was absent
 */
export const integrationsValidators = {
  IntegrationConnectedEvent: shipped(
    events.IntegrationConnectedEventSchema,
    code.IntegrationConnectedEventSchema,
    code.INVALID,
  ),
  DataSyncEvent: shipped(events.DataSyncEventSchema, code.DataSyncEventSchema, code.INVALID),
  ApiCallEvent: shipped(events.ApiCallEventSchema, code.ApiCallEventSchema, code.INVALID),
  WebhookReceivedEvent: shipped(
    events.WebhookReceivedEventSchema,
    code.WebhookReceivedEventSchema,
    code.INVALID,
  ),
  CreateIntegrationInput: shipped(
    tools.CreateIntegrationInputSchema,
    code.CreateIntegrationInputSchema,
    code.INVALID,
  ),
  TestIntegrationInput: shipped(
    tools.TestIntegrationInputSchema,
    code.TestIntegrationInputSchema,
    code.INVALID,
  ),
  ExecuteIntegrationInput: shipped(
    tools.ExecuteIntegrationInputSchema,
    code.ExecuteIntegrationInputSchema,
    code.INVALID,
  ),
  ListIntegrationsInput: shipped(
    tools.ListIntegrationsInputSchema,
    code.ListIntegrationsInputSchema,
    code.INVALID,
  ),
  MonitorIntegrationInput: shipped(
    tools.MonitorIntegrationInputSchema,
    code.MonitorIntegrationInputSchema,
    code.INVALID,
  ),
};

import type { z } from 'zod/v3';
import {
  CreateIntegrationInputSchema,
  ExecuteIntegrationInputSchema,
  ListIntegrationsInputSchema,
  MonitorIntegrationInputSchema,
  TestIntegrationInputSchema,
} from './tool-schemas.js';

/** A tool as it is announced. It is a declaration: nothing here executes it. */
export interface IntegrationsTool {
  name: string;
  description: string;
  inputSchema: z.ZodSchema;
}

/**
 * The tools for integrations, in the order they are announced in.
 *
 * @example
 * const tool = integrationsMcpTools.find(({ name }) => name === 'list_integrations');
 * const input = tool.inputSchema.parse({}); // { limit: 20 }
 */
export const integrationsMcpTools: IntegrationsTool[] = [
  {
    name: 'create_integration',
    description: 'Create a new external system integration',
    inputSchema: CreateIntegrationInputSchema,
  },
  {
    name: 'test_integration',
    description: 'Test connectivity and functionality of an integration',
    inputSchema: TestIntegrationInputSchema,
  },
  {
    name: 'execute_integration',
    description: 'Execute an operation through an integration',
    inputSchema: ExecuteIntegrationInputSchema,
  },
  {
    name: 'list_integrations',
    description: 'List configured integrations with filtering',
    inputSchema: ListIntegrationsInputSchema,
  },
  {
    name: 'monitor_integration',
    description: 'Get monitoring data for an integration',
    inputSchema: MonitorIntegrationInputSchema,
  },
];

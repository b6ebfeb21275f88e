/** What compiles with the policy engine, the limiters and the drop-ins, and what does not. */
import {
  type Decision,
  type Limiter,
  type LimitResult,
  PathScope,
  PolicyEngine,
  PolicyError,
  type PolicyGrant,
  TableLimiter,
} from '@cortex-os/native';
import * as gateway from '@cortex-os/native/model-gateway';
import { enforce, type Grant, loadGrant } from '@cortex-os/native/policy';
import { expectTypeOf, test } from 'vitest';
import type { z } from 'zod';

declare const engine: PolicyEngine;
declare const caught: unknown;

test('the engine', () => {
  expectTypeOf(PolicyEngine.open).returns.resolves.toEqualTypeOf<PolicyEngine>();
  expectTypeOf(engine.load).returns.resolves.toEqualTypeOf<PolicyGrant>();
  expectTypeOf(engine.enforce).returns.toEqualTypeOf<true>();
  expectTypeOf(engine.tryEnforce).returns.toBeNumber();
  expectTypeOf(engine.decide('git', 'tree')).toEqualTypeOf<Decision>();
  // @ts-expect-error: a grant never changes
  engine.loadSync('git').actions.push('push');
  // @ts-expect-error: no such option
  void PolicyEngine.open({ directoy: 'x' });
  if (caught instanceof PolicyError) {
    expectTypeOf(caught.code).toExtend<`ERR_POLICY_${string}`>();
    // @ts-expect-error: a code of another domain
    caught.code === 'ERR_HUB_CLOSED';
  }
});

test('limiters', () => {
  expectTypeOf<TableLimiter>().toExtend<Limiter>();
  expectTypeOf<TableLimiter['consume']>().returns.toEqualTypeOf<LimitResult>();
  // @ts-expect-error: a budget has a window
  TableLimiter.openSync({ budgets: [{ limit: 1 }] });
  expectTypeOf(new PathScope(['a']).allows)
    .parameter(0)
    .toBeUnknown();
});

test('the drop-ins have the types of what they replace', () => {
  expectTypeOf<Grant>().toEqualTypeOf<z.infer<typeof Grant>>();
  expectTypeOf(loadGrant).toEqualTypeOf<(id: string) => Promise<Grant>>();
  expectTypeOf(enforce).toExtend<(grant: Grant, action: string, args: Record<string, unknown>) => true>();
  expectTypeOf(gateway.loadGrant).toEqualTypeOf<(service: string) => Promise<gateway.Grant>>();
  expectTypeOf(gateway.enforce).toExtend<
    (grant: gateway.Grant, operation: 'embeddings' | 'rerank' | 'chat', body?: unknown) => Promise<true>
  >();
  // @ts-expect-error: no such operation
  void gateway.enforce({} as gateway.Grant, 'frontier');
});

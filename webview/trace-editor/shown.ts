import type { TraceView } from '../../src/protocol/trace-views.ts';
import type { Problem } from '../host/host-error.ts';

/** What the place of the trace holds. */
export type Shown =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'trace'; readonly trace: TraceView }
  | { readonly kind: 'failed'; readonly problem: Problem };

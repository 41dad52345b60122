import type { z } from 'zod';
import type { Transport } from './transport.ts';

/** What a page remembers of itself; state of another version or shape is dropped, never migrated by guess. */
export interface SavedState<T> {
  read(): T;
  /** Merges `change` and writes it. */
  write(change: Partial<T>): void;
}

/** Keeps `schema`'s state with `version` in the page's own store; `fallback` is the state of a first visit. */
export function savedState<T extends object>(
  transport: Transport,
  version: number,
  schema: z.ZodType<T>,
  fallback: T,
): SavedState<T> {
  const stored = transport.readState() as { version?: unknown; state?: unknown } | null | undefined;
  const parsed = stored?.version === version ? schema.safeParse(stored.state) : undefined;
  let state = parsed?.success ? parsed.data : fallback;
  return {
    read: () => state,
    write(change) {
      state = { ...state, ...change };
      transport.writeState({ version, state });
    },
  };
}

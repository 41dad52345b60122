import '../../webview/host/jitless.ts';
import type { z } from 'zod';
import {
  type Contract,
  type ParsedRequestOf,
  type ToHost,
  toHostSchema,
  type WireError,
} from '../../src/protocol/rpc.ts';
import type { Transport } from '../../webview/host/transport.ts';

/** What a fake host does for each method; a thrown `WireError` crosses as one. */
export type FakeHandlers<C extends Contract> = {
  [M in keyof C['methods']]: (
    params: ParsedRequestOf<C, M>,
    signal: AbortSignal,
  ) => z.input<C['methods'][M]['reply']> | Promise<z.input<C['methods'][M]['reply']>>;
};

export interface FakeHost<C extends Contract> {
  readonly transport: Transport;
  /** Every call in order, parsed. */
  readonly calls: { method: string; params: unknown }[];
  readonly cancelled: number[];
  /** Raw messages, `ready` too. */
  readonly posted: ToHost[];
  emit<E extends keyof C['events'] & string>(event: E, data: z.input<C['events'][E]>): void;
  /** Delivers anything at all to the page, for hostile cases. */
  deliver(message: unknown): void;
}

const isWireError = (error: unknown): error is WireError =>
  typeof error === 'object' && error !== null && 'code' in error && 'hint' in error;

/** A host in memory: parses what the page posts as a real host does, answers asynchronously. */
export function createFakeHost<C extends Contract>(contract: C, handlers: FakeHandlers<C>): FakeHost<C> {
  const listeners = new Set<(message: unknown) => void>();
  const running = new Map<number, AbortController>();
  const calls: { method: string; params: unknown }[] = [];
  const cancelled: number[] = [];
  const posted: ToHost[] = [];
  let state: unknown;

  const deliver = (message: unknown) => {
    const copy = structuredClone(message);
    for (const listener of [...listeners]) listener(copy);
  };

  const answer = async (id: number, method: string, params: unknown, signal: AbortSignal) => {
    const schema = contract.methods[method];
    const handler = handlers[method as keyof C['methods']] as
      | ((params: unknown, signal: AbortSignal) => unknown)
      | undefined;
    if (!schema || !handler) throw { code: 'request-invalid', message: `No method ${method}.`, hint: '' };
    const request = schema.request.parse(params);
    calls.push({ method, params: request });
    const result = schema.reply.parse(await handler(request, signal));
    deliver({ type: 'reply', id, ok: true, result });
  };

  const refuse = (id: number, thrown: unknown) => {
    const error = isWireError(thrown)
      ? thrown
      : { code: 'internal', message: thrown instanceof Error ? thrown.message : String(thrown), hint: '' };
    deliver({ type: 'reply', id, ok: false, error });
  };

  return {
    calls,
    cancelled,
    posted,
    deliver,
    emit: (event, data) => deliver({ type: 'event', event, data }),
    transport: {
      post(raw) {
        const message = toHostSchema.parse(structuredClone(raw));
        posted.push(message);
        if (message.type === 'ready') return;
        if (message.type === 'cancel') {
          cancelled.push(message.id);
          running.get(message.id)?.abort();
          return;
        }
        const abort = new AbortController();
        running.set(message.id, abort);
        queueMicrotask(() => {
          answer(message.id, message.method, message.params, abort.signal)
            .catch((error: unknown) => refuse(message.id, error))
            .finally(() => running.delete(message.id));
        });
      },
      listen(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      readState: () => state,
      writeState: (next) => {
        state = structuredClone(next);
      },
    },
  };
}

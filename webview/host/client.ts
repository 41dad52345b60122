import './jitless.ts';
import {
  type Contract,
  type EventOf,
  type ReplyOf,
  type RequestOf,
  toWebviewSchema,
} from '../../src/protocol/rpc.ts';
import { HostError } from './host-error.ts';
import type { Transport } from './transport.ts';

/** Typed calls to the host of one surface, and its events. */
export interface HostClient<C extends Contract> {
  /** Sends one call; rejects with `HostError` (refused), `AbortError` (signal) or a parse error (contract broken). */
  call<M extends keyof C['methods'] & string>(
    method: M,
    params: RequestOf<C, M>,
    signal?: AbortSignal,
  ): Promise<ReplyOf<C, M>>;
  /** Calls `listener` for every event of this name; the returned function stops it. */
  on<E extends keyof C['events'] & string>(event: E, listener: (data: EventOf<C, E>) => void): () => void;
  /** Tells the host that this page listens, once: for the host it ends the calls of the page before. */
  ready(): void;
  /** Stops listening and aborts what is under way. */
  dispose(): void;
}

interface Pending {
  readonly method: string;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

const aborted = () => new DOMException('The call was given up.', 'AbortError');

/** Connects a page to its host; requests and replies, and events, are parsed by the contract. */
export function connectHost<C extends Contract>(contract: C, transport: Transport): HostClient<C> {
  const pending = new Map<number, Pending>();
  const listeners = new Map<string, Set<(data: unknown) => void>>();
  // A page that is made anew gets what the host still had to say to the one before: their ids must differ.
  let lastId = Date.now() * 1000;
  let isTold = false;

  const settle = (id: number): Pending | undefined => {
    const entry = pending.get(id);
    pending.delete(id);
    return entry;
  };

  const onMessage = (raw: unknown): void => {
    const message = toWebviewSchema.safeParse(raw);
    // Other scripts of the workbench post to the same window: what is not ours is not an error.
    if (!message.success) return;
    const data = message.data;
    if (data.type === 'event') {
      const schema = contract.events[data.event];
      const parsed = schema?.safeParse(data.data);
      if (!parsed?.success) return;
      for (const listener of listeners.get(data.event) ?? []) listener(parsed.data);
      return;
    }
    const entry = settle(data.id);
    if (!entry) return;
    if (!data.ok) {
      entry.reject(new HostError(data.error));
      return;
    }
    const reply = contract.methods[entry.method]?.reply.safeParse(data.result);
    if (reply?.success) entry.resolve(reply.data);
    else entry.reject(reply?.error ?? new Error(`The contract has no ${entry.method}.`));
  };

  const stopListening = transport.listen(onMessage);

  const send = (method: string, params: unknown, signal?: AbortSignal): Promise<unknown> => {
    const request = contract.methods[method]?.request.safeParse(params);
    if (!request?.success)
      return Promise.reject(request?.error ?? new Error(`The contract has no ${method}.`));
    if (signal?.aborted) return Promise.reject(aborted());
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        if (!settle(id)) return;
        transport.post({ type: 'cancel', id });
        reject(aborted());
      };
      const done = () => signal?.removeEventListener('abort', onAbort);
      pending.set(id, {
        method,
        resolve: (result) => {
          done();
          resolve(result);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      });
      signal?.addEventListener('abort', onAbort, { once: true });
      transport.post({ type: 'call', id, method, params: request.data });
    });
  };

  return {
    call: (method, params, signal) => send(method, params, signal) as Promise<never>,
    on(event, listener) {
      const set = listeners.get(event) ?? new Set();
      listeners.set(event, set);
      const entry = listener as (data: unknown) => void;
      set.add(entry);
      return () => set.delete(entry);
    },
    ready() {
      if (isTold) return;
      isTold = true;
      transport.post({ type: 'ready' });
    },
    dispose() {
      stopListening();
      for (const id of [...pending.keys()]) settle(id)?.reject(aborted());
      listeners.clear();
    },
  };
}

import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../cancelled.ts';

/** Work on this many rows, a hash or a line each, holds the event loop for some 20 ms. */
export const rowsATurn = 10_000;

/** Lets whatever else waits for the event loop have its turn; AppError cancelled when `signal` is aborted by then. */
export async function nextTurn(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  throwIfAborted(signal);
}

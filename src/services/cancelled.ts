import { AppError } from '../core/errors.ts';

/** Throws AppError cancelled once `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelled();
}

/** Settles as `work` does, or rejects with AppError cancelled once `signal` is aborted: the work goes on unwatched. */
export function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  const aborted = new Promise<never>((_, reject) => {
    const give = (): void => reject(cancelled());
    if (signal.aborted) give();
    else signal.addEventListener('abort', give, { once: true });
  });
  return Promise.race([work, aborted]);
}

/** The AppError of work that was given up. */
export function cancelled(): AppError {
  return new AppError('cancelled', 'Stopped on request.');
}

/** True for the error of work that was given up, which is no failure. */
export const isCancelled = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'cancelled';

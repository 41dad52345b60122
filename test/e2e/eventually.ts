import { setTimeout as pause } from 'node:timers/promises';

/** Reads again and again until the value is accepted; rejects with the last value after `patience` ms. */
export async function eventually<T>(
  what: string,
  read: () => Promise<T> | T,
  accept: (value: T) => boolean,
  patience = 60_000,
): Promise<T> {
  const deadline = Date.now() + patience;
  for (;;) {
    const value = await read();
    if (accept(value)) return value;
    if (Date.now() > deadline) throw new Error(`${what} is ${JSON.stringify(value)} after ${patience} ms.`);
    await pause(50);
  }
}

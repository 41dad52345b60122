import { describeError, isAbort, type Problem } from './host-error.ts';

/** What the place of one item of a list holds. */
export type Shown<Item> =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'item'; readonly item: Item }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** The item before stays on screen this long before a skeleton takes its place, ms. */
const patience = 150;

/** Shows what `read` gives, or why it failed, and that it is on its way when it takes long; nothing after `signal`. */
export async function showItem<Item>(
  read: () => Promise<Item>,
  signal: AbortSignal,
  show: (shown: Shown<Item>) => void,
): Promise<void> {
  const waiting = setTimeout(() => {
    if (!signal.aborted) show({ kind: 'loading' });
  }, patience);
  try {
    const item = await read();
    if (!signal.aborted) show({ kind: 'item', item });
  } catch (error) {
    if (!isAbort(error) && !signal.aborted) show({ kind: 'failed', problem: describeError(error) });
  } finally {
    clearTimeout(waiting);
  }
}

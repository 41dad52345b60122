/**
 * What `work` makes of each item, in the order of the items, with at most `limit` of them under way. The first failure
 * ends it; work that was begun is waited for then, so that nothing goes on behind the caller's back.
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  limit: number,
): AsyncGenerator<Result> {
  const pending: Promise<Result>[] = [];
  const begin = (item: Item) => {
    const result = work(item);
    // Its failure is told when its turn comes.
    result.catch(() => undefined);
    pending.push(result);
  };
  try {
    for await (const item of items) {
      begin(item);
      const first = pending.length >= limit ? pending.shift() : undefined;
      if (first) yield await first;
    }
    for (let next = pending.shift(); next; next = pending.shift()) yield await next;
  } finally {
    await Promise.allSettled(pending);
  }
}

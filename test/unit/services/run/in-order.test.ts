import { expect, test } from 'vitest';
import { inOrder } from '../../../../src/services/run/in-order.ts';

async function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield n;
}

test('results come in order, a bounded number at once, and a failure waits for what was begun', async () => {
  let underWay = 0;
  let most = 0;
  const work = async (n: number) => {
    most = Math.max(most, ++underWay);
    // Later ones are done earlier.
    for (let turn = 0; turn < 20 - n; turn++) await Promise.resolve();
    underWay--;
    if (n === 7) throw new Error('seven');
    return n;
  };
  const results: number[] = [];
  const run = async (count: number) => {
    for await (const result of inOrder(numbers(count), work, 4)) results.push(result);
  };
  await run(7);
  expect(results).toEqual([0, 1, 2, 3, 4, 5, 6]);
  expect(most).toBe(4);
  await expect(run(20)).rejects.toThrow('seven');
  expect(underWay).toBe(0);
  expect(results.slice(7)).toEqual([0, 1, 2, 3, 4, 5, 6]);
});

import { expect, it } from 'vitest';
import { placeInList } from '../../../webview/trace-editor/list-place.ts';

/** A list whose order changes after `after` answers; `stale` rows are those of the first order. */
function list(orders: readonly (readonly number[])[], after: number, stale = false) {
  let given = 0;
  const order = (): readonly number[] => {
    given += 1;
    return orders[Math.min(orders.length - 1, Math.floor((given - 1) / after))] ?? [];
  };
  return {
    position: async (index: number) => {
      const rows = order();
      const exact = rows.indexOf(index);
      return exact >= 0
        ? exact
        : rows.length > 0
          ? Math.max(
              0,
              rows.findIndex((row) => row > index),
            )
          : -1;
    },
    known: async (position: number) => (stale ? orders[0] : order())?.[position],
    read: async (position: number) => order()[position],
  };
}

it('a row is found where it stands, else the nearest match after it', async () => {
  expect(await placeInList(3, list([[1, 3, 5]], 1))).toEqual({ position: 1, index: 3 });
  expect(await placeInList(4, list([[1, 3, 5]], 1))).toEqual({ position: 2, index: 5 });
  expect(await placeInList(4, list([[]], 1))).toEqual({ position: -1, index: null });
});

it.each([1, 2, 3, 4])(
  'a list that is sorted after %i answers leads to the row all the same',
  async (after) => {
    const orders = [
      [0, 1, 2, 3, 4, 5],
      [5, 3, 4, 0, 2, 1],
    ];
    for (const stale of [false, true]) {
      const place = await placeInList(3, list(orders, after, stale));
      expect(place.index).toBe(3);
      // Whoever was told before the list was sorted is told anew with the list.
      expect([1, 3]).toContain(place.position);
    }
  },
);

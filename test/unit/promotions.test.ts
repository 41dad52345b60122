import { beforeEach, expect, test, vi } from 'vitest';
import { findPromotion, rememberPromotion } from '../../src/extension/features/runs/promotions.ts';

const rows = new Map<string, number>();
vi.mock('../../src/services/run/promote.ts', () => ({
  promotedId: (run: string) => `id of ${run}`,
  promotedRow: async ({ to }: { to: string }) => {
    if (to.endsWith('unreadable.jsonl')) throw new Error('unreadable');
    return rows.get(to) ?? null;
  },
}));

const stored = new Map<string, unknown>();
const choices = {
  get: (key: string) => stored.get(key),
  set: async (key: string, value: unknown) => void stored.set(key, value),
} as never;
const source = { folder: '/runs/a', view: () => ({ id: 'a', dataset: { path: '/w/own.jsonl' } }) } as never;
const rollout = { step: 1, group: 0, index: 2 };
const found = () => findPromotion(choices, source, rollout);

beforeEach(() => {
  stored.clear();
  rows.clear();
});

test('a rollout is found where it went, else where rollouts usually go', async () => {
  expect(await found()).toBeNull();
  rows.set('/w/promoted.jsonl', 4);
  expect(await found()).toEqual({ dataset: '/w/promoted.jsonl', index: 4 });
  stored.set('promoteTo', '/w/unreadable.jsonl');
  expect(await found()).toEqual({ dataset: '/w/promoted.jsonl', index: 4 });
  await rememberPromotion(choices, 'id of a', '/w/picked.jsonl');
  rows.set('/w/picked.jsonl', 7);
  expect(await found()).toEqual({ dataset: '/w/picked.jsonl', index: 7 });
});

test('the newest 500 are remembered', async () => {
  for (let at = 0; at < 502; at += 1) await rememberPromotion(choices, `r-${at}`, '/w/a.jsonl');
  await rememberPromotion(choices, 'r-2', '/w/b.jsonl');
  const kept = Object.entries(stored.get('promotions') as object);
  expect([kept.length, kept[0]?.[0], kept.at(-1)]).toEqual([500, 'r-3', ['r-2', '/w/b.jsonl']]);
});

import { expect, test, vi } from 'vitest';
import { RunsWatcher } from '../../../../src/services/run/runs-watcher.ts';

const looks = vi.hoisted((): (() => void)[] => []);
vi.mock('../../../../src/services/run/run-folder.ts', () => ({
  runIds: () => new Promise((resolve) => looks.push(() => resolve([]))),
}));

test('a refresh that is asked for during a reading reads after it, once for all who ask', async () => {
  const watcher = new RunsWatcher('/runs', { warn: () => undefined } as never);
  const ended: string[] = [];
  const refresh = (name: string) => watcher.refresh().then(() => ended.push(name));
  const all = [refresh('first'), refresh('second'), refresh('third')];
  expect(looks.length).toBe(1);
  looks[0]?.();
  await vi.waitFor(() => expect(looks.length).toBe(2));
  expect(ended).toEqual(['first']);
  looks[1]?.();
  await Promise.all(all);
  expect(ended).toEqual(['first', 'second', 'third']);
  expect(looks.length).toBe(2);
  watcher.dispose();
});

import { expect, test, vi } from 'vitest';
import type { AppContext } from '../../src/extension/app-context.ts';
import { rowItems } from '../../src/extension/features/launch/ask-rows.ts';
import { openDataset, rows, testAssets, testFile } from './services/dataset/open-dataset.ts';

let size = 0;
const reads: string[] = [];

vi.mock('vscode', () => ({
  Uri: { file: (fsPath: string) => ({ fsPath }) },
  workspace: { fs: { stat: async () => ({ size }) } },
}));
vi.mock('../../src/services/dataset/facts.ts', async (load) => {
  const facts = await load<typeof import('../../src/services/dataset/facts.ts')>();
  const datasetFacts: typeof facts.datasetFacts = (path, assets) => {
    reads.push(path);
    return facts.datasetFacts(path, assets);
  };
  return { ...facts, datasetFacts };
});

test.each<[string, number, string[], number]>([
  ['a small dataset is counted first', 1000, ['All: 3 traces', 'Kept: 1 trace', 'Current filter: x'], 1],
  ['a large one is not waited for', 60_000_000, ['All: ', 'Kept: ', 'Current filter: x'], 0],
])('rows to choose from: %s', async (_, bytes, shown, readFirst) => {
  size = bytes;
  reads.length = 0;
  const path = testFile(rows(3));
  const document = await openDataset(path);
  await document.decide(0, 'keep');
  await document.dispose();
  const app = { assets: await testAssets() } as AppContext;
  const words = (items: Awaited<ReturnType<typeof rowItems>>['items']) =>
    items.map(({ label, description }) => `${label}: ${description}`);
  const { items, counted } = await rowItems(app, { fsPath: path } as Parameters<typeof rowItems>[1], 'x');
  expect([words(items), reads.length]).toEqual([shown, readFirst]);
  if (counted)
    expect(words(await counted())).toEqual(['All: 3 traces', 'Kept: 1 trace', 'Current filter: x']);
});

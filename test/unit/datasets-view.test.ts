import { expect, test, vi } from 'vitest';

const contexts: [string, unknown][] = [];
const excluded: string[] = [];
let found: { fsPath: string; path: string }[] = [];
let provider: {
  getChildren(): Promise<{ uri: unknown }[]>;
  getTreeItem(node: unknown): Promise<{ description?: unknown }> | { description?: unknown };
  onDidChangeTreeData(listener: (node: unknown) => void): void;
};

vi.mock('vscode', () => {
  const nothing = { dispose: () => undefined };
  class EventEmitter {
    listeners: ((value: unknown) => void)[] = [];
    dispose = () => undefined;
    event = (listener: (value: unknown) => void) => this.listeners.push(listener);
    fire = (value: unknown) => {
      for (const listener of this.listeners) listener(value);
    };
  }
  return {
    EventEmitter,
    Disposable: { from: () => nothing },
    ThemeIcon: class {},
    TreeItem: class {},
    commands: {
      registerCommand: () => nothing,
      executeCommand: async (_: string, key: string, value: unknown) => void contexts.push([key, value]),
    },
    window: {
      createTreeView: (_: string, options: { treeDataProvider: typeof provider }) => {
        provider = options.treeDataProvider;
        return nothing;
      },
    },
    workspace: {
      createFileSystemWatcher: () => ({
        onDidCreate: () => nothing,
        onDidDelete: () => nothing,
        onDidChange: (listener: typeof fileChanged) => {
          fileChanged = listener;
          return nothing;
        },
      }),
      findFiles: async (_: string, exclude: string) => {
        excluded.push(exclude);
        return found;
      },
      asRelativePath: (path: string) => path.replace(/^\/w\//, ''),
      getWorkspaceFolder: () => undefined,
    },
  };
});

let fileChanged: (uri: { fsPath: string; path: string }) => void = () => undefined;
const asked: string[] = [];
let tell: (facts: object) => void = () => undefined;
vi.mock('../../src/services/dataset/facts.ts', () => ({
  datasetFacts: (path: string) =>
    new Promise((resolve) => {
      asked.push(path);
      tell = resolve;
    }),
}));

test('the view says that there is no dataset only when none was found, and waits for no count', async () => {
  const { registerDatasets } = await import('../../src/extension/features/datasets/register.ts');
  registerDatasets({ log: {}, assets: {}, runsFolders: () => ['/w/runs', '/far/runs'] } as never);
  found = [{ fsPath: '/w/a.jsonl', path: '/w/a.jsonl' }];
  const [node] = await provider.getChildren();
  expect(contexts).toEqual([['coldstart.datasetSearch', 'some']]);
  const changed: unknown[] = [];
  provider.onDidChangeTreeData((one) => changed.push(one));
  expect((await provider.getTreeItem(node)).description).toBe('counting…');
  tell({ rows: 1, decisions: { keep: 0, drop: 0, flag: 0 } });
  await vi.waitFor(() => expect(changed).toEqual([node]));
  expect((await provider.getTreeItem(node)).description).toBe('1 row');
  found = [];
  await provider.getChildren();
  expect(contexts.at(-1)).toEqual(['coldstart.datasetSearch', 'none']);
});

test('a decision has only the decisions of its own dataset counted, and no search', async () => {
  vi.useFakeTimers();
  try {
    const { registerDatasets } = await import('../../src/extension/features/datasets/register.ts');
    registerDatasets({ log: {}, assets: {}, runsFolders: () => ['/w/runs', '/far/runs'] } as never);
    found = ['/w/a.jsonl', '/w/b.jsonl'].map((path) => ({ fsPath: path, path }));
    await provider.getChildren();
    const changed: unknown[] = [];
    provider.onDidChangeTreeData((one) => changed.push(one));
    asked.length = 0;
    for (const path of ['/w/a.jsonl.decisions.jsonl', '/w/a.jsonl.decisions.jsonl'])
      fileChanged({ fsPath: path, path });
    await vi.runAllTimersAsync();
    expect([asked, changed]).toEqual([['/w/a.jsonl'], []]);
    fileChanged({ fsPath: '/w/b.jsonl', path: '/w/b.jsonl' });
    await vi.runAllTimersAsync();
    expect(changed).toEqual([undefined]);
  } finally {
    vi.useRealTimers();
  }
});

test('what runs consist of is no dataset, and does not fill the limit of what is found', async () => {
  found = [
    '/w/a.jsonl',
    '/w/runs/20260101-120000-sft-ab12/events.jsonl',
    '/far/runs/b/inputs/rows.jsonl',
  ].map((path) => ({ fsPath: path, path }));
  expect((await provider.getChildren()).map(({ uri }) => uri)).toEqual(found.slice(0, 1));
  expect(excluded.at(-1)).toBe('{**/node_modules/**,**/.coldstart/**,**/.venv/**,**/.git/**,runs/**}');
});

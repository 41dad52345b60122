import { expect, test, vi } from 'vitest';

const state = vi.hoisted(() => ({
  settings: () => undefined as unknown,
  workspace: () => undefined as unknown,
  watching: new Set<string>(),
}));
vi.mock('vscode', () => {
  const nothing = { dispose: () => undefined };
  const on = () => nothing;
  return {
    Disposable: {
      from: (...all: { dispose(): void }[]) => ({
        dispose: () => {
          for (const one of all) one.dispose();
        },
      }),
    },
    RelativePattern: class {},
    Uri: { file: () => ({}) },
    workspace: {
      createFileSystemWatcher: () => ({ ...nothing, onDidCreate: on, onDidChange: on, onDidDelete: on }),
      onDidChangeWorkspaceFolders: (listener: () => unknown) => {
        state.workspace = listener;
        return nothing;
      },
      onDidChangeConfiguration: (listener: (event: object) => unknown) => {
        state.settings = () =>
          listener({ affectsConfiguration: (name: string) => name === 'coldstart.runs.folder' });
        return nothing;
      },
    },
  };
});
vi.mock('../../src/services/run/runs-watcher.ts', () => ({
  RunsWatcher: class {
    readonly runs: readonly object[];
    constructor(readonly folder: string) {
      state.watching.add(folder);
      this.runs = [{ id: `of ${folder}`, created: folder.length }];
    }
    onChange() {
      return () => undefined;
    }
    async refresh() {}
    dispose() {
      state.watching.delete(this.folder);
    }
  },
}));
const { WatchedRuns } = await import('../../src/extension/features/runs/watched-runs.ts');

test('runs of every workspace folder are listed, also when the folders or the setting change', () => {
  let folders = ['/a/runs'];
  let changes = 0;
  const watched = new WatchedRuns(
    { log: {}, runsFolders: () => folders } as never,
    () => {
      changes += 1;
    },
    () => undefined,
  );
  const check = (...expected: string[]) => {
    expect([...state.watching]).toEqual(expected);
    expect(watched.runs.map(({ id }) => id).sort()).toEqual(expected.map((folder) => `of ${folder}`));
  };
  check('/a/runs');
  folders = ['/a/runs', '/second/runs'];
  state.workspace();
  check('/a/runs', '/second/runs');
  expect(watched.runs[0]?.id).toBe('of /second/runs');
  folders = ['/second/runs', '/z'];
  state.settings();
  check('/second/runs', '/z');
  expect(changes).toBe(2);
  watched.dispose();
  expect([...state.watching]).toEqual([]);
});

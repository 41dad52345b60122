import { expect, test, vi } from 'vitest';

interface Panel {
  active: boolean;
  reveals: number;
  isClosed: boolean;
  close(): void;
}
const panels: Panel[] = [];
const opened: { folder: string; read(): void; isDisposed: boolean }[] = [];

function panelOf() {
  const listeners: (() => void)[] = [];
  const panel = {
    active: true,
    visible: true,
    reveals: 0,
    isClosed: false,
    reveal: () => {
      panel.reveals += 1;
    },
    onDidChangeViewState: () => undefined,
    onDidDispose: (listener: () => void) => listeners.push(listener),
    close: () => {
      panel.isClosed = true;
      for (const listener of listeners.splice(0)) listener();
    },
    dispose: () => panel.close(),
    get webview() {
      if (panel.isClosed) throw new Error('Webview is disposed');
      return {
        asWebviewUri: () => '',
        onDidReceiveMessage: () => ({ dispose: () => undefined }),
        postMessage: async () => true,
      };
    },
  };
  panels.push(panel);
  return panel;
}

vi.mock('vscode', () => ({
  Uri: { joinPath: () => ({}), file: () => ({}) },
  ViewColumn: { Active: -1 },
  QuickPickItemKind: {},
  window: { createWebviewPanel: () => panelOf() },
}));
vi.mock('../../src/services/run/run-source.ts', () => ({
  RunSource: {
    open: (folder: string, _: unknown, signal: AbortSignal) =>
      new Promise((resolve, reject) => {
        const entry = {
          folder,
          isDisposed: false,
          read: () => {
            if (signal.aborted) reject(signal.reason);
            else resolve(source);
          },
        };
        const source = {
          folder,
          seq: 0,
          view: () => ({ name: 'a' }),
          onAdvance: () => () => undefined,
          dispose: async () => {
            entry.isDisposed = true;
          },
        };
        opened.push(entry);
      }),
  },
}));
const { Dashboards } = await import('../../src/extension/features/runs/dashboards.ts');

function dashboards() {
  panels.length = 0;
  opened.length = 0;
  const app = {
    log: {},
    assets: {},
    extension: { extensionUri: {} },
    walkthrough: { tick: async () => undefined },
  };
  return new Dashboards(app as never, () => undefined);
}
/** Lets a read that was asked for come to its end. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a double click on a run opens one panel', async () => {
  const shown = dashboards();
  const both = [shown.show('/runs/a'), shown.show('/runs/a')];
  opened[0]?.read();
  await Promise.all(both);
  expect([panels.length, opened.length, panels[0]?.reveals]).toEqual([1, 1, 1]);
});

test('a panel that is closed while its run is read leaves nothing open, and the run can be shown anew', async () => {
  const shown = dashboards();
  const first = shown.show('/runs/a').catch((error: { name: string }) => error.name);
  panels[0]?.close();
  const again = shown.show('/runs/a');
  expect(panels.length).toBe(2);
  for (const { read } of opened) read();
  expect(await first).toBe('AbortError');
  await again;
  expect(shown.isShown('/runs/a')).toBe(true);
});

test('a run that is being started and was opened from the list meanwhile has one panel', async () => {
  const shown = dashboards();
  let started: (folder: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    started = resolve;
  });
  const starting = shown.showStarting({
    spec: { name: 'a' },
    ended,
    onAdvance: () => () => undefined,
  } as never);
  const listed = shown.show('/runs/a');
  opened[0]?.read();
  await listed;
  started('/runs/a');
  await starting;
  expect(panels.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  expect(shown.isShown('/runs/a')).toBe(true);
});

test('a closed panel lets go of what it read', async () => {
  const shown = dashboards();
  const first = shown.show('/runs/a');
  opened[0]?.read();
  await first;
  panels[0]?.close();
  await settled();
  expect(opened[0]?.isDisposed).toBe(true);
  expect(shown.isShown('/runs/a')).toBe(false);
});

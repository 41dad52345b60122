import { expect, test, vi } from 'vitest';

const executed: unknown[][] = [];
vi.mock('vscode', () => ({
  QuickPickItemKind: {},
  commands: {
    executeCommand: (...args: unknown[]) => {
      executed.push(args);
      // As a wizard that a person has not answered yet.
      return args[0] === 'coldstart.openRun' ? Promise.resolve() : new Promise(() => undefined);
    },
  },
}));
const { traceHandlers } = await import('../../src/extension/features/trace-editor/handlers.ts');

const uri = { fsPath: '/second/traces.jsonl' };
const model = { view: () => ({ filter: { text: 'verdict:correct' } }) };
const app = { settings: (of: unknown) => ({ runsFolder: of === uri ? '/second/runs' : '/first/runs' }) };
const handlers = traceHandlers(app as never, { document: { model, uri } } as never, vi.fn(), vi.fn());
const { signal } = new AbortController();

test('what asks the person is answered at once', async () => {
  executed.length = 0;
  expect(await handlers['run-start']({ stage: 'sft' }, signal)).toEqual({});
  expect(await handlers['export-start']({}, signal)).toEqual({});
  expect(executed).toEqual([
    ['coldstart.startSftRun', uri, 'verdict:correct'],
    ['coldstart.exportTraces', uri],
  ]);
});

test('a rollout is opened from its id, in the runs folder of the dataset', async () => {
  executed.length = 0;
  const run = '20260101-120000-grpo-ab12';
  await handlers['rollout-open']({ run, step: 1, group: 0, index: 2 }, signal);
  expect(executed).toEqual([['coldstart.openRun', `/second/runs/${run}`, { step: 1, group: 0, index: 2 }]]);
});

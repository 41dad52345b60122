import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Contract, ToHost, ToWebview } from '../../src/protocol/rpc.ts';

vi.mock('vscode', () => ({ Uri: { joinPath: () => ({}) } }));
const { serveWebview } = await import('../../src/extension/webview-host.ts');

const empty = { request: z.strictObject({}), reply: z.object({}) };
const contract = { methods: { 'number-read': empty, 'person-ask': empty }, events: {} } satisfies Contract;

/** A webview whose page posts what the test says, and what its host answered; `person-ask` waits for `answered`. */
function served() {
  const replies: ToWebview[] = [];
  const signals: AbortSignal[] = [];
  let answered: () => void = () => undefined;
  let receive: (message: ToHost) => void = () => undefined;
  const webview = {
    asWebviewUri: () => '',
    postMessage: async (message: ToWebview) => replies.push(message),
    onDidReceiveMessage: (listener: typeof receive) => {
      receive = listener;
      return { dispose: () => undefined };
    },
  };
  serveWebview(
    {} as never,
    webview as never,
    'trace-editor',
    contract,
    {
      'number-read': () => ({}),
      'person-ask': (_, signal) => {
        signals.push(signal);
        return new Promise((resolve) => {
          answered = () => resolve({});
        });
      },
    },
    { error: () => undefined },
  );
  const call = (id: number, method: string) => receive({ type: 'call', id, method, params: {} });
  return { replies, signals, call, ready: () => receive({ type: 'ready' }), answered: () => answered() };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a page that is made anew is answered, and hears nothing that the page before had asked', async () => {
  const page = served();
  page.ready();
  page.call(1, 'person-ask');
  page.ready();
  expect(page.signals.map(({ aborted }) => aborted)).toEqual([true]);
  page.answered();
  page.call(1, 'number-read');
  await settled();
  expect(page.replies).toEqual([{ type: 'reply', id: 1, ok: true, result: {} }]);
});

test('a late end of a call of the page before leaves the call of the same number alone', async () => {
  const page = served();
  page.ready();
  page.call(1, 'person-ask');
  const late = page.answered;
  page.ready();
  late();
  page.call(1, 'person-ask');
  await settled();
  expect(page.replies).toEqual([]);
  page.answered();
  await settled();
  expect(page.replies.length).toBe(1);
});

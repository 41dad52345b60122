import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import type { Contract } from '../../../src/protocol/rpc.ts';
import { runDashboardContract } from '../../../src/protocol/run-dashboard.ts';
import { traceEditorContract } from '../../../src/protocol/trace-editor.ts';

vi.mock('vscode', () => ({
  Uri: { joinPath: (_: unknown, ...parts: string[]) => ({ toString: () => parts.join('/') }) },
}));
const { serveWebview } = await import('../../../src/extension/webview-host.ts');

/** One call of each method as our own pages make it. */
const editorCalls: Readonly<Record<string, object>> = {
  'document-read': {},
  'rows-read': { position: 0, count: 50, columns: ['field(grade)'] },
  'position-read': { index: 3 },
  'trace-read': { index: 3 },
  'image-read': { index: 3, image: 0, size: 'full' },
  'segment-edit': { index: 3, revision: 1, start: 0, end: 4, text: 'new' },
  'value-edit': { index: 3, revision: 1, target: { kind: 'prompt', turn: 0, part: 1 }, text: 'new' },
  'document-save': {},
  'filter-set': { text: 'verdict:correct' },
  'sort-set': { sort: { column: 'words', descending: true } },
  'facets-read': {},
  'columns-choose': { columns: ['prompt', 'field(grade)'] },
  'filter-complete': { text: 'ver', caret: 3 },
  'decision-set': { index: 3, reading: 0, decision: 'keep' },
  'decisions-set': { decision: null },
  'decision-undo': {},
  'shape-choose': {},
  'extraction-choose': {},
  'survey-again': {},
  'disk-read': {},
  'strays-open': {},
  'strays-drop': {},
  'raw-open': { index: 3 },
  'export-start': {},
  'run-start': { stage: 'sft' },
  'second-grade': { index: 3 },
  'rollouts-read': { index: 3 },
  'rollout-open': { run: '20260101-120000-grpo-ab12', step: 1, group: 0, index: 2 },
  'link-open': { url: 'https://example.org/a' },
  'view-report': { index: 3 },
};
const dashboardCalls: Readonly<Record<string, object>> = {
  'run-read': {},
  'metrics-read': { names: ['reward'], points: 500 },
  'groups-read': { step: 1, order: 'worst', search: '', offset: 0, count: 20 },
  'group-read': { step: 1, group: 0 },
  'image-read': { step: 1, group: 0, image: 0, size: 'thumbnail' },
  'log-read': { stream: 'stdout' },
  'run-stop': { save: true },
  'run-resume': {},
  'run-again': {},
  'grpo-start': { step: 1 },
  'evaluations-read': {},
  'evaluation-start': { step: null },
  'compared-choose': { runs: ['20260101-120000-ab12'] },
  'compared-read': { runs: [] },
  'pairings-read': { against: 'b.json' },
  'flips-read': { a: 'a.json', b: 'b.json', side: 'either', offset: 0, count: 20 },
  'flip-read': { a: 'a.json', b: 'b.json', index: 3 },
  'flip-image-read': { a: 'a.json', b: 'b.json', index: 3, image: 0, size: 'full' },
  'flip-trace-open': { a: 'a.json', b: 'b.json', index: 3 },
  'folder-open': {},
  'spec-open': {},
  'rollout-promote': { step: 1, group: 0, index: 2 },
  'promoted-open': { step: 1, group: 0, index: 2 },
  'trace-open': { step: 1, group: 0 },
  'export-chart': { name: 'reward', format: 'csv', text: 'a,b' },
  'link-open': { url: 'https://example.org/a' },
};

type Call = readonly [method: string, request: unknown];

/** A page that posts what it likes: what the host then called, answered and noted. */
function served(contract: Contract) {
  const calls: Call[] = [];
  const replies: { id: number; ok: boolean }[] = [];
  const ignored: string[] = [];
  let receive: (message: unknown) => void = () => undefined;
  const handlers = Object.fromEntries(
    Object.keys(contract.methods).map((method) => [
      method,
      (request: unknown) => {
        calls.push([method, request]);
        if (calls.length % 7 === 0) throw new Error('a handler that fails');
        return {};
      },
    ]),
  );
  const webview = {
    cspSource: 'https://resources',
    options: {},
    html: '',
    asWebviewUri: (uri: unknown) => uri,
    postMessage: (message: { type: string; id: number; ok: boolean }) => {
      if (message.type === 'reply') replies.push(message);
      return Promise.resolve(true);
    },
    onDidReceiveMessage: (listener: (message: unknown) => void) => {
      receive = listener;
      return { dispose: () => undefined };
    },
  };
  const host = serveWebview(
    { extensionUri: {} } as never,
    webview as never,
    'trace-editor',
    contract,
    handlers,
    {
      error: (message) => void ignored.push(message),
    },
  );
  return { calls, replies, ignored, host, webview, receive: (message: unknown) => receive(message) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What a hostile page puts where a value was. */
const junk = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withTypedArray: true,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<unknown>(
      '__proto__',
      'constructor',
      'toString',
      'hasOwnProperty',
      '../../etc/passwd',
      'javascript:alert(1)',
      'command:x',
      'http://example.org',
      'HTTPS://example.org',
      'https:',
      'file:///etc/passwd',
      'https://a@b:c',
      -1,
      0,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 53,
      '',
      ' ',
      'x'.repeat(20_000),
      null,
      undefined,
      [],
      {},
      true,
      JSON.parse('{"__proto__":{"polluted":true}}'),
      { toString: 'x' },
      new Date(0),
    ),
  },
);

/** A message of ours with one thing changed. */
function mutated(methods: Readonly<Record<string, object>>): fc.Arbitrary<unknown> {
  const names = Object.keys(methods);
  return fc
    .record({
      method: fc.constantFrom(...names),
      other: fc.constantFrom(...names),
      key: fc.nat(8),
      value: junk,
      how: fc.nat(9),
      id: fc.integer({ min: 1, max: 1e6 }),
    })
    .map(({ method, other, key, value, how, id }): unknown => {
      const params: Record<string, unknown> = { ...methods[method] };
      const message: Record<string, unknown> = { type: 'call', id, method, params };
      const keys = Object.keys(params);
      const name = keys[key % Math.max(1, keys.length)] ?? 'extra';
      if (how === 0) message.params = value;
      else if (how === 1) delete params[name];
      else if (how === 2) params[`extra-${name}`] = value;
      else if (how === 3) Object.defineProperty(params, '__proto__', { value, enumerable: true });
      else if (how === 4) message.id = value;
      else if (how === 5) message.type = value;
      else if (how === 6) message.method = value;
      else if (how === 7) message.method = other;
      else if (how === 8) message[`extra-${name}`] = value;
      else params[name] = value;
      return message;
    });
}

const own = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? Reflect.get(value, key)
    : undefined;

/** The only call a message may lead to, by the contract alone; null for none. */
function expectedCall(contract: Contract, message: unknown): Call | null {
  const [type, id, method] = [own(message, 'type'), own(message, 'id'), own(message, 'method')];
  const isPlain = Object.keys(message as object).every((key) =>
    ['type', 'id', 'method', 'params'].includes(key),
  );
  if (type !== 'call' || !isPlain || !Number.isSafeInteger(id) || (id as number) < 1) return null;
  if (typeof method !== 'string' || !Object.hasOwn(contract.methods, method)) return null;
  const schema = contract.methods[method]?.request as z.ZodType;
  const request = schema.safeParse(own(message, 'params'));
  return request.success ? [method, request.data] : null;
}

const known = (contract: Contract, calls: Readonly<Record<string, object>>) =>
  Object.fromEntries(Object.entries(calls).filter(([method]) => Object.hasOwn(contract.methods, method)));
const surfaces: readonly (readonly [string, Contract, Readonly<Record<string, object>>])[] = [
  ['trace editor', traceEditorContract, known(traceEditorContract, editorCalls)],
  ['run dashboard', runDashboardContract, known(runDashboardContract, dashboardCalls)],
];

const unhandled: unknown[] = [];
process.on('unhandledRejection', (reason) => unhandled.push(reason));
beforeEach(() => {
  unhandled.length = 0;
});

describe.each(surfaces)('messages of a hostile page to the %s', (_, contract, ours) => {
  it('ours arrive, each at its own handler', async () => {
    const page = served(contract);
    expect(Object.keys(contract.methods).filter((method) => !Object.hasOwn(ours, method))).toEqual([]);
    for (const [at, [method, params]] of Object.entries(ours).entries())
      page.receive({ type: 'call', id: at + 1, method, params });
    await settled();
    expect(page.calls.map(([method]) => method)).toEqual(Object.keys(ours));
    expect(page.replies.length).toBe(Object.keys(ours).length);
  });

  it('5,000 mutations call nothing that the contract does not name, and nothing is thrown', async () => {
    const page = served(contract);
    const messages = fc.sample(
      fc.oneof({ weight: 4, arbitrary: mutated(ours) }, { weight: 1, arbitrary: junk }),
      { numRuns: 5_000, seed: 3 },
    );
    let reached = 0;
    for (const message of messages) {
      const before = page.calls.length;
      const expected =
        typeof message === 'object' && message !== null ? expectedCall(contract, message) : null;
      page.receive(message);
      expect(page.calls.slice(before)).toEqual(expected === null ? [] : [expected]);
      reached += expected === null ? 0 : 1;
      await settled();
    }
    expect(reached).toBeGreaterThan(50);
    expect(reached).toBeLessThan(messages.length / 2);
    expect(page.ignored.length).toBeGreaterThan(500);
    expect(unhandled).toEqual([]);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it.each([
    'http://example.org',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'command:workbench.action.quit',
    'vscode://x',
    'data:text/html,x',
    ' https://example.org',
    'httpss://x',
    '//example.org',
    '',
    'java\nscript:https://x',
  ])('the address %j is not opened', async (url) => {
    const page = served(contract);
    page.receive({ type: 'call', id: 1, method: 'link-open', params: { url } });
    await settled();
    for (const [, request] of page.calls)
      expect(new URL((request as { url: string }).url).protocol).toBe('https:');
    expect(page.replies.length).toBe(1);
  });

  it.each([
    '/etc',
    '../20260101-120000-grpo-ab12',
    'x/20260101-120000-grpo-ab12',
    '20260101-120000-grpo-ab12/..',
    'C:\\runs\\a',
    'last',
    '.',
    '..',
    '.hidden',
    '',
    'a\nb',
    'x'.repeat(200),
  ])('%j is neither a run to open nor a file to write', async (path) => {
    const page = served(contract);
    const rollout = { step: 1, group: 0, index: 2 };
    page.receive({ type: 'call', id: 1, method: 'rollout-open', params: { run: path, ...rollout } });
    const chart = { name: path, format: 'csv', text: '' };
    if (path !== 'last') page.receive({ type: 'call', id: 2, method: 'export-chart', params: chart });
    await settled();
    expect(page.calls).toEqual([]);
  });

  it('a page that floods is refused, and still gets one reply for each call', async () => {
    const page = served(contract);
    for (let id = 1; id <= 1_000; id += 1)
      page.receive({ type: 'call', id, method: 'constructor', params: {} });
    for (let turn = 0; turn < 500; turn += 1) page.receive({ type: 'cancel', id: turn + 1 });
    await settled();
    expect(page.calls).toEqual([]);
    expect(page.replies.length).toBe(1_000);
    expect(page.replies.some(({ ok }) => ok)).toBe(false);
  });
});

import { afterEach, expect, vi } from 'vitest';
import type { TraceEditor } from '../../../webview/trace-editor/trace-editor.ts';
import '../../../webview/trace-editor/trace-editor.ts';
import { type FakeDataset, type FakeOptions, type FakeRow, fakeDataset } from './fake-dataset.ts';

export const completion =
  '<think>\nFirst, 3 + 4. Wait, let me re-check.\n</think>\n<answer>\\boxed{7}</answer>';
export const plain = (index: number): FakeRow => ({
  prompt: `Prompt number ${index}`,
  completion,
  truth: '7',
  read: '7',
  verdict: 'correct',
});

const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
export const picture = {
  bytes: Uint8Array.from(atob(pixel), (character) => character.charCodeAt(0)),
  width: 1,
  height: 1,
};
export const image = (status: 'ready' | 'missing' = 'ready') => ({
  source: 'images/1.png',
  status,
  message: status === 'missing' ? 'Could not read images/1.png (file not found).' : '',
  width: status === 'ready' ? 40 : null,
  height: status === 'ready' ? 20 : null,
  tokens: status === 'ready' ? 2 : null,
});

let open: TraceEditor[] = [];
afterEach(() => {
  for (const editor of open) editor.remove();
  open = [];
});

/** A trace editor in the page, with its fake host. */
export interface Opened {
  editor: TraceEditor;
  host: FakeDataset;
  /** A key binding of VS Code was pressed. */
  command(name: Parameters<TraceEditor['run']>[0]): Promise<void>;
  text(selector: string): string;
  find(selector: string): HTMLElement;
  calls(method: string): unknown[];
}

/** Puts a trace editor of 20 rows into the page; it goes when the test is over. */
export async function start(options: Partial<FakeOptions> = {}, state?: unknown): Promise<Opened> {
  document.body.dataset.surface = 'trace-editor';
  const host = fakeDataset({ rows: 20, row: plain, ...options });
  if (state !== undefined) host.transport.writeState(state);
  const editor = document.createElement('coldstart-trace-editor');
  document.body.append(editor);
  open.push(editor);
  editor.start(host.transport);
  const find = (selector: string): HTMLElement => {
    const node = editor.querySelector<HTMLElement>(selector);
    if (!node) throw new Error(`No ${selector}`);
    return node;
  };
  return {
    editor,
    host,
    find,
    text: (selector) => (editor.querySelector(selector)?.textContent ?? '').replace(/\s+/g, ' ').trim(),
    calls: (method) => host.calls.filter((call) => call.method === method).map((call) => call.params),
    async command(name) {
      host.emit('command', { name });
      await editor.updateComplete;
    },
  };
}

/** Resolves when row `index` is shown and counts as seen. */
export const shows = (opened: Opened, index: number) =>
  vi.waitFor(() => {
    expect(opened.text('cs-trace .turn')).toContain(`Prompt number ${index}`);
    expect(opened.editor.seen).toBe(true);
  });

/**
 * An editor that shows trace `shown` while a filter, which traces from `from` on match, looks for its place in the list;
 * `arrive` has it found.
 */
export async function findingItsPlace(
  shown: number,
  from: number,
  options: Partial<FakeOptions> = {},
): Promise<{ readonly opened: Opened; arrive(): void }> {
  let arrive = () => {};
  const found = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const opened: Opened = await start({
    ...options,
    filter: (_, index) => index >= from,
    handlers: {
      'position-read': async ({ index }) => {
        if (opened.calls('filter-set').length > 0) await found;
        return { position: Math.max(0, index - from) };
      },
    },
  });
  await shows(opened, 0);
  await opened.editor.model.place.goToPosition(shown);
  await shows(opened, shown);
  void opened.editor.model.setFilter('words');
  await vi.waitFor(() => expect(opened.text('.count')).toContain(' of 20'));
  await vi.waitFor(() => expect(opened.editor.model.place.isMoving).toBe(true));
  return { opened, arrive };
}

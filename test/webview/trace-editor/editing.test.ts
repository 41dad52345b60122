import { describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { reachingWindow } from '../reaching-window.ts';
import type { FakeOptions } from './fake-dataset.ts';
import { findingItsPlace, type Opened, shows, start } from './opened-editor.ts';

describe('editing', () => {
  const field = (opened: Opened) => opened.find('cs-text-editor textarea') as HTMLTextAreaElement;
  const type = (opened: Opened, text: string) => {
    field(opened).value = text;
    field(opened).dispatchEvent(new InputEvent('input', { bubbles: true }));
  };
  const press = (opened: Opened, key: string, ctrlKey = false) =>
    field(opened).dispatchEvent(
      new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true }),
    );
  const edit = async (options: Partial<FakeOptions> = {}) => {
    const opened = await start(options);
    await shows(opened, 0);
    await opened.command('edit');
    await vi.waitFor(() => field(opened));
    return opened;
  };

  it('opens on the text without its tags and replaces just that', async () => {
    const opened = await edit();
    expect(field(opened).value).toBe('First, 3 + 4. Wait, let me re-check.');
    type(opened, 'Shorter.');
    press(opened, 'Enter', true);
    await vi.waitFor(() =>
      expect(opened.host.completions.get(0)).toBe('<think>\nShorter.\n</think>\n<answer>\\boxed{7}</answer>'),
    );
    await vi.waitFor(() => expect(opened.text('cs-segment[data-kind="think"] .body')).toBe('Shorter.'));
    expect(opened.editor.querySelector('cs-text-editor')).toBeNull();
    expect(opened.find('cs-segment[current]').dataset.kind).toBe('answer');
  });

  it('Esc keeps what was typed and leaves; without a change it only leaves', async () => {
    const opened = await edit();
    const gone = () => vi.waitFor(() => expect(opened.editor.querySelector('cs-text-editor')).toBeNull());
    press(opened, 'Escape');
    await gone();
    expect(opened.calls('segment-edit')).toEqual([]);
    await opened.command('edit');
    await vi.waitFor(() => expect(field(opened).value).toBe('First, 3 + 4. Wait, let me re-check.'));
    type(opened, 'Other');
    press(opened, 'Escape');
    await gone();
    await vi.waitFor(() => expect(opened.host.completions.get(0)).toContain('Other'));
    expect(opened.editor.model.saved.read().draft).toBeNull();
    expect(document.activeElement).toBe(opened.find('cs-virtual-list'));
  });

  it('Esc gives up a text that was refused', async () => {
    const refuse = () => {
      throw { code: 'request-invalid', message: 'The trace has changed.', hint: 'Edit again.' };
    };
    const opened = await edit({ handlers: { 'segment-edit': refuse } });
    type(opened, 'Precious');
    press(opened, 'Escape');
    await vi.waitFor(() => expect(opened.text('cs-text-editor .hint')).toContain('Esc discards this draft'));
    expect(field(opened).value).toBe('Precious');
    press(opened, 'Escape');
    await vi.waitFor(() => expect(opened.editor.querySelector('cs-text-editor')).toBeNull());
    expect(opened.editor.model.saved.read().draft).toBeNull();
  });

  it('Ctrl+S commits the text, then saves, and VS Code does not save before', async () => {
    const opened = await edit();
    type(opened, 'Saved.');
    const heard: string[] = [];
    const listen = (event: KeyboardEvent) => heard.push(event.key);
    window.addEventListener('keydown', listen);
    press(opened, 's', true);
    window.removeEventListener('keydown', listen);
    await vi.waitFor(() => expect(opened.calls('document-save')).toEqual([{}]));
    expect(opened.host.completions.get(0)).toContain('Saved.');
    const names = opened.host.calls.map(({ method }) => method);
    expect(names.indexOf('document-save')).toBeGreaterThan(names.indexOf('segment-edit'));
    expect(heard).toEqual([]);
  });

  it('leaving the field keeps the change', async () => {
    const opened = await edit();
    type(opened, 'Kept.');
    opened.editor.focusContent();
    await vi.waitFor(() => expect(opened.host.completions.get(0)).toContain('Kept.'));
  });

  it('a refused edit keeps what was typed and says why', async () => {
    const refusal = { code: 'request-invalid', message: 'The trace has changed.', hint: 'Edit again.' };
    const opened = await edit({
      handlers: {
        'segment-edit': () => {
          throw refusal;
        },
      },
    });
    type(opened, 'Precious');
    press(opened, 'Enter', true);
    await vi.waitFor(() => expect(opened.text('.cs-banner')).toContain('The trace has changed. Edit again.'));
    await vi.waitFor(() => expect(field(opened).value).toBe('Precious'));
  });

  it('a draft survives the page', async () => {
    const opened = await edit();
    type(opened, 'Half a thou');
    const state = opened.host.transport.readState();
    opened.editor.remove();
    const again = await start({}, state);
    await vi.waitFor(() => expect(field(again).value).toBe('Half a thou'));
  });

  it('what is typed follows its trace when the file is read anew', async () => {
    const opened = await edit();
    type(opened, 'Half a thou');
    opened.host.change({ reading: 1 });
    await vi.waitFor(() => expect(opened.editor.model.document?.reading).toBe(1));
    const { revision = 0 } = opened.editor.model.document ?? {};
    opened.host.emit('moved', { from: 0, index: 2, revision });
    await shows(opened, 2);
    await vi.waitFor(() => expect(field(opened).value).toBe('Half a thou'));
    press(opened, 'Enter', true);
    await vi.waitFor(() => expect(opened.host.completions.get(2)).toContain('Half a thou'));
    expect(opened.host.completions.has(0)).toBe(false);
  });

  it('a text goes where it was opened when the trace was read anew and is the same', async () => {
    const opened = await edit();
    const { revision } = opened.editor.model.place.trace ?? { revision: -1 };
    opened.host.change({ reading: 1 });
    await vi.waitFor(() => expect(opened.editor.model.place.trace?.revision).toBeGreaterThan(revision));
    type(opened, 'Still about it');
    press(opened, 'Enter', true);
    await vi.waitFor(() => expect(opened.host.completions.get(0)).toContain('Still about it'));
  });

  it('a text goes where it was opened also before the page has heard that the file was read anew', async () => {
    let refused = 0;
    const opened = await edit({
      handlers: {
        'segment-edit': ({ index, revision, text }) => {
          if (revision === opened.editor.model.place.trace?.revision) {
            refused += 1;
            opened.host.later();
            throw { code: 'request-invalid', message: 'The trace has changed.', hint: 'Edit again.' };
          }
          opened.host.completions.set(index, text);
          return opened.host.trace(index);
        },
      },
    });
    type(opened, 'In time');
    press(opened, 'Escape');
    await vi.waitFor(() => expect(opened.host.completions.get(0)).toBe('In time'));
    expect(refused).toBe(1);
  });

  it('a text is not written over another that came meanwhile', async () => {
    const opened = await edit();
    const { revision } = opened.editor.model.place.trace ?? { revision: -1 };
    type(opened, 'About the old one');
    opened.host.completions.set(0, '<think>Theirs.</think> \\boxed{1}');
    opened.host.change({ reading: 1 });
    await vi.waitFor(() => expect(opened.editor.model.place.trace?.revision).toBeGreaterThan(revision));
    press(opened, 'Enter', true);
    await vi.waitFor(() => expect(opened.text('.cs-banner')).toContain('The trace has changed.'));
    expect(opened.calls('segment-edit')).toMatchObject([{ index: 0, revision }]);
    expect(opened.host.completions.get(0)).toContain('Theirs.');
    await vi.waitFor(() => expect(field(opened).value).toBe('About the old one'));
  });

  it('letters, select all, undo and redo stay in the field: the workbench listens on the window', async () => {
    const opened = await edit();
    const heard = await reachingWindow(() => {
      for (const key of ['a', 'z', 'y', 'b']) press(opened, key, true);
      for (const key of ['x', ' ', 'F2']) press(opened, key);
    });
    expect(heard).toEqual(['b', 'F2']);
  });

  it('decisions do not fire while a text is open', async () => {
    const opened = await edit();
    await opened.command('drop');
    expect(opened.calls('decision-set')).toEqual([]);
  });

  it('the ground truth is edited as one value', async () => {
    const opened = await start();
    await shows(opened, 0);
    opened.find('cs-trace .truth .cs-icon-button').click();
    await vi.waitFor(() => field(opened));
    type(opened, '8');
    press(opened, 'Enter', true);
    await vi.waitFor(() =>
      expect(opened.calls('value-edit')).toEqual([
        { index: 0, revision: 1, target: { kind: 'ground-truth' }, text: '8' },
      ]),
    );
    await vi.waitFor(() => expect(opened.text('cs-trace .truth')).toContain('8'));
  });

  const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

  it.each([0, 7])('E opens the trace that is on its way, trace %i', async (to) => {
    const { opened, arrive } = await findingItsPlace(0, to);
    await opened.command('edit');
    await pause();
    expect(opened.editor.querySelector('cs-text-editor')).toBeNull();
    arrive();
    await shows(opened, to);
    await vi.waitFor(() => expect(field(opened)).toBe(document.activeElement));
    await pause();
    expect(field(opened)).toBe(document.activeElement);
  });

  it('a text opened by the mouse stays, whatever is on its way', async () => {
    const { opened, arrive } = await findingItsPlace(0, 7);
    opened
      .find('cs-segment')
      .dispatchEvent(new CustomEvent('cs-edit', { bubbles: true, detail: { index: 0 } }));
    await vi.waitFor(() => expect(field(opened)).toBe(document.activeElement));
    arrive();
    await pause();
    expect(opened.editor.model.place.index).toBe(0);
    expect(field(opened)).toBe(document.activeElement);
    press(opened, 'Escape');
    await shows(opened, 7);
  });

  it('a list that becomes another one leaves an open text alone, and goes on when it is closed', async () => {
    const opened = await edit({ filter: (_, index) => index >= 7 });
    const typed = field(opened);
    void opened.editor.model.setFilter('words');
    await vi.waitFor(() => expect(opened.text('.count')).toBe('13 of 20'));
    await pause();
    expect(document.activeElement).toBe(typed);
    await userEvent.keyboard(' axf');
    expect(opened.calls('decision-set')).toEqual([]);
    press(opened, 'Escape');
    await shows(opened, 7);
    expect(opened.host.completions.get(0)).toContain(' axf');
    expect(opened.editor.model.place.position).toBe(0);
  });
});

import { html, type TemplateResult } from 'lit';
import { iconButton, key } from '../elements/controls.ts';
import './help-dialog.css';

const groups: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Decide',
    keys: [
      ['A', 'Keep'],
      ['X', 'Drop'],
      ['F', 'Flag'],
      ['Space', 'Skip'],
      ['U', 'Undo the last decision'],
    ],
  },
  {
    title: 'Move',
    keys: [
      ['J', 'Next trace'],
      ['K', 'Previous trace'],
      [']', 'Next segment'],
      ['[', 'Previous segment'],
      ['/', 'Filter'],
    ],
  },
  {
    title: 'Read and edit',
    keys: [
      ['E', 'Edit the segment'],
      ['Ctrl+Enter', 'Save and go on'],
      ['Esc', 'Leave the text'],
      ['I', 'Zoom the image'],
      ['P', 'Show the source'],
      ['?', 'This list'],
    ],
  },
];

/** Every key of the surface; they are VS Code key bindings, so they can be changed there. */
export const helpDialog = (close: () => void): TemplateResult => html`<dialog
  class="help"
  aria-label="Keyboard shortcuts"
  @close=${close}
>
  <header><h2>Keyboard shortcuts</h2>${iconButton('close', 'Close', (event) => {
    (event.currentTarget as Element).closest('dialog')?.close();
  })}</header>
  <div class="groups">
    ${groups.map(
      (group) => html`<section>
        <h3>${group.title}</h3>
        <dl>${group.keys.map(([name, what]) => html`<dt>${key(name)}</dt><dd>${what}</dd>`)}</dl>
      </section>`,
    )}
  </div>
</dialog>`;

import { html, type TemplateResult } from 'lit';
import { iconButton, key } from '../elements/controls.ts';

const groups: readonly { title: string; keys: readonly (readonly [string, string])[] }[] = [
  {
    title: 'Rollouts',
    keys: [
      ['N', 'Next step'],
      ['Shift+N', 'Previous step'],
      ['J', 'Next group'],
      ['K', 'Previous group'],
      ['→', 'Next rollout'],
      ['←', 'Previous rollout'],
      ['/', 'Search'],
    ],
  },
  {
    title: 'One rollout',
    keys: [
      ['P', 'Promote to a dataset'],
      ['D', 'Compare two rollouts'],
      ['O', 'Open the source trace'],
    ],
  },
  {
    title: 'Charts',
    keys: [
      ['Click', 'Rollouts of that step'],
      ['Drag', 'Zoom all charts'],
      ['Double click', 'Show all steps'],
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

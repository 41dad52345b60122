import { html, type TemplateResult } from 'lit';
import { iconButton, key } from './controls.ts';
import './help-dialog.css';

/** Keys that belong together, each with what it does. */
export interface KeyGroup {
  readonly title: string;
  readonly keys: readonly (readonly [string, string])[];
}

/** Every key of a surface; they are VS Code key bindings, so they can be changed there. */
export const helpDialog = (groups: readonly KeyGroup[], close: () => void): TemplateResult => html`<dialog
  class="cs-help"
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

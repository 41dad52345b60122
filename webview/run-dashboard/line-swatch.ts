import { html, type TemplateResult } from 'lit';
import { lookDashes } from './compare-looks.ts';

/** A stretch of a compared run's line, in its colour and dash. */
export const lineSwatch = (look: number): TemplateResult => html`<svg
  class="swatch look-${look}"
  width="24"
  height="8"
  viewBox="0 0 24 8"
  aria-hidden="true"
><line x1="0" y1="4" x2="24" y2="4" stroke-dasharray=${(lookDashes[look] ?? []).join(' ') || 'none'}></line></svg>`;

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { TraceView } from '../../src/protocol/trace-views.ts';
import { button, chip, iconButton } from '../elements/controls.ts';
import { LightElement } from '../elements/light-element.ts';
import { isBlankSegment } from '../elements/segment-view.ts';
import { emptyState } from '../elements/states.ts';
import { visibleText } from '../elements/visible-text.ts';
import type { ImageStore } from '../host/image-store.ts';
import { type EditTarget, targetName } from './edit-target.ts';
import { imageKey } from './look-ahead.ts';
import '../elements/image-view.ts';
import '../elements/rich-text.ts';
import '../elements/segment-view.ts';
import '../elements/text-editor.ts';
import './trace-pane.css';

type Turn = TraceView['turns'][number];

const roleWords = {
  system: 'System',
  user: 'Prompt',
  assistant: 'Earlier completion',
  tool: 'Tool',
} as const;

/** The fold names of a trace's segments: `kind#n`, n counting that kind from 0. */
export function foldNames(trace: TraceView): string[] {
  const seen = new Map<string, number>();
  return (trace.completion?.segments ?? []).map(({ kind }) => {
    const count = seen.get(kind) ?? 0;
    seen.set(kind, count + 1);
    return `${kind}#${count}`;
  });
}

/**
 * One trace, whole: images, prompt, segments, ground truth. Sends `cs-target {target}` to begin an edit,
 * `cs-raw` to open the row's text, and what its segments, images and texts send.
 */
@customElement('cs-trace')
export class TracePane extends LightElement {
  @property({ attribute: false }) trace: TraceView | null = null;
  @property({ attribute: false }) store: ImageStore | null = null;
  @property({ type: Boolean }) source = false;
  @property({ type: Number }) segment = -1;
  @property({ attribute: false }) editing: EditTarget | null = null;
  @property({ attribute: false }) draft: string | null = null;
  @property({ attribute: false }) folds: readonly string[] = [];

  protected override updated(changed: Map<PropertyKey, unknown>): void {
    if (changed.has('segment'))
      this.querySelector('cs-segment[current]')?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): TemplateResult | typeof nothing {
    const trace = this.trace;
    if (!trace) return nothing;
    if (trace.status === 'blank') return emptyState(`Line ${trace.line} is blank.`);
    if (trace.status === 'broken') return this.#broken(trace);
    return html`<article aria-label=${`Trace on line ${trace.line}`}>
      ${trace.images.length > 0 ? this.#images(trace) : nothing}
      ${trace.turns.map((turn, at) => this.#turn(turn, at, trace))}
      ${this.#completion(trace)}
      ${this.#groundTruth(trace)}
    </article>`;
  }

  #broken(trace: TraceView): TemplateResult {
    const message = trace.problems[0]?.message ?? 'This line is not valid JSON.';
    return html`<article>
      <h3>Line ${trace.line} cannot be read</h3>
      <p class="problem">${message}</p>
      <p class="cs-muted">It stays in the file as it is. Other rows are not affected.</p>
      <pre class="raw">${visibleText(trace.raw.text)}</pre>
      ${trace.raw.truncated ? html`<p class="cs-muted">The first 64 KiB are shown.</p>` : nothing}
      ${button('Open raw line', () => this.send('cs-raw', {}), { look: 'secondary' })}
    </article>`;
  }

  #images(trace: TraceView): TemplateResult {
    const many = trace.images.length > 1;
    return html`<div class="images">
      ${trace.images.map(
        (image, at) => html`<cs-image
          .image=${image}
          .store=${this.store}
          .imageKey=${imageKey(this.store, trace.index, at)}
          .index=${at}
          .maxHeight=${many ? 220 : 340}
        ></cs-image>`,
      )}
    </div>`;
  }

  #turn(turn: Turn, at: number, trace: TraceView): TemplateResult {
    const hasText = turn.parts.some((part) => part.kind === 'text' && part.text.trim() !== '');
    const numbered = trace.images.length > 1;
    const editable = turn.parts.findIndex((part) => part.kind === 'text' && part.editable);
    const body = turn.parts.map((part, place) => {
      if (part.kind === 'image' && this.source) return html`<code class="cs-muted">&lt;image&gt;</code>`;
      if (part.kind === 'image') {
        if (part.image === null) return chip('no image for this placeholder', { icon: 'warning' });
        return numbered ? chip(`image ${part.image + 1}`, { icon: 'file-media' }) : nothing;
      }
      const target: EditTarget = { kind: 'prompt', turn: at, part: place };
      if (this.#isEditing(target)) return this.#editor(part.text, 'Prompt');
      if (part.text.trim() === '') return nothing;
      return html`<cs-rich-text .text=${part.text} .source=${this.source}></cs-rich-text>${
        part.truncated ? html`<p class="cs-muted">Cut at 256 KiB.</p>` : nothing
      }`;
    });
    if (!hasText && !numbered && turn.parts.every((part) => part.kind === 'image' && part.image !== null)) {
      return html``;
    }
    return html`<section class="turn ${turn.role}">
      <header>
        <h3>${roleWords[turn.role]}</h3>
        ${
          editable >= 0
            ? iconButton('edit', 'Edit prompt', () =>
                this.#edit({ kind: 'prompt', turn: at, part: editable }),
              )
            : nothing
        }
      </header>
      ${body}
    </section>`;
  }

  #completion(trace: TraceView): TemplateResult {
    const completion = trace.completion;
    if (!completion) {
      return html`<section><header><h3>Completion</h3></header><p class="cs-muted">None in this row.</p></section>`;
    }
    if (completion.text === '') {
      return html`<section><header><h3>Completion</h3></header><p class="cs-muted">Empty text.</p></section>`;
    }
    const names = foldNames(trace);
    const editable = completion.editable && !completion.truncated;
    return html`<div class="segments">
      ${completion.segments.map((segment, at) =>
        isBlankSegment(completion.text, segment)
          ? nothing
          : html`<cs-segment
              .text=${completion.text}
              .segment=${segment}
              .index=${at}
              .source=${this.source}
              .folded=${this.folds.includes(names[at] ?? '')}
              .editable=${editable}
              .editing=${this.#isEditing({ kind: 'segment', segment: at })}
              .current=${at === this.segment}
              .draft=${this.draft}
              .reflections=${completion.reflections}
            ></cs-segment>`,
      )}
      ${completion.truncated ? html`<p class="cs-muted">Cut at 256 KiB; open the raw row for the rest.</p>` : nothing}
    </div>`;
  }

  #groundTruth(trace: TraceView): TemplateResult | typeof nothing {
    const truth = trace.groundTruth;
    if (!truth) return nothing;
    return html`<section class="truth">
      <header>
        <h3>Ground truth</h3>
        ${
          truth.editable
            ? iconButton('edit', 'Edit ground truth', () => this.#edit({ kind: 'ground-truth' }))
            : nothing
        }
      </header>
      ${
        this.#isEditing({ kind: 'ground-truth' })
          ? this.#editor(truth.text, 'Ground truth')
          : html`<cs-rich-text .text=${truth.text} .source=${this.source}></cs-rich-text>`
      }
    </section>`;
  }

  #editor(value: string, label: string): TemplateResult {
    return html`<cs-text-editor .value=${value} .draft=${this.draft} .label=${label}></cs-text-editor>`;
  }

  #edit(target: EditTarget): void {
    this.send('cs-target', { target });
  }

  #isEditing(target: EditTarget): boolean {
    return this.editing !== null && targetName(this.editing) === targetName(target);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-trace': TracePane;
  }
}

import { html, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ReplyOf } from '../../src/protocol/rpc.ts';
import type { traceEditorContract } from '../../src/protocol/trace-editor.ts';
import type { TraceView } from '../../src/protocol/trace-views.ts';
import {
  button,
  decisionChoices,
  decisionIcons,
  icon,
  type VerdictState,
  verdictBadge,
} from '../elements/controls.ts';
import { formatCount, formatMetric } from '../elements/format.ts';
import { LightElement } from '../elements/light-element.ts';
import { ruleWords } from '../elements/rule-words.ts';
import { visibleText } from '../elements/visible-text.ts';
import './details-pane.css';

export type SecondGrade = ReplyOf<typeof traceEditorContract, 'second-grade'>;
export type RolloutLink = ReplyOf<typeof traceEditorContract, 'rollouts-read'>[number];

/** What was asked of the host for the trace shown. */
export type Asked<T> =
  | { readonly kind: 'idle' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly message: string; readonly hint: string };

const asState = (text: string): VerdictState =>
  text === 'correct' || text === 'incorrect' || text === 'unparsed' ? text : 'none';

type RolloutGroup = readonly [RolloutLink, ...RolloutLink[]];

/** Links by run, step and group, in their order. */
function rolloutGroups(links: readonly RolloutLink[]): RolloutGroup[] {
  const groups = new Map<string, [RolloutLink, ...RolloutLink[]]>();
  for (const link of links) {
    const key = `${link.run}/${link.step}/${link.group}`;
    const group = groups.get(key);
    if (group) group.push(link);
    else groups.set(key, [link]);
  }
  return [...groups.values()];
}

/** `3/8 correct` of what has a verdict, else the mean reward. */
function groupVerdict(group: RolloutGroup): TemplateResult {
  const graded = group.filter(({ verdict }) => verdict !== 'none');
  const correct = graded.filter(({ verdict }) => verdict === 'correct').length;
  const rewards = group.flatMap(({ reward }) => (reward === null ? [] : [reward]));
  const mean = rewards.length > 0 ? rewards.reduce((sum, one) => sum + one, 0) / rewards.length : null;
  return html`<span class="reward cs-number" title="Mean reward ${formatMetric(mean)}">${
    graded.length > 0 ? `${correct}/${graded.length} correct` : `reward ${formatMetric(mean)}`
  }</span>`;
}

const fact = (name: string, value: unknown, title?: string): TemplateResult => html`<dt>${name}</dt>
  <dd title=${title ?? nothing}>${value}</dd>`;

/** The rollout that a promoted trace was, with a way there. */
const promotedFrom = (
  origin: NonNullable<TraceView['origin']>,
  open: () => void,
): TemplateResult => html`${fact(
  'promoted from',
  button(origin.name, open, { look: 'link', title: `Open the rollout in ${origin.name}` }),
)}
  ${fact('at', `step ${formatCount(origin.step)}, rollout ${origin.index + 1}`, `${origin.step}/${origin.group}/${origin.index}`)}
  ${fact('reward', html`<span class="cs-number">${formatMetric(origin.reward)}</span>`)}
  ${fact('model', visibleText(origin.model), origin.model)}`;

/**
 * What is known about the trace beside its text. Sends `cs-decide {decision}`, `cs-second-grade`,
 * `cs-rollout {link}` and `cs-raw`.
 */
@customElement('cs-details')
export class DetailsPane extends LightElement {
  @property({ attribute: false }) trace: TraceView | null = null;
  @property({ attribute: false }) rollouts: Asked<readonly RolloutLink[]> = { kind: 'idle' };
  @property({ attribute: false }) second: Asked<SecondGrade> = { kind: 'idle' };
  @property({ type: Boolean }) trusted = false;

  protected override render(): TemplateResult | typeof nothing {
    const trace = this.trace;
    if (!trace) return nothing;
    if (trace.status !== 'ok') return html`${this.#problems(trace)}${this.#origin(trace)}`;
    return html`${this.#decision(trace)}${this.#verdict(trace)}${this.#problems(trace)}${this.#signals(trace)}
    ${this.#rollouts()}${this.#origin(trace)}${this.#raw(trace)}`;
  }

  #decision(trace: TraceView): TemplateResult {
    return html`<section class="decision" role="group" aria-label="Decision">
      ${decisionChoices.map(
        ({ decision, label, key: letter }) => html`<button
          type="button"
          class="decide ${decision}"
          aria-pressed=${trace.decision === decision}
          @click=${() => this.send('cs-decide', { decision: trace.decision === decision ? null : decision })}
        >${icon(decisionIcons[decision])}<span>${label}</span><span class="letter">${letter}</span></button>`,
      )}
    </section>`;
  }

  #verdict(trace: TraceView): TemplateResult {
    const verdict = trace.verdict;
    if (!verdict) {
      const why =
        trace.completion === null
          ? 'No completion.'
          : trace.groundTruth === null
            ? 'No ground truth.'
            : 'Not graded: the ground truth is the completion’s own answer.';
      return html`<section><h3>Verdict</h3><p class="cs-muted">${why}</p></section>`;
    }
    return html`<section>
      <h3>Verdict</h3>
      <dl>
        ${fact('verdict', verdictBadge(verdict.state, verdict.state))}
        ${fact('read', verdict.extracted === null ? html`<span class="cs-muted">nothing</span>` : visibleText(verdict.extracted), verdict.extracted ?? '')}
        ${fact('truth', visibleText(verdict.groundTruth), verdict.groundTruth)}
        ${fact('rule', ruleWords(verdict.rule), verdict.rule)}
        ${this.#secondFacts()}
      </dl>
      ${this.#second()}
    </section>`;
  }

  #second(): TemplateResult | typeof nothing {
    switch (this.second.kind) {
      case 'idle':
        return this.trusted
          ? button('Ask second grader', () => this.send('cs-second-grade', {}), {
              look: 'link',
              title: 'Grade with mathruler and Math-Verify in the trainer environment',
            })
          : html`<p class="cs-muted">The second grader needs a trusted workspace.</p>`;
      case 'waiting':
        return html`<p class="cs-muted">Grading…</p>`;
      case 'failed':
        return html`<p class="problem">${this.second.message}</p><p class="cs-muted">${this.second.hint}</p>`;
      case 'done':
        return this.second.value.agree
          ? nothing
          : html`<p class="disagree">${icon('warning')}The graders disagree: read this one.</p>`;
    }
  }

  #secondFacts(): TemplateResult | typeof nothing {
    if (this.second.kind !== 'done') return nothing;
    const { mathruler, mathVerify } = this.second.value;
    const line = ({ state, extracted }: SecondGrade['mathruler']) =>
      html`${verdictBadge(asState(state), extracted === null ? state : undefined)} ${extracted === null ? nothing : visibleText(extracted)}`;
    return html`${fact('mathruler', line(mathruler), mathruler.state)}${fact('Math-Verify', line(mathVerify), mathVerify.state)}`;
  }

  #problems(trace: TraceView): TemplateResult | typeof nothing {
    if (trace.problems.length === 0) return nothing;
    return html`<section>
      <h3>Problems</h3>
      <ul class="problems">
        ${trace.problems.map(
          (problem) =>
            html`<li class=${problem.severity}>${icon(problem.severity)}<span>${visibleText(problem.message)}</span></li>`,
        )}
      </ul>
    </section>`;
  }

  #signals(trace: TraceView): TemplateResult {
    const completion = trace.completion;
    const tokens = trace.images.reduce((sum, image) => sum + (image.tokens ?? 0), 0);
    return html`<section>
      <h3>Signals</h3>
      <dl>
        ${completion ? html`${fact('words', formatCount(completion.words))}${fact('characters', formatCount(completion.length))}` : nothing}
        ${completion ? fact('reflection words', formatCount(completion.reflections.length)) : nothing}
        ${fact('images', formatCount(trace.images.length))}
        ${tokens > 0 ? fact('image tokens', `~${formatCount(tokens)}`, 'Estimated on a 28 pixel grid after smart resize') : nothing}
      </dl>
    </section>`;
  }

  #rollouts(): TemplateResult | typeof nothing {
    if (this.rollouts.kind !== 'done' || this.rollouts.value.length === 0) return nothing;
    return html`<section>
      <h3>Rollouts</h3>
      <ul class="rollouts">
        ${rolloutGroups(this.rollouts.value).map(
          ([link, ...others]) => html`<li>
            <button type="button" title=${link.preview} @click=${() => this.send('cs-rollout', { link })}>
              <span class="name">${link.name} <span class="cs-muted cs-number">step ${formatCount(link.step)}</span></span>
              ${groupVerdict([link, ...others])}
            </button>
          </li>`,
        )}
      </ul>
    </section>`;
  }

  #origin(trace: TraceView): TemplateResult {
    return html`<section>
      <h3>Origin</h3>
      <dl>
        ${fact('line', formatCount(trace.line))}
        ${trace.id ? fact('id', visibleText(trace.id), trace.id) : nothing}
        ${trace.shape ? fact('shape', trace.shape) : nothing}
        ${trace.origin ? promotedFrom(trace.origin, () => this.send('cs-rollout', { link: trace.origin })) : nothing}
        ${Object.entries(trace.meta).map(([name, value]) =>
          fact(
            name,
            value === null ? html`<span class="cs-muted">null</span>` : visibleText(String(value)),
            String(value),
          ),
        )}
      </dl>
    </section>`;
  }

  #raw(trace: TraceView): TemplateResult {
    return html`<section>
      <details>
        <summary><h3>Raw JSON</h3></summary>
        <pre class="raw">${visibleText(trace.raw.text)}</pre>
        ${trace.raw.truncated ? html`<p class="cs-muted">The first 64 KiB are shown.</p>` : nothing}
      </details>
      ${button('Open raw line', () => this.send('cs-raw', {}), { look: 'link' })}
    </section>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'cs-details': DetailsPane;
  }
}

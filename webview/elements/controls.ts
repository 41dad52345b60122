import { html, nothing, type TemplateResult } from 'lit';
import './controls.css';

/** A codicon; decoration only, so name what holds it. */
export const icon = (name: string): TemplateResult =>
  html`<span class="codicon codicon-${name}" aria-hidden="true"></span>`;

export interface ButtonOptions {
  readonly look?: 'primary' | 'secondary' | 'link';
  readonly icon?: string;
  readonly title?: string;
  readonly disabled?: boolean;
}

export const button = (
  label: string,
  act: () => void,
  options: ButtonOptions = {},
): TemplateResult => html`<button
  type="button"
  class="cs-button ${options.look ?? 'primary'}"
  title=${options.title ?? nothing}
  ?disabled=${options.disabled ?? false}
  @click=${act}
>${options.icon ? icon(options.icon) : nothing}${label}</button>`;

export interface IconButtonOptions {
  /** A toggle's state; leave out for a plain action. */
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  /** The key that does the same, shown in the tooltip. */
  readonly key?: string;
}

/** A 22 px toolbar button; `label` is its name and tooltip. */
export const iconButton = (
  name: string,
  label: string,
  act: (event: MouseEvent) => void,
  options: IconButtonOptions = {},
): TemplateResult => html`<button
  type="button"
  class="cs-icon-button"
  title=${options.key ? `${label} (${options.key})` : label}
  aria-label=${label}
  aria-pressed=${options.pressed === undefined ? nothing : String(options.pressed)}
  ?disabled=${options.disabled ?? false}
  @click=${act}
>${icon(name)}</button>`;

export interface ChipOptions {
  readonly icon?: string;
  readonly title?: string;
  readonly look?: 'badge' | 'quiet';
}

/** A small label for a fact such as a missing image or a problem. */
export const chip = (label: string, options: ChipOptions = {}): TemplateResult =>
  html`<span class="cs-chip ${options.look ?? 'quiet'}" title=${options.title ?? label}>${
    options.icon ? icon(options.icon) : nothing
  }<span>${label}</span></span>`;

export const key = (label: string): TemplateResult => html`<kbd class="cs-key">${label}</kbd>`;

export type VerdictState = 'correct' | 'incorrect' | 'unparsed' | 'none';

const verdictIcons: Readonly<Record<VerdictState, string>> = {
  correct: 'check',
  incorrect: 'close',
  unparsed: 'dash',
  none: 'blank',
};

/** A verdict by colour and shape; with `text` its word or a count stands beside it. */
export const verdictBadge = (state: VerdictState, text?: string): TemplateResult | typeof nothing =>
  state === 'none' && text === undefined
    ? nothing
    : html`<span class="cs-verdict ${state}" title=${text === state ? nothing : state}>${icon(verdictIcons[state])}${
        text === undefined
          ? html`<span class="cs-visually-hidden">${state}</span>`
          : html`<span class="cs-number">${text}</span>`
      }</span>`;

export type DecisionState = 'keep' | 'drop' | 'flag';

export const decisionIcons: Readonly<Record<DecisionState, string>> = {
  keep: 'bookmark',
  drop: 'trash',
  flag: 'flag',
};

export const decisionWords: Readonly<Record<DecisionState, string>> = {
  keep: 'kept',
  drop: 'dropped',
  flag: 'flagged',
};

/** What can be decided on a trace: the words of its button, and the key that VS Code binds unless it is bound anew. */
export const decisionChoices: readonly { decision: DecisionState; label: string; key: string }[] = [
  { decision: 'keep', label: 'Keep', key: 'A' },
  { decision: 'drop', label: 'Drop', key: 'X' },
  { decision: 'flag', label: 'Flag', key: 'F' },
];

/** A person's decision on a trace; shapes differ from verdicts so the two are never mistaken. */
export const decisionBadge = (decision: DecisionState, text?: string): TemplateResult =>
  html`<span class="cs-decision ${decision}" title=${decisionWords[decision]}>${icon(decisionIcons[decision])}${
    text === undefined
      ? html`<span class="cs-visually-hidden">${decisionWords[decision]}</span>`
      : html`<span class="cs-number">${text}</span>`
  }</span>`;

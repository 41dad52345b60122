import type { FilterRow } from '../../core/dataset/filter-evaluate.ts';
import type { VerdictName } from '../../core/dataset/row-codes.ts';
import { isObject } from '../../core/trace/lenses/draft.ts';
import { fieldAt } from '../../core/trace/lenses/mapped.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import { type Decision, promptText, type Trace } from '../../core/trace/trace.ts';
import { isFault, problemsOf, type RowReader, type ViewedRow } from './row-view.ts';

export interface FilterRowSource {
  readonly index: number;
  readonly line: number;
  readonly decision: Decision | null;
  readonly edited: boolean;
  /** The verdict when it is known, null when the row has to be graded for it. */
  readonly verdict: VerdictName | null;
  readonly reader: RowReader;
  /** Codes of images that cannot be used, looked at only when the filter asks for problems; left out when it does not. */
  readonly imageCodes?: (trace: Trace) => readonly string[];
  /** Called at most once, and only when the filter looks at the row's content. */
  view(): ViewedRow;
}

/** A row as filters see it: read and graded only as far as the filter asks. A broken row has nothing but problems. */
export class LazyFilterRow implements FilterRow {
  readonly index: number;
  readonly line: number;
  readonly decision: Decision | null;
  readonly edited: boolean;
  #row: ViewedRow | null = null;
  #segments: readonly { readonly kind: string; readonly text: string }[] | null = null;

  constructor(private readonly source: FilterRowSource) {
    this.index = source.index;
    this.line = source.line;
    this.decision = source.decision;
    this.edited = source.edited;
  }

  get #view(): ViewedRow {
    this.#row ??= this.source.view();
    return this.#row;
  }

  get #trace(): Trace | null {
    const row = this.#view;
    return row.status === 'ok' ? row.trace : null;
  }

  get isBlank(): boolean {
    return this.#view.status === 'blank';
  }

  get id(): string | null {
    return this.#trace?.id ?? null;
  }

  get prompt(): string {
    return this.#trace ? promptText(this.#trace) : '';
  }

  get completion(): string | null {
    return this.#trace?.completion?.text ?? null;
  }

  get groundTruth(): string | null {
    return this.#trace?.groundTruth?.text ?? null;
  }

  get imageCount(): number {
    return this.#trace?.images.length ?? 0;
  }

  get problems(): readonly string[] {
    return [...problemsOf(this.#view).map(({ code }) => code), ...this.#imageCodes()];
  }

  get hasFault(): boolean {
    return problemsOf(this.#view).some(isFault) || this.#imageCodes().length > 0;
  }

  #imageCodes(): readonly string[] {
    return (this.#trace && this.source.imageCodes?.(this.#trace)) ?? [];
  }

  segments(): readonly { readonly kind: string; readonly text: string }[] {
    const text = this.completion ?? '';
    this.#segments ??= parseSegments(text).map(({ kind, contentStart, contentEnd }) => ({
      kind,
      text: text.slice(contentStart, contentEnd),
    }));
    return this.#segments;
  }

  verdict(): VerdictName {
    if (this.source.verdict !== null) return this.source.verdict;
    const trace = this.#trace;
    return trace ? (this.source.reader.verdict(trace)?.state ?? 'none') : 'none';
  }

  field(path: string): unknown {
    const row = this.#view;
    return row.status === 'ok' && isObject(row.json) ? fieldAt(row.json, path).value : undefined;
  }
}

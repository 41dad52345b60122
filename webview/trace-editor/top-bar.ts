import { html, nothing, type TemplateResult } from 'lit';
import { termTest } from '../../src/core/dataset/filter-terms.ts';
import { many } from '../../src/core/text/plural.ts';
import type { DocumentView } from '../../src/protocol/trace-editor.ts';
import { decisionBadge, decisionWords, icon, iconButton, verdictBadge } from '../elements/controls.ts';
import type { Offer } from '../elements/filter-box.ts';
import { formatCount } from '../elements/format.ts';
import type { MenuItem } from '../elements/menu.ts';
import { thinProgress } from '../elements/states.ts';
import { columnWord, type Sort } from './list-order.ts';
import type { ViewState } from './view-state.ts';
import '../elements/filter-box.ts';
import '../elements/menu.ts';

export interface TopBar {
  readonly document: DocumentView;
  readonly view: ViewState['view'];
  readonly complete: (text: string, caret: number, signal: AbortSignal) => Promise<Offer[]>;
  readonly menu: readonly (MenuItem | 'separator')[];
  toggleTerm(term: string): void;
  readonly withFacets: boolean;
  toggleFacets(): void;
  setView(view: ViewState['view']): void;
  setSort(sort: Sort | null): void;
}

const views = [
  { view: 'focus', icon: 'preview', label: 'Focus view' },
  { view: 'grid', icon: 'extensions', label: 'Grid view' },
  { view: 'table', icon: 'table', label: 'Table view' },
] as const;

/** Tallies do not follow the filter: they are what it can choose from. */
const wholeFile = ' in the whole file';

/** `449 of 1,000` under a filter, also while its text is wrong and the list before stays; `1,000 traces` without one. */
function countLine(document: DocumentView): string {
  const { filter, rows } = document;
  return filter.text.trim() === '' || (filter.error && !filter.error.applied && filter.matched === rows)
    ? many(rows, 'trace')
    : `${formatCount(filter.matched)} of ${formatCount(rows)}`;
}

function tally(
  bar: TopBar,
  term: string,
  title: string,
  content: TemplateResult | typeof nothing,
): TemplateResult {
  const on = termTest(bar.document.filter.text)(term);
  return html`<button
    type="button"
    class="tally"
    aria-pressed=${on}
    title="${title}: ${on ? 'show all' : 'show only these'}"
    @click=${() => bar.toggleTerm(term)}
  >${content}</button>`;
}

function verdicts(bar: TopBar): TemplateResult | typeof nothing {
  const { verdicts: counts, rows } = bar.document;
  if (counts.correct + counts.incorrect + counts.unparsed === 0) return nothing;
  const so = counts.scanned < rows ? ` of ${formatCount(counts.scanned)} graded so far` : '';
  return html`<div class="tallies" role="group" aria-label="Verdicts">
    ${(['correct', 'incorrect', 'unparsed'] as const).map((state) =>
      tally(
        bar,
        `verdict:${state}`,
        `${formatCount(counts[state])} ${state}${so}${wholeFile}`,
        verdictBadge(state, formatCount(counts[state])),
      ),
    )}
  </div>`;
}

function decisions(bar: TopBar): TemplateResult {
  const counts = bar.document.decisions;
  return html`<div class="tallies" role="group" aria-label="Decisions">
    ${(['keep', 'drop', 'flag'] as const).map((decision) =>
      tally(
        bar,
        `decision:${decision}`,
        `${formatCount(counts[decision])} ${decisionWords[decision]}${wholeFile}`,
        decisionBadge(decision, formatCount(counts[decision])),
      ),
    )}
  </div>`;
}

function progress(document: DocumentView): TemplateResult | typeof nothing {
  const { state, filter, sort, verdicts: graded, rows } = document;
  if (state.kind === 'indexing') {
    return thinProgress(state.totalBytes === 0 ? 0 : state.bytes / state.totalBytes, 'Reading the file');
  }
  if (state.kind === 'failed' || rows === 0) return nothing;
  if (filter.progress.kind === 'filtering') return thinProgress(filter.progress.scanned / rows, 'Filtering');
  if (sort?.progress.kind === 'sorting') {
    const { scanned, of } = sort.progress;
    return thinProgress(of === 0 ? 0 : scanned / of, 'Sorting');
  }
  return graded.scanned < rows && graded.failed === null
    ? thinProgress(graded.scanned / rows, 'Grading')
    : nothing;
}

/** Rows with a problem, remarks left out; images that are missing come in last. */
function problems(bar: TopBar): TemplateResult | typeof nothing {
  const { problems: all, problemRows } = bar.document;
  if (problemRows === 0) return nothing;
  const lines = all.map((problem) => `${formatCount(problem.count)} × ${problem.message}`);
  const title = `${many(problemRows, 'trace')} with problems${wholeFile}\n${lines.join('\n')}\n\nTraces with problems, missing images included`;
  return html`<div class="tallies" role="group" aria-label="Problems">${tally(
    bar,
    'has:problem',
    title,
    html`<span class="file-problems">${icon('warning')}<span class="cs-number">${formatCount(problemRows)}</span></span>`,
  )}</div>`;
}

const sortWords = { sorting: 'sorting by', sorted: 'sorted by', failed: 'could not sort by' };

/** The order of the list where it is not that of the file: a click turns it round, the cross does away with it. */
function order(bar: TopBar): TemplateResult | typeof nothing {
  const { sort } = bar.document;
  if (sort === null) return nothing;
  const { column, descending, progress } = sort;
  const turned = { column, descending: !descending };
  const why =
    progress.kind === 'failed'
      ? progress.message
      : `The order of all views: ${descending ? 'descending' : 'ascending'}. Click to turn it round.`;
  return html`<span class="order" role="group" aria-label="Order">
    <button type="button" class="tally" title=${why} @click=${() => bar.setSort(turned)}
      ><span class="words">${sortWords[progress.kind]}</span> <span class="column">${columnWord(column)}</span
      >${icon(progress.kind === 'failed' ? 'warning' : descending ? 'arrow-down' : 'arrow-up')}</button>
    ${iconButton('close', 'Back to file order', () => bar.setSort(null))}
  </span>`;
}

/** The first thin row: filter, counts, tallies, views, menu. */
export const topBar = (
  bar: TopBar,
): TemplateResult => html`<div class="top-bar" role="toolbar" aria-label="Traces">
  ${iconButton('graph', 'Facets', () => bar.toggleFacets(), { pressed: bar.withFacets })}
  <cs-filter-box
    placeholder="Filter, for example verdict:incorrect"
    .value=${bar.document.filter.text}
    .error=${bar.document.filter.error}
    .complete=${bar.complete}
  ></cs-filter-box>
  <span class="count cs-number" title="Traces that match the filter">${countLine(bar.document)}</span>
  ${order(bar)}
  <span class="gap"></span>
  ${problems(bar)} ${verdicts(bar)} ${decisions(bar)}
  <span class="views" role="group" aria-label="View">
    ${views.map(({ view, icon: name, label }) =>
      iconButton(name, label, () => bar.setView(view), { pressed: bar.view === view }),
    )}
  </span>
  <cs-menu .items=${bar.menu}></cs-menu>
  ${progress(bar.document)}
</div>`;

import { parseSegments } from '../../../src/core/trace/segments.ts';
import { type DocumentView, traceEditorContract } from '../../../src/protocol/trace-editor.ts';
import type { TraceView } from '../../../src/protocol/trace-views.ts';
import { createFakeHost, type FakeHandlers, type FakeHost } from '../fake-host.ts';

type Contract = typeof traceEditorContract;

/** One row of a fake dataset; what is left out is what most rows have. */
export interface FakeRow {
  readonly prompt: string;
  readonly completion: string | null;
  readonly truth?: string;
  readonly read?: string;
  readonly verdict?: 'correct' | 'incorrect' | 'unparsed';
  readonly images?: TraceView['images'];
  readonly problems?: TraceView['problems'];
  readonly broken?: string;
  readonly meta?: TraceView['meta'];
  readonly origin?: TraceView['origin'];
}

export interface FakeDataset extends FakeHost<Contract> {
  readonly decisions: Map<number, 'keep' | 'drop' | 'flag'>;
  /** Completions and ground truths as edited so far. */
  readonly completions: Map<number, string>;
  /** Changes what `document-read` says, and tells the page. */
  change(view: Partial<DocumentView>): void;
  /** Changes the document and tells nobody yet. */
  later(): void;
  trace(index: number): TraceView;
}

export interface FakeOptions {
  readonly rows: number;
  row(index: number): FakeRow;
  readonly document?: Partial<DocumentView>;
  readonly handlers?: Partial<FakeHandlers<Contract>>;
  /** Runs before each `document-read`, to refuse it. */
  before?(): void;
  /** What the trace of a row waits for before it is given. */
  hold?(index: number): Promise<unknown> | undefined;
  /** PNG by row and image. */
  picture?(
    index: number,
    image: number,
  ): { bytes: Uint8Array<ArrayBuffer>; width: number; height: number } | null;
  /** Rows of the filter `text`; any text matches everything when left out. */
  filter?(text: string, index: number): boolean;
}

const reflectionWords = /\b(wait|re-?check|re-?evaluate|double-check|alternatively)\b/gi;

/** A host with a dataset of its own making: pages, filter, edits, decisions with undo. */
export function fakeDataset(options: FakeOptions): FakeDataset {
  const decisions = new Map<number, 'keep' | 'drop' | 'flag'>();
  const completions = new Map<number, string>();
  const truths = new Map<number, string>();
  const undo: { index: number; before: 'keep' | 'drop' | 'flag' | undefined }[] = [];
  let revision = 1;
  let filterText = '';
  let matches: number[] | null = null;
  let extra: Partial<DocumentView> = options.document ?? {};

  let sort: DocumentView['sort'] = null;
  let order: number[] | null = null;
  const words = (index: number) => options.row(index).completion?.split(/\s+/).length ?? 0;

  const matched = () => matches?.length ?? extra.rows ?? options.rows;
  const inFile = (position: number) => matches?.[position] ?? (matches ? -1 : position);
  const indexAt = (position: number) => order?.[position] ?? inFile(position);
  /** Any column sorts by the number of words. */
  const arrange = () => {
    const rows = Array.from({ length: matched() }, (_, position) => inFile(position));
    const sign = sort?.descending ? -1 : 1;
    order = sort ? rows.sort((a, b) => sign * (words(a) - words(b)) || a - b) : null;
  };
  const tally = () => {
    const counts = { keep: 0, drop: 0, flag: 0 };
    for (const decision of decisions.values()) counts[decision] += 1;
    return counts;
  };

  const view = (): DocumentView => ({
    name: 'traces.jsonl',
    revision,
    state: { kind: 'ready' },
    rows: options.rows,
    shape: {
      name: 'cold-start',
      title: 'Cold-start set',
      chosen: false,
      note: '`answer` holds the whole completion.',
      choices: [],
    },
    extraction: 'last \\boxed{}',
    filter: { text: filterText, matched: matched(), progress: { kind: 'filtered' }, error: null },
    sort,
    verdicts: { correct: 612, incorrect: 301, unparsed: 87, none: 0, scanned: options.rows, failed: null },
    problems: [],
    problemRows: 0,
    disk: 'same',
    strays: 0,
    reading: 0,
    trusted: true,
    advanceAfterDecision: true,
    fields: ['verdict', 'decision', 'words'],
    ...extra,
    decisions: tally(),
  });

  const trace = (index: number): TraceView => {
    const row = options.row(index);
    const text = completions.get(index) ?? row.completion;
    const truth = truths.get(index) ?? row.truth;
    return {
      index,
      line: index + 1,
      revision,
      status: row.broken === undefined ? 'ok' : 'broken',
      id: `row-${index}`,
      shape: 'cold-start',
      turns: [
        {
          role: 'user',
          parts: [
            ...(row.images ?? []).map((_, image) => ({ kind: 'image' as const, image })),
            { kind: 'text', text: row.prompt, editable: true, truncated: false },
          ],
        },
      ],
      images: row.images ?? [],
      completion:
        text === null
          ? null
          : {
              text,
              length: text.length,
              editable: true,
              truncated: false,
              segments: parseSegments(text),
              words: text.split(/\s+/).length,
              reflections: [...text.matchAll(reflectionWords)].map((match) => [
                match.index,
                match.index + match[0].length,
              ]),
            },
      groundTruth: truth === undefined ? null : { text: truth, editable: true },
      verdict:
        row.verdict === undefined
          ? null
          : {
              state: row.verdict,
              extracted: row.read ?? null,
              range: null,
              groundTruth: truth ?? '',
              rule: 'string, then number',
            },
      decision: decisions.get(index) ?? null,
      problems: [...(row.problems ?? [])],
      meta: row.meta ?? { source: 'fake' },
      origin: row.origin ?? null,
      edited: completions.has(index),
      raw: { text: row.broken ?? JSON.stringify({ problem: row.prompt, answer: text }), truncated: false },
    };
  };

  const handlers: FakeHandlers<Contract> = {
    'document-read': () => {
      options.before?.();
      return view();
    },
    'rows-read': ({ position, count, columns }) => ({
      revision,
      matched: matched(),
      position,
      rows: Array.from({ length: Math.max(0, Math.min(count, matched() - position)) }, (_, offset) => {
        const index = indexAt(position + offset);
        const row = options.row(index);
        return {
          index,
          line: index + 1,
          status: row.broken === undefined ? ('ok' as const) : ('broken' as const),
          preview: row.broken === undefined ? row.prompt.slice(0, 120) : (row.problems?.[0]?.message ?? ''),
          images: row.broken === undefined ? (row.images?.length ?? 0) : 0,
          verdict: row.broken === undefined ? (row.verdict ?? 'none') : 'none',
          decision: decisions.get(index) ?? null,
          edited: completions.has(index),
          problems:
            (row.problems?.length ?? 0) +
            (row.images ?? []).filter(({ status }) => status !== 'ready').length,
          imageFaults: (row.images ?? []).flatMap(({ status, message }, image) =>
            status === 'ready' ? [] : [{ image, status, message }],
          ),
          groundTruth: truths.get(index) ?? row.truth ?? null,
          words: row.completion?.split(/\s+/).length ?? null,
          cells: columns.map((name) => row.meta?.[name.replace(/^field\((.*)\)$/, '$1')] ?? null),
        };
      }),
    }),
    'position-read': ({ index }) => {
      if (matched() === 0) return { position: -1 };
      const at = matches ? matches.findIndex((match) => match >= index) : Math.min(index, matched() - 1);
      const place = at === -1 ? matched() - 1 : at;
      return { position: order ? order.indexOf(inFile(place)) : place };
    },
    'trace-read': async ({ index }) => {
      await options.hold?.(index);
      return trace(index);
    },
    'image-read': ({ index, image }) => {
      const picture = options.picture?.(index, image);
      return picture
        ? { status: 'ready', mime: 'image/png', ...picture }
        : { status: 'refused', message: `Could not read images/${index}.png (file not found).` };
    },
    'segment-edit': ({ index, start, end, text, revision: given }) => {
      if (given !== revision)
        throw { code: 'request-invalid', message: 'The trace has changed.', hint: 'Edit again.' };
      const before = completions.get(index) ?? options.row(index).completion ?? '';
      completions.set(index, before.slice(0, start) + text + before.slice(end));
      revision += 1;
      queueMicrotask(() => host.emit('document-changed', { revision }));
      return trace(index);
    },
    'value-edit': ({ index, target, text }) => {
      if (target.kind === 'ground-truth') truths.set(index, text);
      revision += 1;
      return trace(index);
    },
    'filter-set': ({ text }) => {
      const bad = text.indexOf('((');
      if (bad >= 0) {
        extra = {
          ...extra,
          filter: {
            ...view().filter,
            text,
            error: { message: 'Expected a word, found “(”.', start: bad + 1, end: bad + 2 },
          },
        };
        return view();
      }
      const { filter: _, ...rest } = extra;
      extra = rest;
      filterText = text;
      const accept = options.filter;
      matches =
        text === '' || !accept
          ? null
          : Array.from({ length: options.rows }, (_, index) => index).filter((index) => accept(text, index));
      arrange();
      revision += 1;
      return view();
    },
    'sort-set': ({ sort: asked }) => {
      sort = asked && { ...asked, progress: { kind: 'sorted' } };
      arrange();
      revision += 1;
      return view();
    },
    'facets-read': () => ({ facets: [], progress: { kind: 'complete' } }),
    'columns-choose': ({ columns }) => ({ columns: [...columns, 'field(source)'] }),
    'filter-complete': ({ text, caret }) => {
      const from = text.lastIndexOf(' ', caret - 1) + 1;
      const word = text.slice(from, caret);
      return [
        { label: 'verdict:', detail: 'correct, incorrect, unparsed' },
        { label: 'verdict:incorrect', detail: '301' },
        { label: 'decision:', detail: 'keep, drop, flag' },
        { label: 'words>', detail: 'words of the completion' },
      ]
        .filter((offer) => word !== '' && offer.label.startsWith(word))
        .map((offer) => ({ ...offer, insert: offer.label, from, to: caret }));
    },
    'decision-set': ({ index, decision }) => {
      undo.push({ index, before: decisions.get(index) });
      if (decision === null) decisions.delete(index);
      else decisions.set(index, decision);
      return { decisions: tally() };
    },
    'decisions-set': ({ decision }) => {
      for (let position = 0; position < matched(); position += 1) {
        if (decision) decisions.set(indexAt(position), decision);
      }
      return { changed: matched() };
    },
    'decision-undo': () => {
      const last = undo.pop();
      if (!last) return { index: null };
      if (last.before) decisions.set(last.index, last.before);
      else decisions.delete(last.index);
      return { index: last.index };
    },
    'shape-choose': view,
    'extraction-choose': view,
    'survey-again': () => ({}),
    'disk-read': () => ({}),
    'strays-open': () => ({}),
    'strays-drop': () => ({}),
    'raw-open': () => ({}),
    'document-save': () => ({}),
    'export-start': () => ({}),
    'run-start': () => ({}),
    'second-grade': ({ index }) => ({
      mathruler: {
        state: options.row(index).verdict ?? 'unparsed',
        extracted: options.row(index).read ?? null,
      },
      mathVerify: { state: 'correct', extracted: options.row(index).truth ?? null },
      agree: options.row(index).verdict === 'correct',
    }),
    'rollouts-read': () => [],
    'rollout-open': () => ({}),
    'link-open': () => ({}),
    'view-report': () => ({}),
    ...options.handlers,
  };

  const host = createFakeHost(traceEditorContract, handlers);
  return {
    ...host,
    decisions,
    completions,
    later() {
      revision += 1;
    },
    trace,
    change(next) {
      extra = { ...extra, ...next };
      revision += 1;
      host.emit('document-changed', { revision });
    },
  };
}

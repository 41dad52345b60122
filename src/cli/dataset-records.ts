import { parseSegments } from '../core/trace/segments.ts';
import { type Decision, promptText, type Trace } from '../core/trace/trace.ts';
import { extractAnswer } from '../core/verify/extract.ts';
import { problemsOf, type RowReader } from '../services/dataset/row-view.ts';
import type { OpenSelection, SelectedRow } from '../services/dataset/select.ts';
import { imageProblems } from '../services/dataset/trace-data.ts';
import type { ImageStatus, TraceData } from '../services/dataset/views.ts';
import { loadImage } from '../services/images/trace-images.ts';

/** How a row was graded; `state` is null where there is nothing to grade, and `rule` says why. */
export interface VerdictRecord {
  readonly state: 'correct' | 'incorrect' | 'unparsed' | null;
  readonly extracted: string | null;
  readonly rule: string;
}

export interface ImageRecord {
  readonly source: string;
  /** Real path, or null for a picture inside the row and for one that cannot be used. */
  readonly path: string | null;
  readonly status: ImageStatus;
  readonly width: number | null;
  readonly height: number | null;
}

/** One row as `dataset show` and `dataset filter` print it; a broken row has nothing but its problems. */
export interface TraceRecord {
  readonly index: number;
  readonly line: number;
  readonly id: string | null;
  readonly prompt: string | null;
  readonly images: readonly ImageRecord[];
  readonly completion: string | null;
  /** Offsets count UTF-16 units of `completion`. */
  readonly segments: readonly { readonly kind: string; readonly start: number; readonly end: number }[];
  readonly ground_truth: string | null;
  readonly verdict: VerdictRecord | null;
  readonly decision: Decision | null;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

type Problems = TraceData['problems'];

export function verdictRecord(reader: RowReader, trace: Trace): VerdictRecord {
  const verdict = reader.verdict(trace);
  if (verdict) return { state: verdict.state, extracted: verdict.extracted, rule: verdict.rule };
  if (trace.completion === null) return { state: null, extracted: null, rule: 'no-completion' };
  // A ground truth that was taken from the completion's own box is none to grade it by.
  const found = extractAnswer(trace.completion.text, reader.extraction);
  return { state: null, extracted: found?.text ?? null, rule: 'no-ground-truth' };
}

/** Looks at every image of a row; `problems` are those that images add. */
export async function imageRecords(
  { row }: SelectedRow,
  folders: readonly string[],
): Promise<{ images: ImageRecord[]; problems: Problems }> {
  const images: ImageRecord[] = [];
  const problems: Problems = [];
  if (row.status !== 'ok') return { images, problems };
  for (const ref of row.trace.images) {
    const { source } = ref;
    const image = await loadImage(ref, row.json, folders);
    if (image.status === 'ready') {
      const { width, height } = image.header;
      images.push({ source, path: image.path, status: 'ready', width, height });
      continue;
    }
    const { status, message } = image;
    images.push({ source, path: null, status, width: null, height: null });
    // The lens has told of a reference that is none.
    if (ref.kind === 'invalid') continue;
    problems.push(...imageProblems([{ source, status, message, width: null, height: null, tokens: null }]));
  }
  return { images, problems };
}

export async function traceRecord(selected: SelectedRow, selection: OpenSelection): Promise<TraceRecord> {
  const { index, line, row, decision } = selected;
  const { images, problems } = await imageRecords(selected, selection.folders);
  const trace = row.status === 'ok' ? row.trace : null;
  const completion = trace?.completion?.text ?? null;
  return {
    index,
    line,
    id: trace?.id ?? null,
    prompt: trace && promptText(trace),
    images,
    completion,
    segments: parseSegments(completion ?? '').map(({ kind, start, end }) => ({ kind, start, end })),
    ground_truth: trace?.groundTruth?.text ?? null,
    verdict: trace && verdictRecord(selection.reader, trace),
    decision,
    problems: [...problemsOf(row), ...problems].map(({ code, message }) => ({ code, message })),
  };
}

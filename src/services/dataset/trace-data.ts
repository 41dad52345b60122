import type { VerdictName } from '../../core/dataset/row-codes.ts';
import { originOf } from '../../core/run/origin.ts';
import { afterStart, oneLine } from '../../core/text/beginnings.ts';
import { countWords } from '../../core/text/words.ts';
import { findReflections } from '../../core/trace/reflection.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import {
  type Decision,
  type Json,
  listedPrompt,
  type TextValue,
  type Trace,
} from '../../core/trace/trace.ts';
import { extractAnswer } from '../../core/verify/extract.ts';
import { describeImage } from '../images/trace-images.ts';
import { isFault, problemsOf, type RowReader, type ViewedRow } from './row-view.ts';
import type { ImageFault, ImageViewData, RowSummaryData, TraceData, VerdictData } from './views.ts';

const maxShown = 256 * 1024;
const maxRaw = 64 * 1024;
const previewLength = 160;

/** What the document knows of a row beside its content. */
export interface RowState {
  readonly index: number;
  readonly line: number;
  readonly revision: number;
  readonly decision: Decision | null;
  readonly edited: boolean;
}

function cut(text: string, most: number): { text: string; truncated: boolean } {
  if (text.length <= most) return { text, truncated: false };
  const isPair = (text.charCodeAt(most - 1) & 0xfc00) === 0xd800;
  return { text: text.slice(0, isPair ? most - 1 : most), truncated: true };
}

function isEditable(value: TextValue): boolean {
  return value.at !== null || (value.pieces !== undefined && value.pieces.length > 0);
}

/** The beginning of a text in one line, places of images and the words of `start` left out. */
export function firstWords(text: string, start = ''): string {
  const line = oneLine(text, 4 * (start.length + previewLength));
  return cut(afterStart(line, start), previewLength).text;
}

/** One line of the list; its prompt begins after `start`, which those of the other rows begin with as well. */
export function summarise(
  row: ViewedRow,
  state: RowState,
  verdict: VerdictName,
  imageFaults: ImageFault[],
  start: string,
): Omit<RowSummaryData, 'cells'> {
  const { index, line, decision, edited } = state;
  const problems = problemsOf(row).filter(isFault);
  const trace = row.status === 'ok' ? row.trace : null;
  const preview =
    row.status === 'ok'
      ? listedPrompt(row.trace)
      : row.status === 'broken'
        ? row.problem.message
        : 'Blank line';
  return {
    index,
    line,
    status: row.status,
    preview: firstWords(preview, start),
    images: row.status === 'ok' ? row.trace.images.length : 0,
    verdict,
    decision,
    edited,
    problems: problems.length + imageFaults.length,
    imageFaults,
    groundTruth: trace?.groundTruth ? cut(trace.groundTruth.text, previewLength).text : null,
    words: trace?.completion ? countWords(trace.completion.text) : null,
  };
}

/** Problems that images add to what the row itself shows. */
export function imageProblems(images: readonly ImageViewData[]): TraceData['problems'] {
  return images.flatMap((image) =>
    image.status === 'ready'
      ? []
      : [
          {
            code: `image-${image.status}`,
            severity: image.status === 'remote' ? ('warning' as const) : ('error' as const),
            message: image.message,
            field: 'images',
          },
        ],
  );
}

function verdictData(reader: RowReader, trace: Trace): VerdictData | null {
  const verdict = reader.verdict(trace);
  if (!verdict || !trace.completion || !trace.groundTruth) return null;
  const found = extractAnswer(trace.completion.text, reader.extraction);
  return {
    state: verdict.state,
    extracted: verdict.extracted,
    range: found ? [found.start, found.end] : null,
    groundTruth: trace.groundTruth.text,
    rule: verdict.rule,
  };
}

/** Everything that a surface shows of one row. */
export async function traceData(
  row: ViewedRow,
  state: RowState,
  reader: RowReader,
  folders: readonly string[],
): Promise<TraceData> {
  const { index, line, revision, decision, edited } = state;
  const shared = { index, line, revision, decision, edited };
  if (row.status !== 'ok')
    return {
      ...shared,
      status: row.status,
      id: '',
      shape: reader.lens.shape,
      turns: [],
      images: [],
      completion: null,
      groundTruth: null,
      verdict: null,
      problems: [...problemsOf(row)],
      meta: {},
      origin: null,
      raw: cut(row.status === 'broken' ? row.text : '', maxRaw),
    };
  const { trace } = row;
  const images = await Promise.all(trace.images.map((image) => describeImage(image, row.json, folders)));
  return {
    ...shared,
    status: 'ok',
    id: trace.id,
    shape: trace.shape,
    turns: trace.turns.map((turn) => ({
      role: turn.role,
      parts: turn.parts.map((part) => {
        if (part.kind === 'image') return { kind: 'image', image: part.image };
        const shown = cut(part.value.text, maxShown);
        return { kind: 'text', ...shown, editable: isEditable(part.value) && !shown.truncated };
      }),
    })),
    images,
    completion: trace.completion && completionData(trace.completion),
    groundTruth: trace.groundTruth && {
      text: cut(trace.groundTruth.text, maxShown).text,
      editable: isEditable(trace.groundTruth),
    },
    verdict: verdictData(reader, trace),
    problems: [
      ...trace.problems,
      // The lens has told of a reference that is none.
      ...imageProblems(images.filter((_, at) => trace.images[at]?.kind !== 'invalid')),
    ],
    meta: trace.meta,
    origin: originData(row.json),
    raw: cut(row.text, maxRaw),
  };
}

function originData(row: Json): TraceData['origin'] {
  const origin = originOf(row);
  if (!origin) return null;
  const { run, name, step, group, index, reward, model } = origin;
  return { run, name, step, group, index, reward, model };
}

function completionData(value: TextValue): TraceData['completion'] {
  const { text, truncated } = cut(value.text, maxShown);
  return {
    text,
    length: value.text.length,
    editable: isEditable(value) && !truncated,
    truncated,
    segments: parseSegments(text),
    words: countWords(value.text),
    reflections: findReflections(text),
  };
}

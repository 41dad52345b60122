import { many } from '../text/plural.ts';
import {
  coldstartLens,
  llamaFactoryLens,
  llavaLens,
  msSwiftLens,
  openAiLens,
  trlGrpoLens,
  trlPreferenceLens,
  trlPromptCompletionLens,
  verlLens,
} from './lenses/chat-lenses.ts';
import { checkDraft, metaOf, readId } from './lenses/checks.ts';
import { type Draft, isObject, newDraft, own, report, typeName } from './lenses/draft.ts';
import {
  alpacaLens,
  coldStartLens,
  looksLikeCompletion,
  msSwiftQueryLens,
  rlDataLens,
  tracesLens,
} from './lenses/flat-lenses.ts';
import type { Lens, LensInfo } from './lenses/lens-types.ts';
import { type FieldMap, readByMap } from './lenses/mapped.ts';
import { groundTruthFromBox } from './lenses/values.ts';
import type { Json, Trace } from './trace.ts';

export type { LensInfo } from './lenses/lens-types.ts';
export type { FieldMap } from './lenses/mapped.ts';

/** The most particular first: a row takes the first shape that fits it. */
const lenses: readonly Lens[] = [
  coldstartLens,
  verlLens,
  trlPreferenceLens,
  trlPromptCompletionLens,
  trlGrpoLens,
  llavaLens,
  llamaFactoryLens,
  openAiLens,
  msSwiftLens,
  msSwiftQueryLens,
  alpacaLens,
  coldStartLens,
  rlDataLens,
  tracesLens,
];

/** Names of all shapes, as `--shape` takes them. */
export const lensNames: readonly string[] = lenses.map((lens) => lens.name);

/** All shapes with title and note, in the order in which they are offered. */
export const lensInfos: readonly LensInfo[] = lenses.map(({ name, title, note }) => ({ name, title, note }));

/** How a file's rows are read: a shape by name, and fields named by hand, which win over it. */
export interface LensChoice {
  readonly shape: string;
  readonly map?: FieldMap;
}

export interface DetectedShape {
  readonly shape: string;
  readonly title: string;
  /** What was recognised, in words; names what `answer` holds where that is in doubt. */
  readonly note: string;
  /** How many of the looked-at rows have which shape; rows of no shape count as `unknown`. */
  readonly rowsByShape: Readonly<Record<string, number>>;
}

const lookedAt = 100;

/** The shape that most of the first 100 rows have; a file without rows of any shape is read by field names. */
export function detectShape(rows: readonly Json[]): DetectedShape {
  const rowsByShape: Record<string, number> = {};
  const looked = rows.slice(0, lookedAt);
  for (const row of looked) {
    const name = rowShape(row) ?? 'unknown';
    rowsByShape[name] = (rowsByShape[name] ?? 0) + 1;
  }
  let best: Lens | undefined;
  for (const lens of lenses) {
    if ((rowsByShape[lens.name] ?? 0) > (best === undefined ? 0 : (rowsByShape[best.name] ?? 0))) best = lens;
  }
  if (best === undefined) {
    const note =
      looked.length === 0 ? 'The file has no rows yet.' : 'No known shape: choose one, or name the fields.';
    return { shape: tracesLens.name, title: tracesLens.title, note, rowsByShape };
  }
  return {
    shape: best.name,
    title: best.title,
    note: noteFor(best, rowsByShape, looked.length),
    rowsByShape,
  };
}

function noteFor(lens: Lens, rowsByShape: Readonly<Record<string, number>>, total: number): string {
  const count = rowsByShape[lens.name] ?? 0;
  const others = Object.entries(rowsByShape)
    .filter(([name]) => name !== lens.name)
    .map(([name, rows]) => `${rows} ${name}`);
  const mixed =
    others.length === 0
      ? ''
      : ` Of the first ${many(total, 'row')} ${count} look so (others: ${others.join(', ')}).`;
  return lens.note + mixed;
}

/** The shape of one row by itself, or null when none fits. */
export function rowShape(row: Json): string | null {
  if (!isObject(row)) return null;
  const lens = lenses.find((candidate) => candidate.fits(row));
  if (lens === undefined) return null;
  if (lens !== coldStartLens) return lens.name;
  const known = own(row, 'ground_truth') !== undefined;
  return known || looksLikeCompletion(own(row, 'answer')) ? coldStartLens.name : rlDataLens.name;
}

/** Where a row stands in its file; `hash` is the first 16 hex digits of the SHA-256 of its bytes. */
export interface RowPlace {
  readonly index: number;
  readonly line: number;
  readonly hash: string;
}

/** Reads any JSON value as a trace; what is wrong with it is said in `problems`, never thrown. */
export function readTrace(row: Json, at: RowPlace, choice: LensChoice): Trace {
  if (!isObject(row)) return notAnObject(row, at, choice.shape);
  const draft = newDraft(row);
  const lens = lensFor(draft, choice);
  lens.read(draft);
  if (choice.map !== undefined) readByMap(draft, choice.map);
  groundTruthFromBox(draft);
  checkDraft(draft, lens.expectsCompletion);
  const id = readId(draft, choice.map?.id);
  // Each field by name: spreading into a literal costs more than reading the whole row does.
  return {
    index: at.index,
    line: at.line,
    hash: at.hash,
    id: id ?? at.hash,
    shape: lens.name,
    turns: draft.turns,
    images: draft.images,
    completion: draft.completion,
    groundTruth: draft.groundTruth,
    problems: draft.problems,
    meta: metaOf(draft),
  };
}

function lensFor(draft: Draft, choice: LensChoice): Lens {
  const chosen = lenses.find((lens) => lens.name === choice.shape) ?? tracesLens;
  if (choice.map !== undefined || chosen.fits(draft.row)) return chosen;
  const name = rowShape(draft.row);
  const other = lenses.find((lens) => lens.name === name);
  if ((other === undefined || other === tracesLens) && chosen.accepts?.(draft.row)) return chosen;
  if (other === undefined) {
    report(draft, 'error', 'shape-unknown', `The row has none of the fields of ${chosen.title}.`);
    return chosen;
  }
  const message = `The row is read as ${other.title}; the file is read as ${chosen.title}.`;
  report(draft, 'info', 'shape-differs', message);
  return other;
}

function notAnObject(row: Json, at: RowPlace, shape: string): Trace {
  const message = `The row is ${typeName(row)}, not an object with fields.`;
  return {
    ...at,
    id: at.hash,
    shape,
    turns: [],
    images: [],
    completion: null,
    groundTruth: null,
    problems: [{ code: 'row-not-object', severity: 'error', message }],
    meta: {},
  };
}

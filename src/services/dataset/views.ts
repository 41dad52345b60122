import type { Facet } from '../../core/dataset/facets.ts';
import type { Origin } from '../../core/run/origin.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { Decision, RowProblem, Segment } from '../../core/trace/trace.ts';

export type RowStatus = 'ok' | 'broken' | 'blank';
export type VerdictState = 'correct' | 'incorrect' | 'unparsed';

/** What surfaces show of one open dataset; the host adds whether the workspace is trusted. */
export interface DatasetView {
  name: string;
  revision: number;
  state:
    | { kind: 'indexing'; bytes: number; totalBytes: number }
    | { kind: 'ready' }
    | { kind: 'failed'; message: string; hint: string };
  rows: number;
  shape: {
    name: string;
    title: string;
    chosen: boolean;
    note: string;
    choices: { name: string; title: string }[];
  };
  extraction: string;
  filter: {
    text: string;
    matched: number;
    progress:
      | { kind: 'filtering'; scanned: number }
      | { kind: 'filtered' }
      | { kind: 'failed'; message: string };
    error: { message: string; start: number; end: number; applied?: true } | null;
  };
  /** The order of the list; null for that of the file. */
  sort: {
    column: string;
    descending: boolean;
    progress:
      | { kind: 'sorting'; scanned: number; of: number }
      | { kind: 'sorted' }
      | { kind: 'failed'; message: string };
  } | null;
  verdicts: {
    correct: number;
    incorrect: number;
    unparsed: number;
    none: number;
    scanned: number;
    /** Why not every row could be looked at. */
    failed: string | null;
  };
  decisions: { keep: number; drop: number; flag: number };
  problems: { code: string; message: string; count: number }[];
  problemRows: number;
  disk: DiskState;
  /** Unsaved edits of rows that the file on disk does not have any more. */
  strays: number;
  /** Changes when rows or their images may be others than before: the file was read anew, or in another shape. */
  reading: number;
  fields: string[];
}

/** An image of a row that cannot be used; `image` is its position. */
export interface ImageFault {
  image: number;
  status: Exclude<ImageStatus, 'ready'>;
  message: string;
}

/** One line of the list. */
export interface RowSummaryData {
  index: number;
  line: number;
  status: RowStatus;
  preview: string;
  images: number;
  verdict: VerdictState | 'none';
  decision: Decision | null;
  edited: boolean;
  /** Warnings and errors, those of images included; remarks are not counted. */
  problems: number;
  /** Images that cannot be used, as far as that is seen without opening them. */
  imageFaults: ImageFault[];
  /** Start of the ground truth, and words of the completion, for the table; null when there is none. */
  groundTruth: string | null;
  words: number | null;
  /** Of the columns that were asked for, in their order; null for none. */
  cells: Cell[];
}

/** A value in the table view; texts are cut. */
export type Cell = string | number | boolean | null;

/** What the filtered list consists of, beside the whole file; partial while it is counted. */
export interface FacetsView {
  facets: Facet[];
  progress:
    | { kind: 'counting'; rows: number; of: number }
    | { kind: 'complete' }
    | { kind: 'failed'; message: string };
}

/** Rows of the file, kept ones, those of the filtered list, and kept ones among these. */
export interface RowChoices {
  readonly all: number;
  readonly kept: number;
  readonly matched: number;
  readonly keptMatched: number;
}

export interface RowsPage {
  revision: number;
  matched: number;
  position: number;
  rows: RowSummaryData[];
}

export type ImageStatus =
  | 'ready'
  | 'missing'
  | 'outside'
  | 'remote'
  | 'too-large'
  | 'unsupported'
  | 'unreadable';

export interface ImageViewData {
  source: string;
  status: ImageStatus;
  message: string;
  width: number | null;
  height: number | null;
  tokens: number | null;
}

export type ImageData =
  | { status: 'ready'; mime: string; bytes: Uint8Array<ArrayBuffer>; width: number; height: number }
  | { status: 'refused'; message: string };

export interface VerdictData {
  state: VerdictState;
  extracted: string | null;
  range: [number, number] | null;
  groundTruth: string;
  rule: string;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** One trace, whole; text over 256 KiB is cut and says so. */
export interface TraceData {
  index: number;
  line: number;
  revision: number;
  status: RowStatus;
  id: string;
  shape: string;
  turns: {
    role: 'system' | 'user' | 'assistant' | 'tool';
    parts: (
      | { kind: 'text'; text: string; editable: boolean; truncated: boolean }
      | { kind: 'image'; image: number | null }
    )[];
  }[];
  images: ImageViewData[];
  completion: {
    text: string;
    length: number;
    editable: boolean;
    truncated: boolean;
    segments: Mutable<Segment>[];
    words: number;
    reflections: [number, number][];
  } | null;
  groundTruth: { text: string; editable: boolean } | null;
  verdict: VerdictData | null;
  decision: Decision | null;
  problems: Pick<Mutable<RowProblem>, 'code' | 'severity' | 'message' | 'field'>[];
  meta: Record<string, string | number | boolean | null>;
  /** The rollout that a promoted trace was. */
  origin: Pick<Origin, 'run' | 'name' | 'step' | 'group' | 'index' | 'reward' | 'model'> | null;
  edited: boolean;
  raw: { text: string; truncated: boolean };
}

/** An edit that was made; `undo` and `redo` can be called in turn for as long as the document is open. */
export interface Edit {
  readonly label: string;
  /** Both resolve, when the change would survive a crash, to where the row stands now; null when it has no place. */
  undo(): Promise<number | null>;
  redo(): Promise<number | null>;
}

export type EditTarget =
  | { readonly kind: 'ground-truth' }
  | { readonly kind: 'prompt'; readonly turn: number; readonly part: number };

export interface FilterCompletion {
  label: string;
  insert: string;
  from: number;
  to: number;
  detail: string;
}

export type ChangeReason = 'index' | 'edit' | 'filter' | 'verdicts' | 'decisions' | 'disk';

/** Rows that are not of the shape that a person chose, of those that were looked at. */
export interface Misfits {
  readonly misfits: number;
  readonly of: number;
}

/** The file on disk against the one that was read. */
export type DiskState = 'same' | 'changed' | 'gone';

/** What became of unsaved edits when the file was read again. */
export interface ReloadOutcome {
  readonly kept: number;
  /** Edited rows that are no longer in the file; their text waits in the journal for them, or until it is let go of. */
  readonly lost: readonly { readonly index: number; readonly text: string }[];
  /** Where rows that were to be followed stand now, those that are still there. */
  readonly moved: readonly { readonly from: number; readonly index: number; readonly revision: number }[];
}

/** Unsaved rows of an earlier visit that are there again. */
export interface Recovery extends ReloadOutcome {
  /** Lines of the journal that could not be read; it was kept beside the new one, as `.damaged`. */
  readonly damaged: number;
  /** Takes all of them back, or lays them over the file again. */
  readonly edit: Edit;
}

/** What the extension and the command line may do with one open dataset; `TraceDocument` keeps it. */
export interface OpenDataset {
  readonly path: string;
  readonly revision: number;
  /** Lines of the file so far, blank and broken ones included. */
  readonly rows: number;
  readonly dirty: boolean;
  onChange(listener: (reasons: ReadonlySet<ChangeReason>) => void): () => void;
  view(): DatasetView;
  /** Resolves when every row is known. */
  indexed(): Promise<void>;
  rowsRead(
    position: number,
    count: number,
    columns?: readonly string[],
    signal?: AbortSignal,
  ): Promise<RowsPage>;
  /** Position in the filtered list of a row, or of the nearest match after it; -1 when the list is empty. */
  positionRead(index: number): number;
  traceRead(index: number, signal?: AbortSignal): Promise<TraceData>;
  imageRead(
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData>;
  editSegment(index: number, revision: number, start: number, end: number, text: string): Promise<Edit>;
  editValue(index: number, revision: number, target: EditTarget, text: string): Promise<Edit>;
  readonly extraction: Extraction;
  /** Completion and ground truth of a row, as a grader needs them. */
  gradingTexts(index: number): Promise<{ completion: string; groundTruth: string }>;
  /** Looks at every row again, after that had failed: verdicts, decisions, problems. */
  surveyAgain(): void;
  /** Resolves when the first matches are known (or the text is found invalid); the rest follow. */
  setFilter(text: string): Promise<void>;
  /** Sorts the list by a column, null for file order; resolves when it is sorted, or after 150 ms. */
  setSort(sort: { column: string; descending: boolean } | null): Promise<void>;
  /** What the list consists of, as far as it is counted; whoever shows it reads on until that is complete. */
  facetsRead(signal?: AbortSignal): Promise<FacetsView>;
  completeFilter(text: string, caret: number): FilterCompletion[];
  /** Reads the dataset as shape `name`; says how many of its first rows are not of that shape. */
  setShape(name: string): Promise<Misfits>;
  setExtraction(rule: Extraction): void;
  decide(index: number, decision: Decision | null): Promise<DatasetView['decisions']>;
  /** Decides every trace of the filtered list, or none when it is cancelled; returns how many changed. */
  decideFiltered(decision: Decision | null, signal?: AbortSignal): Promise<number>;
  undoDecision(): Promise<number | null>;
  save(signal?: AbortSignal): Promise<void>;
  saveAs(path: string, signal?: AbortSignal): Promise<void>;
  revert(signal?: AbortSignal): Promise<void>;
  /** Reads the file again after it changed on disk; unsaved edits follow their rows, and it is told where `follow` are. */
  reload(follow?: readonly number[], signal?: AbortSignal): Promise<ReloadOutcome>;
  /** The unsaved texts of rows that the file does not have any more. */
  strays(): string[];
  forgetStrays(): Promise<void>;
  /** Lays over the file what was unsaved when an earlier visit ended; an edit for VS Code's undo when there was any. */
  recover(): Promise<Recovery | null>;
  /** Resolves to the name of the journal once every unsaved row is in it; AppError disk-full or file-unreadable. */
  backup(): Promise<string>;
  /** The row's text as on disk, and with unsaved edits: the two sides of a diff. */
  savedLine(index: number): Promise<string>;
  currentLine(index: number): Promise<string>;
  /** Indexes of rows with unsaved edits, ascending. */
  editedRows(): number[];
  checkDisk(): Promise<DiskState>;
  dispose(): Promise<void>;
}

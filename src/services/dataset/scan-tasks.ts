import type { Column } from '../../core/dataset/columns.ts';
import type { Tallies } from '../../core/dataset/facets.ts';
import type { RowBlock } from '../../core/dataset/row-index.ts';
import type { Extraction } from '../../core/run/spec.ts';
import type { LensChoice } from '../../core/trace/lens.ts';

/** What every scan is told: the file, its rows, and the text of the rows that have unsaved edits. */
export interface ScanInput {
  readonly scan: number;
  readonly path: string;
  readonly rows: RowBlock;
  readonly edits: ReadonlyMap<number, string>;
}

export interface IdentityTask extends ScanInput {
  readonly kind: 'identity';
}

export interface VerdictTask extends ScanInput {
  readonly kind: 'verdicts';
  readonly lens: LensChoice;
  readonly extraction: Extraction;
}

export interface FilterTask extends ScanInput {
  readonly kind: 'filter';
  readonly text: string;
  readonly lens: LensChoice;
  readonly extraction: Extraction;
  /** One code a row (`decisionCodes`). */
  readonly decisions: Uint8Array;
  /** One code a row (`verdictCodes`, `statusCodes`), 0 where it has to be found out. */
  readonly verdicts: Uint8Array;
  readonly statuses: Uint8Array;
  /** Folders that images may come from. */
  readonly folders: readonly string[];
  /** The first row to look at. */
  readonly from: number;
}

export interface ImageTask extends ScanInput {
  readonly kind: 'images';
  readonly lens: LensChoice;
  /** Folders that images may come from. */
  readonly folders: readonly string[];
  /** Bits a row (`faultBits`): rows without images are not read. */
  readonly faults: Uint8Array;
}

export interface SortTask extends ScanInput {
  readonly kind: 'sort';
  /** The rows to sort, ascending; null for all. */
  readonly list: Uint32Array | null;
  readonly column: Column;
  readonly descending: boolean;
  readonly lens: LensChoice;
  readonly extraction: Extraction;
  readonly decisions: Uint8Array;
  readonly verdicts: Uint8Array;
  readonly statuses: Uint8Array;
  readonly folders: readonly string[];
}

export interface FacetTask extends ScanInput {
  readonly kind: 'facets';
  /** The rows of the list, ascending; null for all. */
  readonly list: Uint32Array | null;
  /** Names of the facets to count in the list alone; null finds them out, in the list and in the whole file. */
  readonly names: readonly string[] | null;
  readonly lens: LensChoice;
  readonly extraction: Extraction;
  readonly statuses: Uint8Array;
  readonly folders: readonly string[];
}

export type ScanTask = IdentityTask | VerdictTask | ImageTask | FilterTask | SortTask | FacetTask;

export interface ProblemCount {
  readonly code: string;
  readonly message: string;
  readonly count: number;
}

/** What a scan tells, in row order; each message covers rows `from`..`to`. */
export type ScanMessage =
  | {
      readonly kind: 'identity';
      readonly scan: number;
      readonly from: number;
      readonly to: number;
      /** Two words a row: the first eight bytes of the SHA-256 of its bytes on disk. */
      readonly hashes: Uint32Array;
      readonly statuses: Uint8Array;
      /** Index and occurrence of rows whose bytes stood in the file before. */
      readonly repeats: Uint32Array;
    }
  | {
      readonly kind: 'verdicts';
      readonly scan: number;
      readonly from: number;
      readonly to: number;
      readonly verdicts: Uint8Array;
      /** All problems and field names found so far, and the kinds of segments of the first rows. */
      readonly problems: readonly ProblemCount[];
      /** Bits a row (`faultBits`), those that need no look at the disk. */
      readonly faults: Uint8Array;
      readonly fields: readonly string[];
      readonly paths: readonly string[];
      readonly kinds: readonly string[];
    }
  | {
      readonly kind: 'images';
      readonly scan: number;
      readonly from: number;
      readonly to: number;
      /** Rows of the stretch with an image that cannot be used. */
      readonly faulty: Uint32Array;
      /** All problems of images found so far. */
      readonly problems: readonly ProblemCount[];
    }
  | {
      readonly kind: 'hits';
      readonly scan: number;
      readonly from: number;
      readonly to: number;
      readonly hits: Uint32Array;
    }
  /** Rows of the list that were looked at so far. */
  | { readonly kind: 'keyed'; readonly scan: number; readonly rows: number }
  /** Places in the list, in their new order. */
  | { readonly kind: 'order'; readonly scan: number; readonly order: Uint32Array }
  | {
      readonly kind: 'tallies';
      readonly scan: number;
      /** Rows that were read so far. */
      readonly rows: number;
      /** Of the whole file; null when only the list is counted. */
      readonly total: Tallies | null;
      readonly matched: Tallies;
    }
  | { readonly kind: 'done'; readonly scan: number }
  | { readonly kind: 'failed'; readonly scan: number; readonly message: string };

export type PostScan = (message: ScanMessage, transfer: readonly ArrayBufferLike[]) => void;

/** Says when enough time has passed to show what was found: soon at first, then twenty times a second. */
export class PostPace {
  #last = performance.now();

  /** Another pace than twenty times a second, ms. */
  constructor(private readonly every = 50) {}

  isDue(): boolean {
    const now = performance.now();
    if (now - this.#last < this.every) return false;
    this.#last = now;
    return true;
  }
}

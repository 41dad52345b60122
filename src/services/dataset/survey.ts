import { type DecisionFold, decisionCode, headOf } from '../../core/dataset/decisions.ts';
import type { KnownNames } from '../../core/dataset/filter-names.ts';
import {
  faultBits,
  statusCodes,
  type VerdictName,
  verdictCodes,
  verdictName,
} from '../../core/dataset/row-codes.ts';
import type { Decision } from '../../core/trace/trace.ts';
import type { ProblemCount, ScanMessage } from './scan-tasks.ts';

type IdentityBlock = Extract<ScanMessage, { kind: 'identity' }>;
type VerdictBlock = Extract<ScanMessage, { kind: 'verdicts' }>;
type ImageBlock = Extract<ScanMessage, { kind: 'images' }>;

export interface RowIdentity {
  readonly hash: string;
  readonly occurrence: number;
}

/** More field names than these are not kept. */
export const maxFields = 500;
/** More paths into nested objects than these are not kept. */
export const maxPaths = 200;

const hex = (word: number): string => word.toString(16).padStart(8, '0');

/** What the scans have found so far, in about 12 bytes a row. */
export class Survey {
  /** Two words a row. */
  hashes = new Uint32Array(0);
  readonly repeats = new Map<number, number>();
  statuses = new Uint8Array(0);
  verdicts = new Uint8Array(0);
  decisions = new Uint8Array(0);
  /** Bits a row (`faultBits`). */
  faults = new Uint8Array(0);
  identified = 0;
  graded = 0;
  /** Rows with a problem that is more than a remark; those of images come in after the verdicts. */
  problemRows = 0;
  fields: readonly string[] = [];
  /** Dotted paths to what stands in objects inside rows. */
  paths: readonly string[] = [];
  /** Kinds of segments in the first rows. */
  kinds: readonly string[] = [];
  #verdictCounts = [0, 0, 0, 0, 0];
  #problems: readonly ProblemCount[] = [];
  #imageProblems: readonly ProblemCount[] = [];

  resize(rows: number): void {
    if (rows <= this.statuses.length) return;
    const grown = <T extends Uint8Array | Uint32Array>(from: T, to: T): T => {
      to.set(from);
      return to;
    };
    this.hashes = grown(this.hashes, new Uint32Array(rows * 2));
    this.statuses = grown(this.statuses, new Uint8Array(rows));
    this.verdicts = grown(this.verdicts, new Uint8Array(rows));
    this.decisions = grown(this.decisions, new Uint8Array(rows));
    this.faults = grown(this.faults, new Uint8Array(rows));
  }

  /** Forgets everything: other rows follow. */
  reset(): void {
    this.restartIdentity();
    this.hashes = new Uint32Array(0);
    this.statuses = new Uint8Array(0);
    this.verdicts = new Uint8Array(0);
    this.decisions = new Uint8Array(0);
    this.faults = new Uint8Array(0);
    this.fields = [];
    this.paths = [];
    this.kinds = [];
    this.restartVerdicts();
  }

  restartIdentity(): void {
    this.identified = 0;
    this.repeats.clear();
  }

  restartVerdicts(): void {
    this.graded = 0;
    this.verdicts.fill(0);
    this.#verdictCounts = [0, 0, 0, 0, 0];
    this.faults.fill(0);
    this.problemRows = 0;
    this.#problems = [];
    this.#imageProblems = [];
  }

  takeIdentity(block: IdentityBlock, decisions: DecisionFold): void {
    this.resize(block.to);
    this.hashes.set(block.hashes, block.from * 2);
    this.statuses.set(block.statuses, block.from);
    for (let at = 0; at + 1 < block.repeats.length; at += 2)
      this.repeats.set(block.repeats[at] ?? 0, block.repeats[at + 1] ?? 0);
    this.identified = block.to;
    for (let index = block.from; index < block.to; index++)
      this.decisions[index] = decisionCode(this.decisionIn(decisions, index));
  }

  /** What a decisions file says of an identified row. */
  decisionIn(decisions: DecisionFold, index: number): Decision | null {
    if (!decisions.mayKnow(this.hashes[index * 2] ?? 0)) return null;
    const { hash, occurrence } = this.identity(index);
    return decisions.of(hash, occurrence);
  }

  takeVerdicts(block: VerdictBlock): void {
    this.resize(block.to);
    for (let at = 0; at < block.verdicts.length; at++) {
      this.setVerdict(block.from + at, block.verdicts[at] ?? 0);
      this.setFaults(block.from + at, block.faults[at] ?? 0);
    }
    this.graded = block.to;
    this.#problems = block.problems;
    this.fields = block.fields;
    this.paths = block.paths;
    this.kinds = block.kinds;
  }

  takeImages(block: ImageBlock): void {
    for (const index of block.faulty) this.setFaults(index, (this.faults[index] ?? 0) | faultBits.image);
    this.#imageProblems = block.problems;
  }

  /** How many rows have a problem, by code. */
  get problems(): readonly ProblemCount[] {
    return [...this.#problems, ...this.#imageProblems];
  }

  get hasImages(): boolean {
    return this.faults.some((bits) => (bits & faultBits.images) !== 0);
  }

  setFaults(index: number, bits: number): void {
    const counts = (of: number): number => Number((of & (faultBits.own | faultBits.image)) !== 0);
    this.problemRows += counts(bits) - counts(this.faults[index] ?? 0);
    this.faults[index] = bits;
  }

  /** Names in the first `rows` rows, all of the file's; of too many fields nothing is said. */
  names(rows: number): KnownNames {
    const fields = this.fields.length < maxFields ? this.fields : [];
    return { fields, kinds: this.kinds, complete: this.graded >= rows };
  }

  /**
   * What is known of all rows, as scans are told: decisions, and codes of verdicts and statuses, 0 for rows that were
   * `touched`.
   */
  codes(touched: Iterable<number>): { decisions: Uint8Array; verdicts: Uint8Array; statuses: Uint8Array } {
    const codes = {
      decisions: this.decisions.slice(),
      verdicts: this.verdicts.slice(),
      statuses: this.statuses.slice(),
    };
    for (const index of touched) codes.verdicts[index] = codes.statuses[index] = 0;
    return codes;
  }

  identity(index: number): RowIdentity {
    const hash = hex(this.hashes[index * 2] ?? 0) + hex(this.hashes[index * 2 + 1] ?? 0);
    return { hash, occurrence: this.repeats.get(index) ?? 0 };
  }

  /** Indexes of the identified rows that have one of these hashes, by hash, ascending. */
  find(hashes: ReadonlySet<string>): Map<string, number[]> {
    const found = new Map<string, number[]>();
    if (hashes.size === 0) return found;
    const heads = new Set([...hashes].map(headOf));
    for (let index = 0; index < this.identified; index++) {
      if (!heads.has(this.hashes[index * 2] ?? 0)) continue;
      const { hash } = this.identity(index);
      if (!hashes.has(hash)) continue;
      const same = found.get(hash);
      if (same) same.push(index);
      else found.set(hash, [index]);
    }
    return found;
  }

  setHash(index: number, hash: string): void {
    this.hashes[index * 2] = headOf(hash);
    this.hashes[index * 2 + 1] = Number.parseInt(hash.slice(8, 16), 16);
  }

  setVerdict(index: number, code: number): void {
    const before = this.verdicts[index] ?? 0;
    this.#verdictCounts[before] = (this.#verdictCounts[before] ?? 0) - 1;
    this.#verdictCounts[code] = (this.#verdictCounts[code] ?? 0) + 1;
    this.verdicts[index] = code;
  }

  /** Null while the row was not graded yet. */
  verdict(index: number): VerdictName | null {
    const code = this.verdicts[index];
    return code ? verdictName(code) : null;
  }

  verdictCounts(): { correct: number; incorrect: number; unparsed: number; none: number } {
    const count = (code: number): number => this.#verdictCounts[code] ?? 0;
    return {
      correct: count(verdictCodes.correct),
      incorrect: count(verdictCodes.incorrect),
      unparsed: count(verdictCodes.unparsed),
      none: count(verdictCodes.none),
    };
  }

  decisionCounts(): { keep: number; drop: number; flag: number } {
    const counts = [0, 0, 0, 0];
    for (const code of this.decisions) counts[code] = (counts[code] ?? 0) + 1;
    return { keep: counts[1] ?? 0, drop: counts[2] ?? 0, flag: counts[3] ?? 0 };
  }

  statusCounts(): { ok: number; broken: number; blank: number } {
    const counts = [0, 0, 0, 0];
    for (let index = 0; index < this.identified; index++) {
      const code = this.statuses[index] ?? 0;
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return {
      ok: counts[statusCodes.ok] ?? 0,
      broken: counts[statusCodes.broken] ?? 0,
      blank: counts[statusCodes.blank] ?? 0,
    };
  }
}

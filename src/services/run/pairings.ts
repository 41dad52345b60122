import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { mcnemarExact, type PairedCounts, pairedDifference } from '../../core/run/paired.ts';
import { isOrAre, many } from '../../core/text/plural.ts';
import { throwIfAborted } from '../cancelled.ts';
import { type RowOutcome, readOutcomes } from './evaluation-rows.ts';
import type { EvaluationData, PairingData } from './evaluation-views.ts';
import { rowsFile } from './evaluations.ts';

/** A row that one of two evaluations answers correctly and the other does not. */
export interface Flip {
  readonly a: RowOutcome;
  readonly b: RowOutcome;
}

/** Two evaluations row by row, or why they cannot be paired. */
export type Paired =
  | { readonly kind: 'paired'; readonly counts: PairedCounts; readonly flips: readonly Flip[] }
  | { readonly kind: 'unpaired'; readonly why: string };

/** Rows of per-row files that are held at once. */
const heldRows = 400_000;

type Read = readonly RowOutcome[] | string;

/** Joins evaluations row by row; a per-row file is read once and again when it changes. */
export class Pairings {
  readonly #runsFolder: string;
  readonly #held = new Map<string, { readonly stamp: string; readonly rows: Read }>();

  constructor(runsFolder: string) {
    this.#runsFolder = runsFolder;
  }

  /** The test of `a` against `b`: the difference is a's share minus b's. */
  async test(a: EvaluationData, b: EvaluationData, signal?: AbortSignal): Promise<PairingData> {
    const paired = await this.pair(a, b, signal);
    if (paired.kind === 'unpaired') return paired;
    const { counts } = paired;
    return {
      kind: 'paired',
      ...counts,
      p: mcnemarExact(counts.onlyA, counts.onlyB),
      ...pairedDifference(counts),
    };
  }

  async pair(a: EvaluationData, b: EvaluationData, signal?: AbortSignal): Promise<Paired> {
    const unpaired = (why: string): Paired => ({ kind: 'unpaired', why });
    if (a.dataset !== b.dataset) return unpaired('They were evaluated on different datasets.');
    const sampled = Math.max(a.samples, b.samples);
    if (sampled > 1)
      return unpaired(`Rows have ${many(sampled, 'completion')}; a pair needs one of each row.`);
    const [left, right] = [await this.#rows(a, signal), await this.#rows(b, signal)];
    if (typeof left === 'string') return unpaired(left);
    if (typeof right === 'string') return unpaired(right);
    const known = new Map(right.map((row) => [row.index, row]));
    const pairs = left.flatMap((row) => {
      const other = known.get(row.index);
      return other && other.id === row.id && other.groundTruth === row.groundTruth
        ? [{ a: row, b: other }]
        : [];
    });
    const most = Math.max(left.length, right.length);
    const lost = most - pairs.length;
    if (lost > 0) return unpaired(`${many(lost, 'row')} of ${most} ${isOrAre(lost)} not the same in both.`);
    return { kind: 'paired', ...countsOf(pairs) };
  }

  /** The outcomes of an evaluation, or why there are none. */
  async #rows(evaluation: EvaluationData, signal?: AbortSignal): Promise<Read> {
    throwIfAborted(signal);
    const path = rowsFile(this.#runsFolder, evaluation.id);
    const facts = await stat(path).catch(() => null);
    if (!facts) return `${basename(path)} with the single rows is missing.`;
    const stamp = `${facts.ino}:${facts.size}:${facts.mtimeMs}:${evaluation.at}`;
    const held = this.#held.get(path);
    if (held?.stamp === stamp) return held.rows;
    const rows = await outcomesOf(path, evaluation, signal);
    this.#held.delete(path);
    this.#held.set(path, { stamp, rows });
    this.#trim();
    return rows;
  }

  #trim(): void {
    let sum = 0;
    for (const { rows } of this.#held.values()) sum += rows.length;
    for (const [path, { rows }] of this.#held) {
      if (sum <= heldRows || this.#held.size <= 2) return;
      this.#held.delete(path);
      sum -= rows.length;
    }
  }
}

async function outcomesOf(path: string, { n, correct }: EvaluationData, signal?: AbortSignal): Promise<Read> {
  const rows = await readOutcomes(path, signal);
  if (!rows) return `${basename(path)} with the single rows is damaged.`;
  const found = rows.reduce((sum, row) => sum + row.correct, 0);
  // A file that another evaluation wrote says nothing about this one.
  const isOwn = rows.length === n && Math.abs(found - correct) < 1e-6;
  return isOwn ? rows : `${basename(path)} does not hold the rows of this evaluation.`;
}

function countsOf(pairs: readonly Flip[]): { counts: PairedCounts; flips: Flip[] } {
  const isRight = (row: RowOutcome) => row.correct >= 1;
  const flips = pairs
    .filter(({ a, b }) => isRight(a) !== isRight(b))
    .sort((one, other) => one.a.index - other.a.index);
  const onlyA = flips.filter(({ a }) => isRight(a)).length;
  const both = pairs.filter(({ a, b }) => isRight(a) && isRight(b)).length;
  const counts = {
    both,
    onlyA,
    onlyB: flips.length - onlyA,
    neither: pairs.length - both - flips.length,
  };
  return { counts, flips };
}

import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { EvaluatedCompletion } from '../../core/run/evaluation-line.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import type { ImageData } from '../dataset/views.ts';
import { type RowOutcome, readEvaluatedRow } from './evaluation-rows.ts';
import type {
  FlipData,
  FlipSummaryData,
  FlipsPage,
  FlipsRequest,
  GradedCompletion,
  PairingData,
} from './evaluation-views.ts';
import { listEvaluations, readEvaluation, rowsFile } from './evaluations.ts';
import { type HeldOutOptions, HeldOutRows } from './held-out-rows.ts';
import { type Flip, Pairings } from './pairings.ts';

/** Names two evaluations by their ids. */
export interface EvaluationPair {
  readonly a: string;
  readonly b: string;
}

const previewChars = 200;
const maxTextUnits = 256 << 10;

/** The evaluations of a workspace two by two: their paired tests, and the rows that only one of two answers correctly. */
export class PairedEvaluations {
  readonly #runsFolder: string;
  readonly #pairings: Pairings;
  readonly #rows: HeldOutRows;

  constructor(runsFolder: string, options: HeldOutOptions) {
    this.#runsFolder = runsFolder;
    this.#pairings = new Pairings(runsFolder);
    this.#rows = new HeldOutRows(options);
  }

  /** The paired test of every other evaluation on the same rows of a dataset against one. */
  async pairingsRead(
    against: string,
    signal?: AbortSignal,
  ): Promise<{ evaluation: string; pairing: PairingData }[]> {
    const reference = await readEvaluation(this.#runsFolder, against);
    const all = await listEvaluations(this.#runsFolder, signal);
    const found: { evaluation: string; pairing: PairingData }[] = [];
    for (const one of all) {
      const isAlike = one.dataset === reference.dataset && one.selection === reference.selection;
      if (!isAlike || one.id === against) continue;
      found.push({ evaluation: one.id, pairing: await this.#pairings.test(one, reference, signal) });
    }
    return found;
  }

  /** A page of the rows that one of two answers correctly and the other does not, in the order of the dataset. */
  async flipsRead({ a, b, side, offset, count }: FlipsRequest, signal?: AbortSignal): Promise<FlipsPage> {
    const { flips, dataset } = await this.#pair({ a, b }, signal);
    const matching = side === 'either' ? flips : flips.filter((flip) => winnerOf(flip) === side);
    const page = matching.slice(offset, offset + count);
    // The list stays useful without prompts: answers and ground truths are the evaluation's own.
    const previews = await this.#rows
      .previews(
        dataset,
        page.map((flip) => flip.a),
        previewChars,
        signal,
      )
      .catch(() => []);
    return {
      total: flips.length,
      matched: matching.length,
      flips: page.map((flip, at) => summaryOf(flip, previews[at] ?? null)),
    };
  }

  /** One such row with both completions. */
  async flipRead(pair: EvaluationPair, index: number, signal?: AbortSignal): Promise<FlipData> {
    const { flip, dataset } = await this.#flip(pair, index, signal);
    const [left, right] = await Promise.all([
      readEvaluatedRow(rowsFile(this.#runsFolder, pair.a), flip.a),
      readEvaluatedRow(rowsFile(this.#runsFolder, pair.b), flip.b),
    ]);
    const problem = await this.#rows.problem(dataset, flip.a, signal).catch((error: unknown) => {
      if (error instanceof AppError && error.code !== 'cancelled') return error.message;
      throw error;
    });
    const { id, groundTruth } = flip.a;
    return {
      index,
      id,
      groundTruth,
      turns: problem === null || typeof problem === 'string' ? [] : problem.turns,
      images: problem === null || typeof problem === 'string' ? [] : problem.images,
      missing:
        problem === null
          ? `Row ${index + 1} of ${basename(dataset)} is not the one that was evaluated.`
          : typeof problem === 'string'
            ? problem
            : '',
      a: graded(left.completions[0]),
      b: graded(right.completions[0]),
    };
  }

  async imageRead(
    pair: EvaluationPair,
    index: number,
    image: number,
    size: 'thumbnail' | 'full',
    signal?: AbortSignal,
  ): Promise<ImageData> {
    const { flip, dataset } = await this.#flip(pair, index, signal);
    return this.#rows.image(dataset, flip.a, image, size, signal);
  }

  /** Dataset and index of a row, for the trace editor. */
  async traceOf(pair: EvaluationPair, index: number): Promise<{ source: string; index: number }> {
    const { dataset } = await this.#flip(pair, index);
    return { source: dataset, index };
  }

  dispose(): Promise<void> {
    return this.#rows.dispose();
  }

  async #pair(
    { a, b }: EvaluationPair,
    signal?: AbortSignal,
  ): Promise<{ flips: readonly Flip[]; dataset: string }> {
    const [left, right] = await Promise.all([
      readEvaluation(this.#runsFolder, a),
      readEvaluation(this.#runsFolder, b),
    ]);
    const paired = await this.#pairings.pair(left, right, signal);
    if (paired.kind === 'paired') return { flips: paired.flips, dataset: left.dataset };
    throw new AppError(
      'request-invalid',
      `These evaluations cannot be compared row by row: ${paired.why}`,
      'Evaluate both again on the same rows.',
    );
  }

  async #flip(
    pair: EvaluationPair,
    index: number,
    signal?: AbortSignal,
  ): Promise<{ flip: Flip; dataset: string }> {
    const { flips, dataset } = await this.#pair(pair, signal);
    const flip = flips.find((one) => one.a.index === index);
    if (flip) return { flip, dataset };
    throw new AppError('request-invalid', `Both answer row ${index + 1} alike.`, 'Choose another row.');
  }
}

const winnerOf = ({ a }: Flip): 'a' | 'b' => (a.correct >= 1 ? 'a' : 'b');

const verdictOf = ({ state, extracted }: RowOutcome) => ({ state, extracted });

function summaryOf(flip: Flip, preview: { prompt: string; images: number } | null): FlipSummaryData {
  const { index, id, groundTruth } = flip.a;
  return {
    index,
    id,
    groundTruth: groundTruth.slice(0, previewChars),
    prompt: preview?.prompt ?? '',
    images: preview?.images ?? 0,
    correct: winnerOf(flip),
    verdictA: verdictOf(flip.a),
    verdictB: verdictOf(flip.b),
  };
}

function graded(one: EvaluatedCompletion | undefined): GradedCompletion {
  const text = one?.completion.slice(0, maxTextUnits) ?? '';
  const { state = 'none', extracted = null, rule = '' } = one ?? {};
  return {
    completion: {
      text,
      truncated: text.length < (one?.completion.length ?? 0),
      segments: parseSegments(text),
    },
    tokens: one?.tokens ?? null,
    finish: one?.finish ?? 'unknown',
    verdict: state === 'none' ? null : { state, extracted, rule },
  };
}

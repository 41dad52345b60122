import { open } from 'node:fs/promises';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { traceLinkSchema } from '../../core/run/events.ts';
import type { RunSpec } from '../../core/run/spec.ts';
import { wilsonInterval } from '../../core/run/wilson.ts';
import { createGrader, verdictOf } from '../../core/verify/verdict.ts';
import { readJsonLine } from '../environment/json-line.ts';
import { checkWay } from '../environment/ways.ts';

/** A share of rows with its interval. */
export interface Accuracy {
  /** Rows. */
  readonly n: number;
  /** Rows answered correctly; with several samples the sum of their shares. */
  readonly correct: number;
  readonly accuracy: number;
  /** Wilson 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** What an evaluation found, whole. */
export interface EvaluationRecord extends Accuracy {
  readonly model: string;
  readonly dataset: string;
  /** SHA-256 of the dataset file. */
  readonly sha256: string;
  /** Which of its rows, in words; empty for all. */
  readonly selection: string;
  readonly samples: number;
  readonly unparsed: number;
  readonly truncated: number;
  /** By values of short fields of the rows, keyed `field:value`. */
  readonly by: Readonly<Record<string, Accuracy>>;
}

const lineSchema = z.object({
  trace: traceLinkSchema,
  ground_truth: z.string().nullable(),
  completions: z.array(z.object({ completion: z.string(), tokens: z.int().nullable(), finish: z.string() })),
});

const mostValues = 12;

/**
 * Grades sampled completions as the editor does, line by line; AppError selection-empty without any ground truth,
 * run-failed when the sampling process did not leave them whole.
 */
export async function gradeAll(
  file: string,
  extraction: RunSpec['extraction'],
  meta: ReadonlyMap<number, Readonly<Record<string, string>>>,
  about: Pick<EvaluationRecord, 'model' | 'dataset' | 'sha256' | 'selection' | 'samples'>,
): Promise<{ record: EvaluationRecord; records: object[] }> {
  const grader = createGrader(10_000);
  const total = new GradedRows();
  const parts = new Map<string, GradedRows>();
  const records: object[] = [];
  let unparsed = 0;
  let truncated = 0;
  for await (const { trace, ground_truth, completions } of readLines(file)) {
    const graded = completions.map((one) => ({
      ...one,
      ...(verdictOf(one.completion, ground_truth, extraction, grader) ?? {
        state: 'none',
        extracted: null,
        rule: 'no-ground-truth',
      }),
    }));
    unparsed += graded.filter((one) => one.state === 'unparsed').length;
    truncated += graded.filter((one) => one.finish === 'length').length;
    const share = graded.filter((one) => one.state === 'correct').length / Math.max(1, graded.length);
    records.push({ index: trace.index, id: trace.id, ground_truth, correct: share, completions: graded });
    if (ground_truth === null) continue;
    total.add(share);
    for (const [field, value] of Object.entries(meta.get(trace.index ?? -1) ?? {})) {
      const key = `${field}:${value}`;
      const part = parts.get(key) ?? new GradedRows();
      part.add(share);
      parts.set(key, part);
    }
  }
  if (total.n === 0)
    throw new AppError(
      'selection-empty',
      'None of the chosen rows has a ground truth.',
      'Choose rows with a ground truth, or name its field with --map ground_truth=FIELD.',
    );
  return {
    records,
    record: { ...about, ...total.accuracy(), unparsed, truncated, by: byOf(parts, total.n) },
  };
}

async function* readLines(file: string): AsyncGenerator<z.infer<typeof lineSchema>> {
  const handle = await open(file).catch((error: unknown) => {
    throw notWhole('It wrote none', error);
  });
  let line = 0;
  try {
    for await (const text of handle.readLines()) {
      line++;
      const said = readJsonLine(text, lineSchema);
      if (!said) throw notWhole(`Line ${line} cannot be read`);
      yield said;
    }
  } finally {
    await handle.close();
  }
}

const notWhole = (why: string, cause?: unknown) =>
  new AppError('run-failed', `The evaluation ended without its completions. ${why}.`, checkWay, { cause });

/** Only fields that divide the rows into a few kinds say anything. */
function byOf(parts: ReadonlyMap<string, GradedRows>, rows: number): Record<string, Accuracy> {
  const values = new Map<string, number>();
  for (const key of parts.keys()) {
    const field = key.slice(0, key.indexOf(':'));
    values.set(field, (values.get(field) ?? 0) + 1);
  }
  return Object.fromEntries(
    [...parts]
      .filter(([key]) => {
        const kinds = values.get(key.slice(0, key.indexOf(':'))) ?? 0;
        return kinds > 1 && kinds <= Math.min(mostValues, rows / 2);
      })
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, part]) => [key, part.accuracy()]),
  );
}

/** Adds up the shares of correct completions of rows. */
class GradedRows {
  n = 0;
  #correct = 0;

  add(share: number): void {
    this.n++;
    this.#correct += share;
  }

  accuracy(): Accuracy {
    const correct = this.#correct;
    return {
      n: this.n,
      correct,
      accuracy: correct / Math.max(1, this.n),
      ...wilsonInterval(correct, this.n),
    };
  }
}

import { basename } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { type EvaluationLine, parseEvaluationLine } from '../../core/run/evaluation-line.ts';
import { throwIfAborted } from '../cancelled.ts';
import { openToRead } from '../dataset/open-file.ts';
import type { VerdictState } from '../dataset/views.ts';
import { fileError } from '../files/file-errors.ts';

/** What a model made of one row, and where its line stands in the per-row file. */
export interface RowOutcome {
  readonly index: number;
  readonly id: string;
  readonly groundTruth: string;
  /** Share of the completions that are correct. */
  readonly correct: number;
  /** Of the first completion. */
  readonly state: VerdictState | 'none';
  /** The answer read from the first completion, its beginning. */
  readonly extracted: string | null;
  readonly offset: number;
  readonly bytes: number;
}

const chunkBytes = 4 << 20;
/** Longest line that is read: 64 completions of 1 MB. */
const maxLineBytes = 64 << 20;
const previewChars = 80;

/** The graded rows of a per-row file in its order; null when a line is no such row. AppError file-not-found and such. */
export async function readOutcomes(path: string, signal?: AbortSignal): Promise<RowOutcome[] | null> {
  const outcomes: RowOutcome[] = [];
  for await (const { text, offset, bytes } of lines(path, signal)) {
    const line = parseEvaluationLine(text);
    if (!line) return null;
    const first = line.completions[0];
    // Rows without a ground truth count for nothing.
    if (line.ground_truth === null || !first) continue;
    outcomes.push({
      index: line.index,
      id: line.id,
      groundTruth: line.ground_truth,
      correct: line.correct,
      state: first.state,
      extracted: first.extracted?.slice(0, previewChars) ?? null,
      offset,
      bytes,
    });
  }
  return outcomes;
}

/** One row of a per-row file, whole; AppError file-changed-on-disk when it is not there any more. */
export async function readEvaluatedRow(
  path: string,
  { index, offset, bytes }: Pick<RowOutcome, 'index' | 'offset' | 'bytes'>,
): Promise<EvaluationLine> {
  const handle = await openToRead(path);
  try {
    const buffer = Buffer.allocUnsafe(bytes);
    const { bytesRead } = await handle.read(buffer, 0, bytes, offset);
    const line = parseEvaluationLine(buffer.toString('utf8', 0, bytesRead));
    if (line?.index === index) return line;
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await handle.close();
  }
  throw new AppError(
    'file-changed-on-disk',
    `${basename(path)} changed while it was read.`,
    'Open the comparison again.',
  );
}

async function* lines(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<{ text: string; offset: number; bytes: number }> {
  const handle = await openToRead(path);
  try {
    let offset = 0;
    let size = chunkBytes;
    for (;;) {
      throwIfAborted(signal);
      const buffer = Buffer.allocUnsafe(size);
      const { bytesRead } = await handle.read(buffer, 0, size, offset);
      const chunk = buffer.subarray(0, bytesRead);
      const isLast = bytesRead < size;
      let start = 0;
      for (
        let end = chunk.indexOf(10);
        end >= 0 || (isLast && start < bytesRead);
        end = chunk.indexOf(10, start)
      ) {
        const stop = end < 0 ? bytesRead : end;
        const text = chunk.toString('utf8', start, stop);
        if (text.trim() !== '') yield { text, offset: offset + start, bytes: stop - start };
        start = stop + 1;
        if (end < 0) break;
      }
      if (isLast) return;
      if (start === 0) {
        if (size >= maxLineBytes)
          throw new AppError('file-unreadable', `A line of ${basename(path)} is longer than 64 MB.`);
        size *= 4;
        continue;
      }
      offset += start;
      size = chunkBytes;
    }
  } catch (error) {
    throw fileError(error, path, 'read');
  } finally {
    await handle.close();
  }
}

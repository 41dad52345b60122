import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { runSpecSchema, stageSchema } from '../../core/run/spec.ts';
import { fileError } from '../dataset/file-errors.ts';

/** `run.json`, the immutable launch record of a run folder (trainers.md §4). */
const runRecordSchema = z.object({
  version: z.literal(1),
  run: z.string(),
  name: z.string(),
  stage: stageSchema,
  trainer: z.string(),
  created: z.string(),
  interpreter: z.string(),
  argv: z.array(z.string()).min(1),
  env: z.record(z.string(), z.string()),
  spec: runSpecSchema,
  spec_sha256: z.string(),
  spec_path: z.string().nullable(),
  model: z.object({ given: z.string(), path: z.string() }),
  dataset: z.object({
    path: z.string(),
    sha256: z.string(),
    traces: z.int(),
    rows_selected: z.int(),
  }),
  inputs: z.object({ train: z.string(), eval: z.string().nullable() }),
  versions: z.record(z.string(), z.string()),
  rollouts: z.string(),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/** Reads `run.json`; AppError run-not-found when the folder has none, file-unreadable when it is damaged. */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  const path = join(folder, 'run.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new AppError(
      'run-not-found',
      `${folder} is not a run folder: ${fileError(error, path, 'read').message}`,
      '',
      {
        cause: error,
      },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') || 'file';
  throw new AppError(
    'file-unreadable',
    `${path} is damaged or of another version (${where}).`,
    'Open the run with the Coldstart version that made it; its files are left alone.',
  );
}

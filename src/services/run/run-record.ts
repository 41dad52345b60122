import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { type DatasetRef, runSpecSchema, stageSchema } from '../../core/run/spec.ts';
import { fileError } from '../files/file-errors.ts';
import { homeOf, type PlaceNow, placeNow } from './moved-paths.ts';

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
  /** Where run folder and workspace were at the launch; older records lack it. */
  home: z.object({ folder: z.string(), workspace: z.string().nullable() }).nullable().default(null),
});
export type RunRecord = z.infer<typeof runRecordSchema>;

/**
 * Reads `run.json`, its paths where they are now when the folder was moved or copied; AppError run-not-found when the
 * folder has none, file-unreadable when it is damaged.
 */
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
  if (parsed.success) return placedRecord(parsed.data, folder);
  const where = parsed.error.issues[0]?.path.join('.') || 'file';
  throw new AppError(
    'file-unreadable',
    `${path} is damaged or of another version (${where}).`,
    'Open the run with the Coldstart version that made it; its files are left alone.',
  );
}

async function placedRecord(written: RunRecord, folder: string): Promise<RunRecord> {
  const home = written.home ?? homeOf(written.argv);
  const record = { ...written, home };
  if (!home || home.folder === resolve(folder)) return record;
  const now = placeNow(home, folder);
  const { spec } = record;
  const rewards = await Promise.all(
    spec.rewards.map(async (reward) => {
      if (!reward.file) return reward;
      const colon = reward.file.lastIndexOf(':');
      return { ...reward, file: `${await now(reward.file.slice(0, colon))}${reward.file.slice(colon)}` };
    }),
  );
  const { evaluation } = spec;
  return {
    ...record,
    spec_path: record.spec_path === null ? null : await now(record.spec_path),
    model: { ...record.model, path: await now(record.model.path) },
    dataset: { ...record.dataset, path: await now(record.dataset.path) },
    spec: {
      ...spec,
      model: await now(spec.model),
      rewards,
      dataset: await placedDataset(spec.dataset, now),
      ...(evaluation ? { evaluation: await placedDataset(evaluation, now) } : {}),
    },
  };
}

async function placedDataset<Ref extends DatasetRef>(ref: Ref, now: PlaceNow): Promise<Ref> {
  return { ...ref, path: await now(ref.path), image_roots: await Promise.all(ref.image_roots.map(now)) };
}

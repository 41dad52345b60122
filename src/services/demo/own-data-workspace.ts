import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { many } from '../../core/text/plural.ts';
import { TraceDocument } from '../dataset/document.ts';
import { fileHash } from '../files/file-hash.ts';
import type { Assets, Progress } from '../ports.ts';
import type { RunHost } from '../run/views.ts';
import { type Arm, type DemoRun, ownDataRuns } from './demo-specs.ts';
import { demoPython, writeRunSpecs } from './example-workspace.ts';
import { claimWorkspace } from './made-with.ts';

export interface OwnDataWorkspaceOptions {
  readonly folder: string;
  /** The person's dataset, absolute; it is read where it lies and never written. */
  readonly data: string;
  /** Folder or hub id; a tiny random model is made from the texts of the dataset otherwise. */
  readonly model?: string;
  readonly sftSteps: number;
  readonly grpoSteps: number;
  /** Rows held out, from the end. */
  readonly testRows?: number;
  readonly seed: number;
  readonly python: string;
  readonly assets: Assets;
  readonly host: RunHost;
  readonly progress: Progress;
}

export interface OwnDataPlan {
  readonly runs: DemoRun[];
  readonly testPath: string;
  readonly testRows: string;
  readonly models: { readonly arm: Arm; readonly model: string }[];
  readonly completionTokens: number;
}

/**
 * Run specs for the four arms on a person's own dataset, and a tiny model when none is given; AppError file-exists for
 * a folder of other options or another dataset.
 */
export async function createOwnDataWorkspace(
  options: OwnDataWorkspaceOptions,
  signal: AbortSignal,
): Promise<OwnDataPlan> {
  const { folder, data, seed, progress } = options;
  progress.report('Reading the dataset', 0.1);
  const { rows, shape, images } = await survey(options, signal);
  const sha256 = await fileHash(data, signal);
  const testRows = Math.min(options.testRows ?? Math.min(100, Math.ceil(rows / 10)), rows - 1);
  const { sftSteps, grpoSteps } = options;
  await claimWorkspace(
    folder,
    { data, sha256, model: options.model ?? null, sftSteps, grpoSteps, testRows, seed },
    [join('models', 'tiny'), 'sft-only.run.json'],
  );
  const model = options.model ?? join(folder, 'models', 'tiny');
  if (!options.model && !existsSync(join(model, 'config.json'))) {
    progress.report('Making a tiny random model', 0.5);
    const kind = images ? 'llava' : 'text';
    await demoPython(
      options,
      ['model', model, '--kind', kind, '--seed', String(seed), '--texts', data],
      signal,
    );
  }
  const completionTokens = options.model ? 512 : 96;
  const runs = ownDataRuns({
    path: data,
    shape,
    trainRows: rows - testRows,
    model,
    sftSteps,
    grpoSteps,
    seed,
    completionTokens,
  });
  await writeRunSpecs(folder, runs);
  progress.report('Ready', 1);
  return {
    runs,
    completionTokens,
    testPath: data,
    testRows: `${rows - testRows}:${rows}`,
    models: [
      { arm: 'base', model },
      { arm: 'rl-only', model: 'run:rl-only' },
      { arm: 'sft-only', model: 'run:sft-only' },
      { arm: 'sft-rl', model: 'run:sft-rl' },
    ],
  };
}

/** What the loop needs of a dataset: rows, shape, whether there are images; refuses one that cannot be trained on. */
async function survey(
  { data, assets, host }: OwnDataWorkspaceOptions,
  signal: AbortSignal,
): Promise<{ rows: number; shape: string; images: boolean }> {
  const { settings, log } = host;
  const document = await TraceDocument.open(data, { assets, settings, log }, signal);
  try {
    await document.indexed();
    const rows = document.rows;
    if (rows < 2)
      throw new AppError('selection-empty', `${data} has ${many(rows, 'row')}; at least two are needed.`);
    const page = await document.rowsRead(0, Math.min(rows, 50));
    const first = page.rows.find((row) => row.status === 'ok');
    if (!first) throw new AppError('row-unreadable', `None of the first rows of ${data} could be read.`);
    const trace = await document.traceRead(first.index);
    if (trace.completion === null) {
      throw new AppError(
        'shape-unknown',
        `The rows of ${data} have no completion, so there is nothing to fine-tune on.`,
        'Give a dataset of traces; the ground truth is read from the same rows.',
      );
    }
    if (trace.groundTruth === null) {
      throw new AppError(
        'shape-unknown',
        `The rows of ${data} have no ground truth, so nothing could be rewarded.`,
        'Add a field ground_truth, or end the completions in \\boxed{}.',
      );
    }
    return { rows, shape: document.view().shape.name, images: page.rows.some((row) => row.images > 0) };
  } finally {
    await document.dispose();
  }
}

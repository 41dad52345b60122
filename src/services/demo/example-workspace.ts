import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import type { RunSpecInput } from '../../core/run/spec.ts';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import { checkWay } from '../environment/ways.ts';
import type { Assets, Progress } from '../ports.ts';
import { boardRuns, type DemoRun } from './demo-specs.ts';
import { claimWorkspace } from './made-with.ts';

export interface ExampleOptions {
  readonly folder: string;
  /** Interpreter of a trainer environment. */
  readonly python: string;
  readonly assets: Assets;
  readonly seed: number;
  readonly progress: Progress;
  readonly ablation?: boolean;
  /** Shortens every run and the datasets, for tests; 1 is the real size. */
  readonly scale?: number;
}

const readme = `# Coldstart example

Boards of 3 × 3 cells with coloured shapes, drawn by Coldstart. “How many Red shapes ?”

| file | what |
| --- | --- |
| traces.jsonl | structured traces for SFT: caption, think, boxed answer |
| answers-only.jsonl | the same problems, boxed answer alone |
| problems.jsonl | problems with ground truth for GRPO |
| world.jsonl | descriptions that the base model is made from |
| test.jsonl | held-out problems, used for evaluation only |
| *.run.json | run specs: base, then SFT, GRPO from base, GRPO from SFT |

Open a .jsonl file with “Coldstart: Open in trace editor”, a run spec with its CodeLens.
`;

/**
 * Writes the example workspace: images, datasets, a random tiny model and the run specs. Can be run again: what is
 * there stays. Resolves with the runs in the order in which they depend on each other; AppError file-exists for a
 * folder of other options.
 */
export async function createExampleWorkspace(
  options: ExampleOptions,
  signal?: AbortSignal,
): Promise<DemoRun[]> {
  const { folder, seed, progress, scale = 1 } = options;
  await claimWorkspace(folder, { seed, scale }, ['test.jsonl', join('models', 'random')]);
  const sized = (full: number, least: number) => String(Math.max(least, Math.round(full * scale)));
  if (!existsSync(join(folder, 'test.jsonl'))) {
    progress.report('Drawing boards', 0.1);
    await demoPython(
      options,
      [
        'draw',
        folder,
        '--seed',
        String(seed),
        '--traces',
        sized(2000, 60),
        '--problems',
        sized(1000, 40),
        '--world',
        sized(3000, 60),
        '--test',
        sized(500, 20),
      ],
      signal,
    );
  }
  if (!existsSync(join(folder, 'models', 'random', 'config.json'))) {
    progress.report('Making a random model', 0.7);
    await demoPython(
      options,
      ['model', join(folder, 'models', 'random'), '--kind', 'llava', '--seed', String(seed)],
      signal,
    );
  }
  const runs = boardRuns(seed, { ablation: options.ablation ?? false, scale });
  await writeRunSpecs(folder, runs);
  await writeFile(join(folder, 'README.md'), readme);
  progress.report('Ready', 1);
  return runs;
}

/** Writes each spec as `<name>.run.json`; a spec that the person changed is left alone. */
export async function writeRunSpecs(folder: string, runs: readonly DemoRun[]): Promise<void> {
  for (const { name, spec } of runs) {
    const path = join(folder, `${name}.run.json`);
    if (!existsSync(path)) await writeFile(path, `${JSON.stringify(inOrder(spec), null, 2)}\n`);
  }
}

/** The fields that a reader looks for first, then the others. */
function inOrder(spec: RunSpecInput): RunSpecInput {
  const { version, name, stage, trainer, model, dataset, rewards, ...rest } = spec;
  return { version, name, stage, trainer, model, dataset, ...(rewards ? { rewards } : {}), ...rest };
}

/**
 * Runs `python -m coldstart_demo …` to its end; AppError environment-incomplete with its last line of stderr,
 * python-missing or cancelled.
 */
export async function demoPython(
  { python, assets }: Pick<ExampleOptions, 'python' | 'assets'>,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  const { code, errorLines } = await runChild(python, ['-m', 'coldstart_demo', ...args], {
    env: childEnvironment(trainerVariables(assets.trainer, 1)),
    signal,
  });
  if (code === 0) return;
  throw new AppError(
    'environment-incomplete',
    `The example could not be made: ${errorLines.findLast((line) => line.trim() !== '') ?? `exit code ${code}`}`,
    checkWay,
    { cause: errorLines.join('\n') },
  );
}

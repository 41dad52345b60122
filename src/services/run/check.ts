import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import {
  imageAdvice,
  imageProblem,
  type PreparedRun,
  type PrepareOptions,
  prepareRun,
  type SpecSource,
} from './prepare.ts';
import { checkSpecFile } from './spec-file.ts';
import { beginTrainerCheck, type TrainerCheck } from './trainer-check.ts';
import type { Finding, RunHost } from './views.ts';

/** Less free space than this cannot even hold the events of a run. */
const leastFreeBytes = 200 << 20;

/** The code of a finding behind an error that preparing a run can say. */
const codes: Readonly<Partial<Record<ErrorCode, string>>> = {
  'selection-empty': 'empty-selection',
  'python-missing': 'packages',
  'environment-incomplete': 'packages',
  'model-not-found': 'model',
  'reward-invalid': 'reward',
  'disk-full': 'disk',
};

/**
 * Everything that can be known to fail before a start, errors first: the spec itself, the selected rows and their
 * images, batch arithmetic, token lengths with the model's own processor, rewards on real rows, disk. Starts no run and
 * leaves nothing behind.
 */
export async function checkRun(
  source: SpecSource,
  host: RunHost,
  signal?: AbortSignal,
  changes: Pick<PrepareOptions, 'name' | 'set'> = {},
): Promise<Finding[]> {
  const { progress } = host;
  progress?.report('Reading the run spec', 0.02);
  const problems = typeof source === 'string' && !changes.set?.length ? await checkSpecFile(source) : [];
  if (problems.length > 0) return problems;
  const folder = await mkdtemp(join(tmpdir(), 'coldstart-check-'));
  let trainer: TrainerCheck | undefined;
  try {
    progress?.report('Selecting rows and looking at images', 0.05);
    const options: PrepareOptions = {
      host,
      ...changes,
      into: folder,
      lenient: true,
      versions: (interpreter, threads) => {
        trainer = beginTrainerCheck(interpreter, threads, host, signal);
        return trainer.versions;
      },
    };
    const prepared = await prepareRun(source, options, signal).catch((error: unknown) => findingOf(error));
    if ('severity' in prepared) return [prepared, ...(await diskFindings(host))];
    progress?.report('Importing the trainer', 0.15);
    const found = (await trainer?.findings(prepared.folder)) ?? [];
    return sortFindings([...(await diskFindings(host)), ...selectionFindings(prepared), ...found]);
  } finally {
    trainer?.end();
    await rm(folder, { recursive: true, force: true });
  }
}

function findingOf(error: unknown): Finding {
  if (!(error instanceof AppError) || error.code === 'cancelled' || error.code === 'internal') throw error;
  return {
    code: codes[error.code] ?? error.code,
    severity: 'error',
    message: error.message,
    fix: error.hint,
  };
}

function selectionFindings({ record, inputs }: PreparedRun): Finding[] {
  const { rows_selected, traces, path } = record.dataset;
  const found: Finding[] = [];
  const images = imageProblem(inputs);
  if (images) found.push({ code: 'image-refused', severity: 'error', message: images, fix: imageAdvice });
  for (const [name, rows] of [
    [path, inputs.train],
    [record.spec.evaluation?.path, inputs.eval],
  ] as const) {
    const fix = `See them with: coldstart dataset lint ${name}`;
    if (rows?.broken) {
      const message = `${rows.broken} rows of ${name} cannot be read and are left out.`;
      found.push({ code: 'broken-rows', severity: 'warning', message, fix });
    }
    if (rows?.incomplete) {
      const message = `${rows.incomplete} of ${rows.selected} chosen rows of ${name} have no completion and are left out.`;
      found.push({ code: 'no-completion', severity: 'warning', message, fix });
    }
  }
  const message = `${rows_selected} of ${traces} traces of ${path} are selected for ${record.stage}.`;
  found.push({ code: 'selection', severity: 'info', message, fix: '' });
  return found;
}

async function diskFindings({ settings }: RunHost): Promise<Finding[]> {
  for (let folder = settings.runsFolder; ; folder = join(folder, '..')) {
    const facts = await statfs(folder).catch(() => null);
    if (!facts) {
      if (folder === join(folder, '..')) return [];
      continue;
    }
    const free = facts.bavail * facts.bsize;
    if (free >= leastFreeBytes) return [];
    return [
      {
        code: 'disk',
        severity: 'error',
        message: `Only ${Math.round(free / 1e6)} MB are free where runs are written.`,
        fix: 'Free space, or choose another runs folder.',
      },
    ];
  }
}

const ranks = { error: 0, warning: 1, info: 2 } as const;

function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}

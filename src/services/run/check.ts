import { mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import {
  imageAdvice,
  imageProblem,
  type PreparedRun,
  type PrepareOptions,
  prepareRun,
  type SpecSource,
} from './prepare.ts';
import type { RunRecord } from './run-record.ts';
import { checkSpecFile } from './spec-file.ts';
import type { Finding, RunHost } from './views.ts';

const findingSchema = z.object({
  code: z.string(),
  severity: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  fix: z.string().default(''),
});

const timeoutMs = 600_000;
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
  try {
    progress?.report('Selecting rows', 0.05);
    const options: PrepareOptions = { host, ...changes, into: folder, lenient: true };
    const prepared = await prepareRun(source, options, signal).catch((error: unknown) => findingOf(error));
    if ('severity' in prepared) return [prepared, ...(await diskFindings(host))];
    progress?.report('Checking rows, model and rewards with the trainer', 0.2);
    const found = await askTrainer(prepared.folder, prepared.record, host, signal);
    return sortFindings([...(await diskFindings(host)), ...selectionFindings(prepared), ...found]);
  } finally {
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

/** Findings of `coldstart_trainer check`; a check that fails itself is a finding, too. */
async function askTrainer(
  folder: string,
  record: RunRecord,
  { assets }: RunHost,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const found: Finding[] = [];
  const { code, errorLines, timedOut } = await runChild(
    record.interpreter,
    ['-m', 'coldstart_trainer', 'check', folder],
    {
      env: childEnvironment(trainerVariables(assets.trainer, record.spec.threads)),
      timeoutMs,
      signal,
      onLine: (line) => {
        const finding = readFinding(line);
        if (finding) found.push(finding);
      },
    },
  );
  const failed = timedOut || (code !== 0 && !found.some(({ severity }) => severity === 'error'));
  if (!failed) return found;
  const why = timedOut
    ? `it took longer than ${timeoutMs / 60_000} minutes`
    : (errorLines.findLast((line) => line.trim() !== '') ?? `it ended with exit code ${code}`);
  found.push({
    code: 'check-failed',
    severity: 'error',
    message: `The trainer's own check could not finish: ${why}`,
    fix: 'Check the trainer environment: coldstart env check trl',
  });
  return found;
}

function readFinding(line: string): Finding | null {
  if (!line.startsWith('{')) return null;
  try {
    const parsed = findingSchema.safeParse(JSON.parse(line));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

const ranks = { error: 0, warning: 1, info: 2 } as const;

function sortFindings(findings: readonly Finding[]): Finding[] {
  return [...findings].sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}

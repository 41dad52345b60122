import { mkdir, readFile, rm, rmdir, statfs } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError, type ErrorCode } from '../../core/errors.ts';
import type { Stage } from '../../core/run/spec.ts';
import { isOrAre, many } from '../../core/text/plural.ts';
import { fileError } from '../files/file-errors.ts';
import { settingOf } from './finding-places.ts';
import {
  imageAdvice,
  imageProblem,
  type PreparedRun,
  type PrepareOptions,
  prepareResolved,
} from './prepare.ts';
import {
  type PrepareProblem,
  type ResolvedRun,
  type ResolveOptions,
  resolveRun,
  type SpecSource,
} from './resolve-run.ts';
import { newRunId } from './run-folder.ts';
import { runFolderError } from './run-folder-error.ts';
import type { SpecPath } from './spec-faults.ts';
import { parseSpec, placeInSpec } from './spec-file.ts';
import { mistakeOf } from './spec-marks.ts';
import { beginTrainerCheck, type TrainerCheck } from './trainer-check.ts';
import type { Finding, RunHost } from './views.ts';

/** A run spec as an editor shows it, and the file that it belongs to. */
export interface SpecText {
  readonly text: string;
  readonly path: string;
}

export interface CheckOptions extends Pick<ResolveOptions, 'name' | 'set'> {
  /**
   * Gets the findings that the spec and the disk alone tell, when there are any, before an interpreter is started;
   * `false` ends the check with them.
   */
  readonly known?: (findings: readonly Finding[]) => boolean;
  /** How a person sees the rows of a dataset that a filter finds; in the trace editor unless said. */
  readonly seeRows?: (dataset: string, filter: string) => string;
}

/** What a check that found nothing to mend says, with its counts of traces and rollouts. */
export function passedWords(findings: readonly Finding[]): string {
  const counts = findings.filter(({ code }) => code === 'selection' || code === 'batch-arithmetic');
  return ['Check passed.', ...counts.map(({ message }) => message)].join(' ');
}

const seeInEditor = (_dataset: string, filter: string): string =>
  `See them in the trace editor with the filter ${filter}`;

/** True when something keeps a run from starting. */
export const hasErrors = (findings: readonly Finding[]): boolean =>
  findings.some(({ severity }) => severity === 'error');

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
 * images, batch arithmetic, token lengths with the model's own processor, rewards on real rows, disk. What is wrong in
 * one place keeps nothing else from being checked. Starts no run and leaves nothing behind.
 */
export async function checkRun(
  source: string | SpecText,
  host: RunHost,
  signal?: AbortSignal,
  options: CheckOptions = {},
): Promise<Finding[]> {
  host.progress?.report('Reading the run spec', 0.02);
  const { text, path } =
    typeof source === 'string' ? { path: resolve(source), text: await read(source) } : source;
  // Changes of the command line stand in no file, so that places would be wrong.
  if (options.set?.length) return findingsOf(path, [], (finding) => finding, host, options, signal);
  const { problems, readable } = parseSpec(text);
  const mistakes = problems.map(mistakeOf);
  if (!readable) return mistakes;
  const place = (finding: Finding): Finding => {
    const setting = finding.path ?? settingOf(finding.code);
    if (!setting) return finding;
    const { line, column, length } = placeInSpec(text, setting);
    return { ...finding, path: setting, line, column, length };
  };
  return findingsOf({ spec: readable, path }, mistakes, place, host, options, signal);
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, path, 'read');
  }
}

/** The mistakes of a spec, then what its disk tells, what preparing it in a folder of its own does, and the trainer. */
async function findingsOf(
  source: SpecSource,
  mistakes: readonly Finding[],
  place: (finding: Finding) => Finding,
  host: RunHost,
  { known, seeRows = seeInEditor, ...changes }: CheckOptions,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const options = { host, ...changes, lenient: true };
  const resolved = await resolveRun(source, options).catch((error: unknown) => place(findingOf(error)));
  const disk = (await diskFindings(host)).map(place);
  if ('severity' in resolved) return [...mistakes, resolved, ...disk];
  const before = resolved.problems.map((problem) => place(problemFinding(problem)));
  const told = [...mistakes, ...sortFindings([...disk, ...before])];
  if (told.length > 0 && known?.(told) === false) return told;
  const { problems } = resolved;
  const count = problems.length;
  const further = await preparedFindings(resolved, options, seeRows, signal);
  const since = problems.slice(count).map(problemFinding);
  const news = [...since, ...further].map(place);
  return [...mistakes, ...sortFindings([...disk, ...before, ...news])];
}

/** What is found by preparing a run in a folder of its own and asking the trainer about it. */
async function preparedFindings(
  resolved: ResolvedRun,
  options: ResolveOptions,
  seeRows: NonNullable<CheckOptions['seeRows']>,
  signal?: AbortSignal,
): Promise<Finding[]> {
  const { host } = options;
  const { progress } = host;
  const { problems } = resolved;
  const scratch = await checkFolder(host.settings.runsFolder, resolved.spec.stage).catch(findingOf);
  if ('severity' in scratch) return [scratch];
  let trainer: TrainerCheck | undefined;
  try {
    progress?.report('Selecting rows and looking at images', 0.05);
    const prepareOptions: PrepareOptions = {
      ...options,
      into: scratch.folder,
      versions: (interpreter, threads) => {
        trainer = beginTrainerCheck(interpreter, threads, host, signal);
        return trainer.versions;
      },
    };
    const prepared = await prepareResolved(resolved, prepareOptions, signal).catch((error: unknown) =>
      findingOf(error),
    );
    if ('severity' in prepared) return [prepared];
    const canAsk = trainer !== undefined && !problems.some(({ path: [first] }) => first === 'trainer');
    if (canAsk) progress?.report('Importing the trainer', 0.15);
    const asked = canAsk ? ((await trainer?.findings(prepared.folder)) ?? []) : [];
    // The trainer meets again what is told already.
    const isNews = ({ code }: Finding) =>
      !problems.some(({ path: [first] }) => echoes[String(first)] === code);
    return [...selectionFindings(prepared, seeRows), ...asked.filter(isNews)];
  } finally {
    trainer?.end();
    await scratch.remove();
  }
}

/** A folder on the disk of the runs, which is large where others need not be; its name is that of no run. */
async function checkFolder(
  runsFolder: string,
  stage: Stage,
): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = join(runsFolder, `.checking-${newRunId(stage)}`);
  try {
    const made = await mkdir(folder, { recursive: true });
    return {
      folder,
      remove: async () => {
        await rm(folder, { recursive: true, force: true });
        // A workspace without runs stays one, unless one was started meanwhile.
        for (let parent = runsFolder; made && parent.startsWith(made); parent = dirname(parent))
          await rmdir(parent).catch(() => undefined);
      },
    };
  } catch (error) {
    throw runFolderError(error, runsFolder);
  }
}

const problemFinding = (problem: PrepareProblem): Finding => ({
  ...findingOf(problem.error),
  path: partOf(problem),
});

/** The setting within a dataset that a problem of its rows is about. */
function partOf({ path, error }: PrepareProblem): SpecPath {
  const [first = ''] = path;
  if (error.code === 'filter-invalid') return [first, 'filter'];
  return error.code === 'selection-empty' ? [first, 'rows'] : path;
}

/** What the trainer's own check says of a run without the thing that a setting names. */
const echoes: Readonly<Record<string, string>> = { model: 'model-load', dataset: 'empty-selection' };

function findingOf(error: unknown): Finding {
  if (!(error instanceof AppError) || error.code === 'cancelled' || error.code === 'internal') throw error;
  return {
    code: codes[error.code] ?? error.code,
    severity: 'error',
    message: error.message,
    fix: error.hint,
  };
}

function selectionFindings(
  { record, inputs }: PreparedRun,
  seeRows: NonNullable<CheckOptions['seeRows']>,
): Finding[] {
  const { rows_selected, traces, path } = record.dataset;
  const found: Finding[] = [];
  const images = imageProblem(inputs);
  if (images) found.push({ code: 'image-refused', severity: 'error', message: images, fix: imageAdvice });
  for (const [name, rows, setting] of [
    [path, inputs.train, 'dataset'],
    [record.spec.evaluation?.path, inputs.eval, 'evaluation'],
  ] as const) {
    const place = { path: [setting, 'path'] };
    if (rows?.broken) {
      const message = `${many(rows.broken, 'row')} of ${name} cannot be read and ${isOrAre(rows.broken)} left out.`;
      const fix = seeRows(name ?? '', 'has:problem');
      found.push({ code: 'broken-rows', severity: 'warning', message, fix, ...place });
    }
    if (rows?.incomplete) {
      const message = `${rows.incomplete} of ${many(rows.selected, 'chosen row')} of ${name} ${rows.incomplete === 1 ? 'has' : 'have'} no completion and ${isOrAre(rows.incomplete)} left out.`;
      const fix = seeRows(name ?? '', '-has:completion');
      found.push({ code: 'no-completion', severity: 'warning', message, fix, ...place });
    }
  }
  if (inputs.train.rows === 0) return found;
  const message = `${rows_selected.toLocaleString('en')} of ${many(traces, 'trace')} of ${basename(path)} ${isOrAre(rows_selected)} selected for ${record.stage.toUpperCase()}.`;
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

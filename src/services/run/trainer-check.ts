import { z } from 'zod';
import { childEnvironment, trainerVariables } from '../environment/child-environment.ts';
import { runChild } from '../environment/child-process.ts';
import { readJsonLine } from '../environment/json-line.ts';
import { checkWay } from '../environment/ways.ts';
import { brokenInterpreter } from './prepare.ts';
import type { Finding, RunHost } from './views.ts';

const lineSchema = z.union([
  z.object({
    code: z.string(),
    severity: z.enum(['info', 'warning', 'error']),
    message: z.string(),
    fix: z.string().default(''),
    path: z.array(z.union([z.string(), z.number()])).exactOptional(),
  }),
  z.object({ versions: z.record(z.string(), z.string()) }),
  z.object({ doing: z.string() }),
]);

const timeoutMs = 600_000;
/** Shares of the progress bar: where the trainer's part begins, and how far each thing it does takes it. */
const firstShare = 0.2;
const shareEach = 0.18;

/** A trainer's own check, begun before the run that it looks at is prepared. */
export interface TrainerCheck {
  /** What the interpreter has installed; AppError environment-incomplete when it does not run. */
  readonly versions: Promise<Readonly<Record<string, string>>>;
  /** Findings of a prepared run folder; a check that fails itself is a finding, too. Called once. */
  findings(folder: string): Promise<Finding[]>;
  /** Ends it when nothing will be prepared. */
  end(): void;
}

/** Starts one Python that says what is installed, imports the trainer meanwhile, and waits for the run folder. */
export function beginTrainerCheck(
  interpreter: string,
  threads: number | undefined,
  { assets, progress }: RunHost,
  signal?: AbortSignal,
): TrainerCheck {
  const found: Finding[] = [];
  const ended = new AbortController();
  let tellFolder: (folder: string) => void = () => undefined;
  const input = new Promise<string>((resolve) => {
    tellFolder = resolve;
  });
  let tellVersions: (versions: Record<string, string>) => void = () => undefined;
  const told = new Promise<Record<string, string>>((resolve) => {
    tellVersions = resolve;
  });
  let share = firstShare;
  const onLine = (line: string) => {
    const said = readJsonLine(line, lineSchema);
    if (!said) return;
    if ('versions' in said) tellVersions(said.versions);
    else if ('doing' in said) {
      progress?.report(said.doing, share);
      share += shareEach;
    } else found.push(said);
  };
  const child = runChild(interpreter, ['-m', 'coldstart_trainer', 'check'], {
    env: childEnvironment(trainerVariables(assets.trainer, threads)),
    input,
    timeoutMs,
    signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
    onLine,
  });
  const silent = child.then(({ code, errorLines }) => {
    throw brokenInterpreter(interpreter, lastWords(errorLines) ?? `exit code ${code}`);
  });
  const versions = Promise.race([told, silent]);
  versions.catch(() => undefined);
  return {
    versions,
    findings: async (folder) => {
      tellFolder(`${folder}\n`);
      const { code, errorLines, timedOut } = await child;
      const hasFailed = timedOut || (code !== 0 && !found.some(({ severity }) => severity === 'error'));
      if (!hasFailed) return found;
      const why = timedOut
        ? `it took longer than ${timeoutMs / 60_000} minutes`
        : (lastWords(errorLines) ?? `it ended with exit code ${code}`);
      const failure: Finding = {
        code: 'check-failed',
        severity: 'error',
        message: `The trainer's own check could not finish: ${why}`,
        fix: checkWay,
      };
      return [...found, failure];
    },
    end: () => ended.abort(),
  };
}

const lastWords = (lines: readonly string[]) => lines.findLast((line) => line.trim() !== '');

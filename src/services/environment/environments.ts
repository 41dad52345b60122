import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Assets, Settings } from '../ports.ts';
import type { EnvironmentData, RunHost } from '../run/views.ts';
import { childEnvironment, trainerVariables } from './child-environment.ts';
import { runChild } from './child-process.ts';
import { lastJsonLine } from './json-line.ts';
import { chooseWay, createWay } from './ways.ts';

const versionsSchema = z.object({
  python: z.string(),
  executable: z.string(),
  versions: z.record(z.string(), z.string().nullable()),
  device: z.object({ kind: z.string(), name: z.string().default(''), count: z.number().default(1) }),
  missing: z.array(z.string()),
  ready: z.boolean(),
  advice: z.string().default(''),
});

/** Asks an interpreter what it has for the TRL trainer; it may lack everything, then `advice` says what to do. */
export async function checkEnvironment(
  python: string,
  assets: Assets,
  signal?: AbortSignal,
): Promise<EnvironmentData> {
  const lines: string[] = [];
  const { code, errorLines, timedOut } = await runChild(python, ['-m', 'coldstart_trainer', 'versions'], {
    env: childEnvironment(trainerVariables(assets.trainer)),
    onLine: (line) => lines.push(line),
    timeoutMs: 180_000,
    signal,
  });
  const said = lastJsonLine(lines, versionsSchema);
  if (!said) {
    const why = timedOut
      ? 'it did not answer'
      : (errorLines.at(-1) ?? `it gave no versions (exit code ${code})`);
    throw new AppError(
      'environment-incomplete',
      `${python} could not be checked: ${why}`,
      `Choose another interpreter (${chooseWay}), or create the environment: ${createWay}`,
    );
  }
  const { versions, device, missing, ready, advice } = said;
  const known = Object.entries(versions).filter((entry): entry is [string, string] => entry[1] !== null);
  return {
    trainer: 'trl',
    python,
    ready,
    versions: { python: said.python, ...Object.fromEntries(known) },
    device: deviceText(device),
    missing,
    advice:
      ready || (missing.length === 0 && advice)
        ? advice
        : `Install ${missing.join(', ') || 'the trainer'} there, or create the environment: ${createWay}`,
  };
}

function deviceText({ kind, name, count }: z.infer<typeof versionsSchema>['device']): string {
  if (kind === 'cpu') return 'CPU';
  return count > 1 ? `${count} × ${name || kind}` : name || kind;
}

/** The environments that exist or are chosen, one per trainer; one that cannot be asked is listed as not ready. */
export async function listEnvironments(host: RunHost, signal?: AbortSignal): Promise<EnvironmentData[]> {
  let python = host.settings.interpreters.trl ?? '';
  try {
    python = await interpreterOf('trl', host.settings);
    return [await checkEnvironment(python, host.assets, signal)];
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'cancelled') throw error;
    // Nothing was made and nothing chosen.
    if (python === '') return [];
    const advice = `${error.message} ${error.hint}`;
    return [{ trainer: 'trl', python, ready: false, versions: {}, device: '', missing: [], advice }];
  }
}

/** The interpreter that runs of a trainer use: the person's own, else the created environment's. */
export async function interpreterOf(trainer: string, settings: Settings): Promise<string> {
  const chosen = settings.interpreters[trainer];
  if (chosen) {
    if (isAbsolute(chosen) && (await isExecutable(chosen))) return chosen;
    const why = !isAbsolute(chosen)
      ? 'is not an absolute path'
      : (await stat(chosen).catch(() => null))
        ? 'is not a program'
        : 'does not exist';
    throw new AppError(
      'python-missing',
      `The chosen interpreter ${chosen} ${why}.`,
      'Choose another one, or clear the choice (setting coldstart.environments.interpreters; COLDSTART_PYTHON on the command line).',
    );
  }
  const created = pythonIn(join(settings.environmentsFolder, trainer));
  if (await isExecutable(created)) return created;
  throw new AppError(
    'environment-incomplete',
    `There is no environment for the trainer ${trainer} yet.`,
    `Create it: ${createWay}`,
  );
}

/**
 * Where environments live: the person's own setting, else COLDSTART_ENVIRONMENTS, else a place in the user's data.
 * Relative ones are relative to the home folder, since all workspaces and working folders share them.
 */
export function environmentsFolder(setting = ''): string {
  const { COLDSTART_ENVIRONMENTS, XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  const chosen = setting || COLDSTART_ENVIRONMENTS;
  if (chosen) return resolve(homedir(), chosen);
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'coldstart', 'environments');
  const data =
    XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME) ? XDG_DATA_HOME : join(homedir(), '.local', 'share');
  return join(data, 'coldstart', 'environments');
}

/** The interpreter of a virtual environment. */
export function pythonIn(folder: string): string {
  return process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
}

/** True for a file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

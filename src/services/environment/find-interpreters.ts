import { readdir, readFile } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { isExecutable, pythonIn } from './environments.ts';

/** An interpreter that a person may choose, and where it was found. */
export interface FoundInterpreter {
  readonly path: string;
  /** What kind of place it is, such as `workspace` or `conda`. */
  readonly kind: string;
  /** Name of the environment; empty for one on the PATH. */
  readonly name: string;
  /** Python's version when a file beside it says so, without starting it. */
  readonly version: string | null;
}

export interface InterpreterPlaces {
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly workspaceFolders: readonly string[];
  readonly environmentsFolder: string;
}

/**
 * Interpreters in the usual places, nearest first, each once: created environments, those of the workspace, the active
 * one, conda, pyenv, virtualenvs, the PATH. Starts none of them.
 */
export async function findInterpreters(places: InterpreterPlaces): Promise<FoundInterpreter[]> {
  const { home, variables, workspaceFolders, environmentsFolder } = places;
  const active = [variables.VIRTUAL_ENV, variables.CONDA_PREFIX].filter((folder) => folder !== undefined);
  const condaHomes = ['miniconda3', 'miniforge3', 'mambaforge', 'anaconda3'].map((name) => join(home, name));
  const conda = [...condaHomes, '/opt/conda', '/opt/miniconda3'];
  const listed = await readFile(join(home, '.conda', 'environments.txt'), 'utf8').catch(() => '');
  const pyenv = variables.PYENV_ROOT ?? join(home, '.pyenv');
  const groups: readonly (readonly [string, readonly string[]])[] = [
    ['created by Coldstart', await foldersIn(environmentsFolder)],
    [
      'workspace',
      workspaceFolders.flatMap((root) => ['.venv', 'venv', 'env', '.conda'].map((name) => join(root, name))),
    ],
    ['active', active],
    [
      'conda',
      [
        ...listed.split(/\r?\n/).filter(Boolean),
        ...conda,
        ...(await all(conda.map((one) => foldersIn(join(one, 'envs'))))),
      ],
    ],
    ['pyenv', await foldersIn(join(pyenv, 'versions'))],
    [
      'virtualenv',
      await all([
        foldersIn(variables.WORKON_HOME ?? join(home, '.virtualenvs')),
        foldersIn(join(home, '.venvs')),
      ]),
    ],
  ];
  const candidates = groups.flatMap(([kind, folders]) =>
    folders.map((folder) => ({
      kind,
      name: folder.split(/[\\/]/).at(-1) ?? '',
      path: interpreterIn(folder, kind),
    })),
  );
  const programs = process.platform === 'win32' ? ['python.exe'] : ['python3', 'python'];
  const onPath = (variables.PATH ?? '')
    .split(delimiter)
    .filter(Boolean)
    .flatMap((folder) =>
      programs.map((program) => ({ kind: 'PATH', name: '', path: join(folder, program) })),
    );
  const found = new Map<string, FoundInterpreter>();
  for (const candidate of [...candidates, ...onPath]) {
    if (found.has(candidate.path) || !(await isExecutable(candidate.path))) continue;
    const version = candidate.kind === 'pyenv' ? candidate.name : await versionBeside(candidate.path);
    if (!isTooOld(version)) found.set(candidate.path, { ...candidate, version });
  }
  return [...found.values()];
}

const all = async (lists: readonly Promise<string[]>[]) => (await Promise.all(lists)).flat();

/** conda keeps its interpreter at the top on Windows. */
const interpreterIn = (folder: string, kind: string) =>
  kind === 'conda' && process.platform === 'win32' ? join(folder, 'python.exe') : pythonIn(folder);

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
    .map(({ name }) => join(folder, name))
    .sort();
}

/** True for a version that is known and below the 3.10 that the trainer needs. */
function isTooOld(version: string | null): boolean {
  const [, major = 3, minor = 10] = /^(\d+)\.(\d+)/.exec(version ?? '')?.map(Number) ?? [];
  return major < 3 || (major === 3 && minor < 10);
}

async function versionBeside(path: string): Promise<string | null> {
  const config = await readFile(join(dirname(dirname(path)), 'pyvenv.cfg'), 'utf8').catch(() => '');
  return /^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)/m.exec(config)?.[1] ?? null;
}

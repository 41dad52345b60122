import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import { readJsonObject, writeFileWhole } from '../files/small-files.ts';
import type { Progress } from '../ports.ts';
import type { EnvironmentData, RunHost } from '../run/views.ts';
import { childEnvironment } from './child-environment.ts';
import { runChild } from './child-process.ts';
import { lockFolder, logName, refuseForeignFolder, stampName } from './environment-folder.ts';
import { checkEnvironment, isExecutable, pythonIn } from './environments.ts';
import { findPython, type Python } from './find-python.ts';
import { NotOnIndex, pipInstall } from './pip.ts';
import { type Requirements, readRequirements } from './requirements.ts';
import { cpuIndex, installTorchvision } from './torchvision.ts';

export interface CreateEnvironmentOptions {
  readonly host: RunHost;
  readonly trainer: 'trl';
  /** Python 3.10 to 3.12 to build on; found on the PATH otherwise. */
  readonly python?: string;
  /** Folder of the environment instead of the default. */
  readonly folder?: string;
  readonly device: 'auto' | 'cpu' | 'cuda';
  /** Makes an environment that is there already anew. */
  readonly force?: boolean;
}

/** The environment, and whether it was there already or was made (or completed) now. */
export interface CreatedEnvironment {
  readonly environment: EnvironmentData;
  readonly was: 'there' | 'made';
}

const stampSchema = z.object({
  requirements_sha256: z.string(),
  build: z.string(),
  base: z.string(),
  versions: z.object({ python: z.string().optional() }),
});

/**
 * Makes the virtual environment of a trainer from the pinned requirements, or says that it is there already. A stop or
 * a failure leaves no environment that looks ready; the next try goes on where it stopped. AppError file-exists when it
 * is there on another Python than the given one and not forced, python-missing, python-too-old, network-unreachable,
 * install-failed, disk-full or cancelled.
 */
export async function createEnvironment(
  options: CreateEnvironmentOptions,
  signal?: AbortSignal,
): Promise<CreatedEnvironment> {
  const { host, trainer, force = false } = options;
  const progress: Progress = host.progress ?? { report: () => undefined };
  const folder = resolve(options.folder ?? join(host.settings.environmentsFolder, trainer));
  const requirements = await readRequirements(trainer, host.assets);
  const device = await chooseBuild(options.device, signal);
  const stamp = stampSchema.safeParse(await readJsonObject(join(folder, stampName))).data;
  const given = options.python === undefined ? null : await findPython(options.python, signal);
  if (stamp && given && !force) await refuseOtherPython(folder, stamp, given);
  if (stamp?.requirements_sha256 === requirements.sha256 && stamp.build === device && !force) {
    const found = await checkEnvironment(pythonIn(folder), host.assets, signal).catch(() => null);
    if (found?.ready) return { environment: found, was: 'there' };
  }
  await refuseForeignFolder(folder);
  progress.report('Looking for Python', 0.01);
  const python = given ?? (await findPython(undefined, signal));
  const release = await lockFolder(folder);
  try {
    await rm(join(folder, stampName), { force: true });
    await makeVenv(python, folder, force, progress, signal);
    await installPackages(folder, requirements, device, progress, signal);
    progress.report('Checking the environment', 0.97);
    const found = await checkEnvironment(pythonIn(folder), host.assets, signal);
    if (!found.ready)
      throw new AppError(
        'install-failed',
        `The environment was installed, but does not work: ${found.missing.join(', ') || found.advice}`,
        `The whole log is in ${join(folder, logName)}.`,
      );
    const facts = {
      version: 1,
      trainer,
      requirements_sha256: requirements.sha256,
      build: device,
      base: python.path,
      versions: found.versions,
    };
    await writeFileWhole(join(folder, stampName), `${JSON.stringify(facts, null, 2)}\n`);
    progress.report('Ready', 1);
    return { environment: found, was: 'made' };
  } finally {
    await release();
  }
}

/** CPU or CUDA build of torch; macOS has one build only. A machine without an NVIDIA driver never gets CUDA by itself. */
async function chooseBuild(
  wanted: CreateEnvironmentOptions['device'],
  signal?: AbortSignal,
): Promise<'cpu' | 'default'> {
  if (process.platform === 'darwin') return 'default';
  if (wanted !== 'auto') return wanted === 'cpu' ? 'cpu' : 'default';
  try {
    const options = { env: childEnvironment({}), timeoutMs: 10_000, signal };
    const { code } = await runChild('nvidia-smi', ['-L'], options);
    return code === 0 ? 'default' : 'cpu';
  } catch (error) {
    if (isCancelled(error)) throw error;
    return 'cpu';
  }
}

async function refuseOtherPython(
  folder: string,
  { base, versions }: z.infer<typeof stampSchema>,
  given: Python,
): Promise<void> {
  const real = (path: string) => realpath(path).catch(() => path);
  if ((await real(base)) === (await real(given.path))) return;
  throw new AppError(
    'file-exists',
    `${folder} is built on Python ${versions.python ?? ''} (${base}) already, not on Python ${given.version.join('.')} (${given.path}).`,
    'Make it anew with --force, leave --python out to keep it, or choose another folder with --dir.',
  );
}

async function makeVenv(
  python: Python,
  folder: string,
  anew: boolean,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const config = await readFile(join(folder, 'pyvenv.cfg'), 'utf8').catch(() => '');
  const version = python.version.slice(0, 2).join('.');
  const isSame = config.includes(`version = ${version}.`) || config.includes(`version_info = ${version}.`);
  if (isSame && !anew && (await isExecutable(pythonIn(folder)))) return;
  progress.report(`Creating a virtual environment with Python ${python.version.join('.')}`, 0.02);
  const { code, errorLines } = await runChild(python.path, ['-m', 'venv', '--clear', folder], {
    env: childEnvironment({}, 'install'),
    signal,
  });
  if (code === 0) return;
  const said = errorLines.join('\n');
  throw new AppError(
    'install-failed',
    `The virtual environment could not be created: ${errorLines.at(-1) ?? 'Python said nothing'}`,
    /ensurepip|No module named venv/.test(said)
      ? `Python's venv module is not installed. Debian, Ubuntu: sudo apt install python${version}-venv`
      : 'Check the folder and the interpreter, or name another with --python.',
  );
}

async function installPackages(
  folder: string,
  requirements: Requirements,
  build: 'cpu' | 'default',
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const python = pythonIn(folder);
  const logFile = join(folder, logName);
  const options = (share: number) => ({
    python,
    logFile,
    report: (message: string) => progress.report(message, share),
    signal,
  });
  const pip = (args: readonly string[], share: number) => pipInstall(args, options(share));
  const torch = build === 'cpu' ? `torch==${requirements.torch}+cpu` : `torch==${requirements.torch}`;
  progress.report(build === 'cpu' ? 'Installing torch (CPU build, about 200 MB)' : 'Installing torch', 0.05);
  try {
    await pip([torch], 0.1);
  } catch (error) {
    if (!(error instanceof NotOnIndex)) throw error;
    if (build !== 'cpu') throw notFound(error, logFile);
    // The CPU build of one package, from its own project; everything else stays with the configured index.
    await pip(['--extra-index-url', cpuIndex, torch], 0.1).catch((second: unknown) => {
      throw second instanceof NotOnIndex ? notFound(second, logFile) : second;
    });
  }
  const constraints = join(folder, 'coldstart-constraints.txt');
  await writeFile(constraints, `${torch}\n`);
  progress.report('Installing TRL and what it needs', 0.4);
  await pip(['-r', requirements.file, '-c', constraints], 0.5).catch((error: unknown) => {
    throw error instanceof NotOnIndex ? notFound(error, logFile) : error;
  });
  progress.report('Installing torchvision', 0.9);
  await installTorchvision(requirements.torchvision, constraints, options(0.92));
}

const notFound = (error: NotOnIndex, logFile: string) =>
  new AppError(
    'install-failed',
    `A pinned package is not on the package index: ${error.message}`,
    `Check pip's index configuration (pip config list). Log: ${logFile}`,
  );

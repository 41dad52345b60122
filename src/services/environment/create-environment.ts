import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { fileError } from '../dataset/file-errors.ts';
import type { Progress } from '../ports.ts';
import { readJsonObject, writeFileWhole } from '../run/run-files.ts';
import type { EnvironmentData, RunHost } from '../run/views.ts';
import { childEnvironment } from './child-environment.ts';
import { runChild } from './child-process.ts';
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
}

const stampName = 'coldstart-environment.json';
const logName = 'coldstart-install.log';

/**
 * Makes the virtual environment of a trainer from the pinned requirements, or says that it is there already. A stop or
 * a failure leaves no environment that looks ready; the next try goes on where it stopped. AppError python-missing,
 * python-too-old, network-unreachable, install-failed, disk-full or cancelled.
 */
export async function createEnvironment(
  options: CreateEnvironmentOptions,
  signal?: AbortSignal,
): Promise<EnvironmentData> {
  const { host, trainer } = options;
  const progress: Progress = host.progress ?? { report: () => undefined };
  const folder = resolve(options.folder ?? join(host.settings.environmentsFolder, trainer));
  const requirements = await readRequirements(trainer, host.assets);
  const device = await chooseBuild(options.device, signal);
  const stamp = await readJsonObject(join(folder, stampName));
  if (stamp?.requirements_sha256 === requirements.sha256 && stamp.build === device) {
    const found = await checkEnvironment(pythonIn(folder), host.assets, signal).catch(() => null);
    if (found?.ready) return found;
  }
  await refuseForeignFolder(folder);
  progress.report('Looking for Python', 0.01);
  const python = await findPython(options.python, signal);
  const release = await lock(folder);
  try {
    await rm(join(folder, stampName), { force: true });
    await makeVenv(python, folder, progress, signal);
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
    return found;
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
    if (error instanceof AppError && error.code === 'cancelled') throw error;
    return 'cpu';
  }
}

async function refuseForeignFolder(folder: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  const isOurs = names.length === 0 || names.some((name) => name === 'pyvenv.cfg' || name === logName);
  if (isOurs) return;
  throw new AppError(
    'file-exists',
    `${folder} holds other files.`,
    'Choose an empty folder for the environment, with --dir or the setting coldstart.environments.folder.',
  );
}

/** One creator at a time; a lock whose process is gone is taken over. */
async function lock(folder: string): Promise<() => Promise<void>> {
  const path = `${folder}.lock`;
  try {
    await mkdir(folder, { recursive: true });
    const owner = Number(await readFile(path, 'utf8').catch(() => '0'));
    if (owner > 0 && owner !== process.pid && isRunning(owner))
      throw new AppError(
        'install-failed',
        `${folder} is being created by another process (${owner}).`,
        'Wait for it to end, or end it.',
      );
    await writeFile(path, String(process.pid));
  } catch (error) {
    throw fileError(error, folder, 'write');
  }
  return () => rm(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function makeVenv(
  python: Python,
  folder: string,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const config = await readFile(join(folder, 'pyvenv.cfg'), 'utf8').catch(() => '');
  const version = python.version.slice(0, 2).join('.');
  const isSame = config.includes(`version = ${version}.`) || config.includes(`version_info = ${version}.`);
  if (isSame && (await isExecutable(pythonIn(folder)))) return;
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

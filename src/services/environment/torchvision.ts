import { AppError } from '../../core/errors.ts';
import { childEnvironment } from './child-environment.ts';
import { runChild } from './child-process.ts';
import { type InstallOptions, NotOnIndex, pipInstall } from './pip.ts';

/** PyTorch's own index of CPU builds; asked for single packages, and only when pip's configured index has none. */
export const cpuIndex = 'https://download.pytorch.org/whl/cpu';

const torchScript = 'import importlib.metadata; print(importlib.metadata.version("torch"))';

/**
 * Installs the torchvision of the same build as the torch that is there; `constraints` keeps that torch. False when there
 * is none for this build: then only models whose processor imports it cannot be loaded. Errors as of pipInstall.
 */
export async function installTorchvision(
  version: string,
  constraints: string,
  options: InstallOptions,
): Promise<boolean> {
  const build = await buildOfTorch(options);
  const wanted = build ? `torchvision==${version}+${build}` : `torchvision==${version}`;
  const places = build === 'cpu' ? [[], ['--extra-index-url', cpuIndex]] : [[]];
  for (const place of places) {
    try {
      await pipInstall([...place, wanted, '-c', constraints], options);
    } catch (error) {
      if (isAbsent(error, build)) continue;
      throw error;
    }
    if (await isUsable(options)) return true;
    await python(options, ['-m', 'pip', 'uninstall', '-y', 'torchvision'], 'install');
    return false;
  }
  return false;
}

/** A build of its own may be nowhere but on an index that a closed network does not reach. */
const isAbsent = (error: unknown, build: string): boolean =>
  error instanceof NotOnIndex ||
  (build !== '' &&
    error instanceof AppError &&
    (error.code === 'network-unreachable' || error.code === 'install-failed'));

/** What stands behind the + in the version of the installed torch, such as `cpu`; empty for the default index's build. */
async function buildOfTorch(options: InstallOptions): Promise<string> {
  const { lines } = await python(options, ['-I', '-c', torchScript]);
  return lines.at(-1)?.trim().split('+')[1] ?? '';
}

/** A build for another torch cannot be imported, and transformers could not be either. */
const isUsable = async (options: InstallOptions): Promise<boolean> =>
  (await python(options, ['-I', '-c', 'import torchvision'])).code === 0;

async function python(options: InstallOptions, args: readonly string[], purpose: 'run' | 'install' = 'run') {
  const lines: string[] = [];
  const { code } = await runChild(options.python, args, {
    env: childEnvironment({}, purpose),
    onLine: (line) => lines.push(line),
    timeoutMs: 180_000,
    signal: options.signal,
  });
  return { code, lines };
}

import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { isCancelled } from '../cancelled.ts';
import { childEnvironment } from './child-environment.ts';
import { runChild } from './child-process.ts';
import { lastJsonLine } from './json-line.ts';

const pythonSchema = z.object({
  /** Absolute path of the interpreter itself, behind shims and links of launchers. */
  path: z.string(),
  version: z.tuple([z.number(), z.number(), z.number()]),
});
export type Python = Readonly<z.infer<typeof pythonSchema>>;

const candidates =
  process.platform === 'win32'
    ? ['python3.12', 'python3.11', 'python3.10', 'python', 'python3']
    : ['python3.12', 'python3.11', 'python3.10', 'python3', 'python'];
const versionScript =
  'import json,sys; print(json.dumps({"path": sys.executable, "version": list(sys.version_info[:3])}))';
const supported = 'Python 3.10, 3.11 or 3.12';
const howToInstall: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: 'Install it with: brew install python@3.12, or from python.org.',
  linux:
    'Install it with your package manager (Debian, Ubuntu: sudo apt install python3 python3-venv; Fedora: sudo dnf install python3.12), or with pyenv.',
  win32: 'Install it from python.org or with: winget install Python.Python.3.12',
};
const howTo = () => howToInstall[process.platform] ?? 'Install it from python.org.';

/** Path and version of an interpreter, or null when it is none. */
async function askPython(program: string, signal?: AbortSignal): Promise<Python | null> {
  const lines: string[] = [];
  try {
    const { code } = await runChild(program, ['-I', '-c', versionScript], {
      env: childEnvironment({}),
      onLine: (line) => lines.push(line),
      timeoutMs: 20_000,
      signal,
    });
    return code === 0 ? lastJsonLine(lines, pythonSchema) : null;
  } catch (error) {
    if (isCancelled(error)) throw error;
    return null;
  }
}

const isSupported = ([major, minor]: Python['version']) => major === 3 && minor >= 10 && minor <= 12;

/**
 * The interpreter to build an environment on: the given one, else the first that fits on the PATH. AppError
 * python-missing or python-too-old says what was found and how to install one.
 */
export async function findPython(given: string | undefined, signal?: AbortSignal): Promise<Python> {
  const found: Python[] = [];
  for (const program of given === undefined ? candidates : [given]) {
    const python = await askPython(program, signal);
    if (!python) continue;
    if (isSupported(python.version)) return python;
    found.push(python);
  }
  const other = found[0];
  if (other) {
    const version = other.version.join('.');
    const isOld = other.version[0] < 3 || other.version[1] < 10;
    throw new AppError(
      'python-too-old',
      `Found only Python ${version} (${other.path}), which is too ${isOld ? 'old' : 'new for the pinned packages'}: ${supported} is needed.`,
      howTo(),
    );
  }
  throw new AppError(
    'python-missing',
    given === undefined
      ? `There is no Python on this machine: ${supported} is needed.`
      : `${given} is not a Python interpreter.`,
    given === undefined ? howTo() : `Name an interpreter of ${supported}.`,
  );
}

import { dirname, join, resolve } from 'node:path';
import { environmentsFolder } from '../services/environment/environments.ts';
import type { Assets, Log, Settings } from '../services/ports.ts';
import { note } from './output.ts';

/** What every command gets. */
export interface CliContext {
  readonly assets: Assets;
  readonly log: Log;
  /** Aborts on Ctrl-C: work stops at a safe point and says what was kept. */
  readonly signal: AbortSignal;
  readonly cwd: string;
  settings(changes?: { runs?: string; imageRoots?: readonly string[] }): Settings;
}

/** `runs` is a folder of run folders; relative paths are relative to the working folder. */
export function createCliContext(signal: AbortSignal): CliContext {
  const cwd = process.cwd();
  // The bundle's own file: workers and the Python package lie beside it, wherever the command is linked from.
  const dist = dirname(__filename);
  const verbose = process.env.COLDSTART_LOG === '1';
  const log = (message: string) => {
    if (verbose) note(message);
  };
  return {
    cwd,
    signal,
    assets: { workers: join(dist, 'workers'), trainer: join(dist, 'trainer') },
    log: { info: log, warn: note, error: note },
    settings({ runs, imageRoots = [] } = {}) {
      const own = process.env.COLDSTART_PYTHON;
      return {
        imageRoots: imageRoots.map((root) => resolve(cwd, root)),
        runsFolder: resolve(cwd, runs ?? join('.coldstart', 'runs')),
        environmentsFolder: environmentsFolder(),
        interpreters: own ? { trl: own } : {},
      };
    },
  };
}

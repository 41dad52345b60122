import { join } from 'node:path';
import { environmentsFolder } from '../../src/services/environment/environments.ts';
import type { Settings } from '../../src/services/ports.ts';
import type { RunHost } from '../../src/services/run/views.ts';
import { assets, quiet } from './bench.ts';

/** Settings of the command line: COLDSTART_PYTHON or the created trainer environment; runs below `folder`. */
export function trainerSettings(folder = ''): Settings {
  const own = process.env.COLDSTART_PYTHON;
  return {
    imageRoots: [],
    runsFolder: join(folder, '.coldstart', 'runs'),
    environmentsFolder: environmentsFolder(),
    interpreters: own ? { trl: own } : {},
  };
}

/** A host for training in `folder`, as the command line would be one. */
export function trainerHost(folder: string): RunHost {
  return { settings: trainerSettings(folder), assets, workspace: folder, log: quiet };
}

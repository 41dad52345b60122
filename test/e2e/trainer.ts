import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const trainerPackage = fileURLToPath(new URL('../../dist/trainer', import.meta.url));

/** The interpreter with TRL that `npm test` prepares; empty when there is none. */
export const trainerPython = process.env.COLDSTART_TEST_TRAINER ?? '';

/** Null when real training is possible, else why it is not. */
export const missingTrainer = existsSync(trainerPython)
  ? null
  : 'no trainer environment: COLDSTART_TEST_TRAINER does not name a Python with TRL, npm test prepares one';

/** Writes a random vision-language model of half a million parameters into the folder. */
export function makeTinyModel(folder: string, name: string, texts: string): void {
  execFileSync(
    trainerPython,
    [
      '-m',
      'coldstart_demo',
      'model',
      path.join(folder, name),
      '--kind',
      'llava',
      '--texts',
      path.join(folder, texts),
    ],
    {
      env: { ...process.env, PYTHONPATH: trainerPackage, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
      stdio: 'pipe',
    },
  );
}

/** Changes fields of a run spec, as a person does who reviews it. */
export function reviewSpec(file: string, changes: Record<string, unknown>): Record<string, unknown> {
  const spec = { ...JSON.parse(readFileSync(file, 'utf8')), ...changes };
  writeFileSync(file, `${JSON.stringify(spec, null, 2)}\n`);
  return spec;
}

/** Run folders of a workspace, oldest first. */
export function runFolders(folder: string): string[] {
  const runs = path.join(folder, '.coldstart', 'runs');
  if (!existsSync(runs)) return [];
  return readdirSync(runs)
    .filter((name) => existsSync(path.join(runs, name, 'run.json')))
    .sort()
    .map((name) => path.join(runs, name));
}

/** Ends what still runs in a workspace, without saving. */
export function endRuns(folder: string): void {
  for (const run of runFolders(folder)) {
    const args = [cli, 'run', 'stop', run, '--discard'];
    spawnSync(process.execPath, args, { cwd: folder, stdio: 'ignore', timeout: 60_000 });
  }
}

// The suites of `npm test`, in order: what each needs, and how it is run and counted.

import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { run } from '../vscode-host/system.mjs';
import { ofCommand, ofPytest, ofVitest } from './counts.mjs';

const binary = (root, name) => path.join(root, 'node_modules', '.bin', name);

async function command(context, name, args) {
  return ofCommand(await run(binary(context.root, name), args, { cwd: context.root }));
}

async function vitest(context, project) {
  const report = path.join(context.reports, `${project}.json`);
  const args = ['run', '--project', project, '--passWithNoTests', '--reporter=default', '--reporter=json'];
  const env = { CI: 'true', ...(context.trainer ? { COLDSTART_TEST_TRAINER: context.trainer } : {}) };
  const code = await run(binary(context.root, 'vitest'), [...args, `--outputFile.json=${report}`], {
    cwd: context.root,
    env,
  });
  return ofVitest(report, code);
}

/** The folder that holds the pure-Python packages of the pytest environment, for another Python to import from. */
const sitePackages = (python) =>
  spawnSync(python, ['-c', 'import pytest, os; print(os.path.dirname(os.path.dirname(pytest.__file__)))'], {
    encoding: 'utf8',
  }).stdout.trim();

async function pytest(context, python, folder, env = {}) {
  const report = path.join(context.reports, `${folder}.xml`);
  const args = ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', '-rs', `--junitxml=${report}`, folder];
  const code = await run(python, args, {
    cwd: path.join(context.root, 'src', 'trainer'),
    env: { PYTHONDONTWRITEBYTECODE: '1', ...env },
  });
  return ofPytest(report, code);
}

/** Name, what it says it does, what must be prepared (see `preparations` in test.mjs), and the run itself. */
export const stages = [
  {
    name: 'lint',
    about: 'format and lint rules of every file',
    needs: [],
    run: (context) => command(context, 'biome', ['check', '--error-on-warnings', '.']),
  },
  {
    name: 'typecheck',
    about: 'types of every layer',
    needs: [],
    run: (context) => command(context, 'tsc', ['-b', '--pretty', 'false']),
  },
  {
    name: 'unit',
    about: 'the core and the services, in plain Node',
    needs: [],
    run: (c) => vitest(c, 'unit'),
  },
  {
    name: 'python',
    about: 'the event writer and the supervisor, in plain Python',
    needs: ['pytest'],
    run: (context) => pytest(context, context.pytest, 'tests'),
  },
  { name: 'webview', about: 'the surfaces in Chromium', needs: ['system'], run: (c) => vitest(c, 'webview') },
  {
    name: 'host',
    about: 'the extension inside the oldest and the newest VS Code',
    needs: ['build', 'system', 'hosts'],
    run: (context) => vitest(context, 'host'),
  },
  {
    name: 'trainer',
    about: 'SFT and GRPO by the real trainer, on CPU',
    needs: ['pytest', 'build', 'trainer'],
    run: (context) =>
      pytest(context, context.trainer, 'tests_torch', {
        PYTHONPATH: sitePackages(context.pytest),
        OMP_NUM_THREADS: '1',
      }),
  },
  {
    name: 'e2e',
    about: "a person's path in a real VS Code, with real training",
    needs: ['build', 'system', 'hosts', 'trainer'],
    run: (context) => vitest(context, 'e2e'),
  },
  {
    name: 'package',
    about: 'the packaged extension',
    needs: ['build', 'system', 'hosts'],
    run: (context) => vitest(context, 'package'),
  },
];

/** An empty folder for the reports of one run of the suites. */
export function reportsFolder(root) {
  const folder = path.join(root, '.cache', 'test-reports');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findInterpreters } from '../../../../src/services/environment/find-interpreters.ts';

/** Files that are there (a program when its mode says so); what is found, as `kind name version: path`. */
async function check(
  files: Readonly<Record<string, string>>,
  programs: readonly string[],
  found: readonly string[],
) {
  const root = await mkdtemp(join(tmpdir(), 'coldstart-python-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const write = async (path: string, text: string, mode = 0o644) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text.replaceAll('ROOT', root));
    await chmod(join(root, path), mode);
  };
  for (const [path, text] of Object.entries(files)) await write(path, text);
  for (const path of programs) await write(path, '', 0o755);
  const all = await findInterpreters({
    home: join(root, 'home'),
    variables: { PATH: join(root, 'bin'), VIRTUAL_ENV: join(root, 'ws/.venv') },
    workspaceFolders: [join(root, 'ws')],
    environmentsFolder: join(root, 'environments'),
  });
  const mine = all.filter(({ path }) => path.startsWith(root));
  expect(
    mine.map(({ kind, name, version, path }) => `${kind} ${name} ${version}: ${path.slice(root.length + 1)}`),
  ).toEqual(found);
}

test('interpreters are found in the usual places, nearest first, each once', () =>
  check(
    {
      'environments/trl/pyvenv.cfg': 'home = /usr/bin\nversion = 3.12.3\n',
      'home/.conda/environments.txt': 'ROOT/elsewhere/deep\n',
      'ws/venv/bin/python': 'no program',
    },
    [
      'environments/trl/bin/python',
      'ws/.venv/bin/python',
      'elsewhere/deep/bin/python',
      'home/miniconda3/envs/vision/bin/python',
      'home/.pyenv/versions/3.11.4/bin/python',
      'home/.pyenv/versions/3.9.18/bin/python',
      'home/.pyenv/versions/2.7.18/bin/python',
      'home/.virtualenvs/old/bin/python',
      'bin/python3',
    ],
    [
      'created by Coldstart trl 3.12.3: environments/trl/bin/python',
      'workspace .venv null: ws/.venv/bin/python',
      'conda deep null: elsewhere/deep/bin/python',
      'conda vision null: home/miniconda3/envs/vision/bin/python',
      'pyenv 3.11.4 3.11.4: home/.pyenv/versions/3.11.4/bin/python',
      'virtualenv old null: home/.virtualenvs/old/bin/python',
      'PATH  null: bin/python3',
    ],
  ));

test('a machine without any has none', () => check({}, [], []));

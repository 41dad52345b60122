import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeFixtureWorkspace } from './fixture-workspace.ts';

/** The data sets that lie beside a checkout of this repository on some machines. */
export const sharedData = fileURLToPath(new URL('../../../shared/data', import.meta.url));

/** Null when the folder of shared data is there, else why a test cannot run. */
export function missingData(name: string): string | null {
  const folder = path.join(sharedData, name);
  return existsSync(folder) ? null : `no folder ${folder}`;
}

export const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();

/** Puts what lies in the folder under version control, so that `git diff` tells what a person changed. */
function commitAll(folder: string): void {
  writeFileSync(path.join(folder, '.gitignore'), '.coldstart/\n');
  const me = ['-c', 'user.name=Test', '-c', 'user.email=test@example.invalid', '-c', 'core.autocrlf=false'];
  git(folder, 'init', '--quiet');
  git(folder, 'add', '--all');
  git(folder, ...me, 'commit', '--quiet', '--message', 'as it came');
}

/** A dataset in the folder of a walk: 1,000 table problems with solutions, some of them broken on purpose. */
export interface Curated {
  readonly title: string;
  readonly file: string;
  readonly rows: number;
  /** Rows whose box was given a wrong answer, by index. */
  readonly wrong: readonly number[];
  /** A word of some completions. */
  readonly word: string;
  readonly missing: string | null;
  readonly prepare: (folder: string) => Promise<void>;
}

const nonsense = '0.123456';

/** Replaces the boxed answer of some lines, by bytes outside the box nothing changes. */
function spoil(file: string, indices: readonly number[]): void {
  const lines = readFileSync(file, 'utf8').split('\n');
  for (const index of indices) {
    const line = lines[index] ?? '';
    const at = line.lastIndexOf('\\\\boxed{');
    const end = line.indexOf('}"', at);
    if (at < 0 || end < 0) throw new Error(`Line ${index + 1} of ${file} has no box at its end.`);
    lines[index] = `${line.slice(0, at)}\\\\boxed{${nonsense}${line.slice(end)}`;
  }
  writeFileSync(file, lines.join('\n'));
}

const tabmwp = path.join(sharedData, 'tabmwp');

/** What every walk on traces is done with: real tables when they are at hand, and always a small set of our own. */
export const curatedSets: readonly Curated[] = [
  {
    title: '1,000 table problems',
    file: 'traces.jsonl',
    rows: 1000,
    wrong: [2, 5, 700],
    word: 'stem-and-leaf',
    missing: missingData('tabmwp'),
    prepare: async (folder) => {
      cpSync(path.join(tabmwp, 'images'), path.join(folder, 'images'), { recursive: true });
      writeFileSync(path.join(folder, 'traces.jsonl'), readFileSync(path.join(tabmwp, 'traces.jsonl')));
      spoil(path.join(folder, 'traces.jsonl'), [2, 5, 700]);
      commitAll(folder);
    },
  },
  {
    title: 'our own fixture',
    file: 'traces.jsonl',
    rows: 60,
    wrong: [1, 3, 20],
    word: 're-check',
    missing: null,
    prepare: async (folder) => {
      await writeFixtureWorkspace(folder);
      spoil(path.join(folder, 'traces.jsonl'), [1, 3, 20]);
      commitAll(folder);
    },
  },
];

/** The wrong answer that `wrong` rows end with. */
export const wrongAnswer = nonsense;

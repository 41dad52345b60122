import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import type { Person, Step } from './person.ts';
import { TracePage } from './trace-page.ts';
import { type Curated, git, wrongAnswer } from './workspace.ts';

const number = (value: number) => value.toLocaleString('en');
const page = ({ workbench }: Person) => new TracePage(workbench);

/** Lines of a JSONL file, parsed. */
function records(folder: string, file: string): Record<string, unknown>[] {
  const at = path.join(folder, file);
  if (!existsSync(at)) return [];
  return readFileSync(at, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}

const decisionsOf = (folder: string, file: string) =>
  records(folder, `${file}.decisions.jsonl`).map(({ decision }) => decision);

/** The journal of unsaved edits that holds this text. */
function journalWith({ host }: Person, text: string): Promise<string> {
  const storage = path.join(host.userData, 'User', 'workspaceStorage');
  const newest = () =>
    readdirSync(storage, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.journal'))
      .map((file) => path.join(storage, file))
      .filter((file) => statSync(file).isFile() && readFileSync(file, 'utf8').includes(text))
      .at(-1) ?? '';
  return eventually('The journal', newest, (file) => file !== '');
}

/** Open, filter, edit, save, decide, reload, choose a shape, export: what a person does with a dataset. */
export function curateSteps(set: Curated): readonly Step[] {
  const { file, rows, wrong } = set;
  const [first = 0, second = 0] = wrong;
  const typed = 'Checked by hand.';
  return [
    [
      'opens in the trace editor with its images',
      async ({ workbench }) => {
        const traces = await TracePage.open(workbench, file);
        await traces.counts(`${number(rows)} traces`);
        await traces.shows(1);
        await traces.imageIsDrawn();
        expect(await workbench.isDirty(file)).toBe(false);
      },
    ],
    [
      'is filtered by verdict and words, with counts',
      async (person) => {
        const traces = page(person);
        await traces.filter(`verdict:incorrect and ${wrongAnswer}`);
        await traces.counts(`${wrong.length} of ${number(rows)}`);
        await traces.shows(first + 1);
        await traces.filter(`verdict:correct "${set.word}"`);
        await traces.counts(new RegExp(`^[1-9][\\d,]* of ${number(rows)}$`));
      },
    ],
    [
      'says where a filter is wrong and keeps the list',
      async (person) => {
        const traces = page(person);
        await traces.typeFilter('verdict:incorect');
        await expect.poll(() => traces.frame.locator('cs-filter-box .wrong').textContent()).toBe('incorect');
        await traces.frame.locator('cs-filter-box [role="alert"]').waitFor();
        await traces.frame.locator('cs-filter-box input:focus').waitFor();
        await traces.filter(`verdict:incorrect and ${wrongAnswer}`);
        await traces.counts(`${wrong.length} of ${number(rows)}`);
      },
    ],
    [
      'is edited by keyboard, undone and redone, and saved as one changed line',
      async (person) => {
        const traces = page(person);
        const { workbench, folder } = person;
        await traces.focusList();
        await traces.press('e');
        const field = traces.frame.locator('cs-text-editor textarea');
        await field.waitFor();
        await workbench.page.keyboard.type(` ${typed}`);
        await traces.press('Control+Enter');
        await traces.trace.getByText(typed).waitFor();
        await expect.poll(() => workbench.isDirty(file)).toBe(true);
        expect(git(folder, 'diff', '--numstat')).toBe('');
        await traces.press('Control+Z');
        await expect.poll(() => traces.trace.getByText(typed).count()).toBe(0);
        await expect.poll(() => workbench.isDirty(file)).toBe(false);
        await traces.press('Control+Shift+Z');
        await traces.trace.getByText(typed).waitFor();
        await traces.press('Control+S');
        await expect.poll(() => git(folder, 'diff', '--numstat', file)).toBe(`1\t1\t${file}`);
        await expect.poll(() => workbench.isDirty(file)).toBe(false);
        const words = git(folder, 'diff', '--word-diff-regex=.', '--word-diff=porcelain', '-U0', file);
        const added = words.split('\n').filter((line) => /^\+(?!\+\+)/.test(line));
        expect(added).toEqual([`+ ${typed}`]);
      },
    ],
    [
      'is decided on by keys, with undo',
      async (person) => {
        const traces = page(person);
        const { folder } = person;
        await traces.filter('');
        await traces.counts(`${number(rows)} traces`);
        await traces.frame.locator('cs-virtual-list [role="option"]').first().waitFor();
        await traces.press('Home');
        await traces.shows(1);
        await traces.press('a');
        await traces.shows(2);
        await traces.press('x');
        await traces.shows(3);
        await traces.press('f');
        await traces.shows(4);
        await traces.press('Space');
        await traces.shows(5);
        await traces.press('k');
        await traces.shows(4);
        await traces.press('j');
        await traces.shows(5);
        await traces.press('a');
        await traces.shows(6);
        await expect.poll(() => decisionsOf(folder, file)).toEqual(['keep', 'drop', 'flag', 'keep']);
        await traces.press('u');
        await traces.shows(5);
        await expect.poll(() => decisionsOf(folder, file).at(-1)).toBe('clear');
        expect(await traces.tally('kept')).toBe(1);
        expect(await traces.tally('dropped')).toBe(1);
        expect(await traces.tally('flagged')).toBe(1);
        expect(git(folder, 'diff', '--numstat', file)).toBe(`1\t1\t${file}`);
      },
    ],
    [
      'is as it was after reloads of the window, with unsaved edits',
      async (person) => {
        const { workbench } = person;
        const traces = page(person);
        await traces.filter(`verdict:incorrect and ${wrongAnswer}`);
        await traces.counts(`${wrong.length} of ${number(rows)}`);
        await traces.press('Home');
        await traces.shows(first + 1);
        await traces.press('j');
        await traces.shows(second + 1);
        await traces.press('e');
        await traces.frame.locator('cs-text-editor textarea').waitFor();
        await workbench.page.keyboard.type(' Unsaved.');
        await traces.press('Control+Enter');
        await traces.trace.getByText('Unsaved.').waitFor();
        await expect.poll(() => workbench.isDirty(file)).toBe(true);
        await workbench.stored(`"index":${second},"filter":"verdict:incorrect and ${wrongAnswer}"`);
        await journalWith(person, 'Unsaved.');
        const again = page(person);
        // The second time without a change in between: VS Code then hands no backup over.
        for (let times = 0; times < 2; times += 1) {
          await workbench.reload();
          await again.shows(second + 1);
          await again.trace.getByText('Unsaved.').waitFor();
          await again.counts(`${wrong.length} of ${number(rows)}`);
          await again.place(`2 of ${wrong.length}`);
        }
        expect(await workbench.isDirty(file)).toBe(true);
        expect(await again.tally('kept')).toBe(1);
        await again.focusList();
        // Another edit that is undone leaves the recovered one unsaved.
        await again.press('k');
        await again.shows(first + 1);
        await again.press('e');
        await again.frame.locator('cs-text-editor textarea').waitFor();
        await workbench.page.keyboard.type(' Gone.');
        await again.press('Control+Enter');
        await again.trace.getByText('Gone.').waitFor();
        await again.press('Control+Z');
        await expect.poll(() => again.trace.getByText('Gone.').count()).toBe(0);
        expect(await workbench.isDirty(file)).toBe(true);
        await workbench.runCommand('File: Revert File');
        await expect.poll(() => workbench.isDirty(file)).toBe(false);
        await expect.poll(() => again.trace.getByText('Unsaved.').count()).toBe(0);
      },
    ],
    [
      'follows its traces when another program writes to the file, with an unsaved edit',
      async (person) => {
        const { workbench, folder } = person;
        const traces = page(person);
        const onDisk = path.join(folder, file);
        const before = readFileSync(onDisk, 'utf8');
        await traces.focusList();
        await traces.press('e');
        await traces.frame.locator('cs-text-editor textarea').waitFor();
        await workbench.page.keyboard.type(' Ours.');
        await traces.press('Escape');
        await traces.trace.getByText('Ours.').waitFor();
        await traces.shows(first + 1);
        const added = `${JSON.stringify({ ...records(folder, file)[0], added: true })}\n`;
        writeFileSync(onDisk, added + before);
        await traces.shows(first + 2);
        await traces.trace.getByText('Ours.').waitFor();
        await traces.imageIsDrawn();
        await traces.press('Control+S');
        await expect.poll(() => workbench.isDirty(file)).toBe(false);
        const saved = readFileSync(onDisk, 'utf8').split('\n');
        const expected = (added + before).split('\n');
        expect(saved.flatMap((line, at) => (line === expected[at] ? [] : [at]))).toEqual([first + 1]);
        expect(saved[first + 1]).toContain('Ours.');
        // Undo is about the trace that was edited, where it stands now, and shows it.
        await traces.press('Home');
        await traces.press('Control+Z');
        await traces.shows(first + 2);
        await expect.poll(() => traces.trace.getByText('Ours.').count()).toBe(0);
        await traces.press('Control+S');
        await expect.poll(() => readFileSync(onDisk, 'utf8') === added + before).toBe(true);
        writeFileSync(onDisk, before);
        await traces.shows(first + 1);
        expect(await workbench.isDirty(file)).toBe(false);
      },
    ],
    [
      'is read in another shape when the person says so',
      async (person) => {
        const { workbench } = person;
        const traces = page(person);
        // In another shape a row may have no verdict to filter by.
        await traces.filter('');
        const shape = async () => (await traces.frame.locator('.trace-bar button.link').textContent()) ?? '';
        const before = await shape();
        await workbench.runCommand('Coldstart: Choose dataset shape…');
        await expect.poll(async () => (await workbench.pickRows()).join(' ')).toContain('in use');
        await workbench.pick('Published RL');
        await expect.poll(shape).not.toBe(before);
        await workbench.runCommand('Coldstart: Choose dataset shape…');
        await workbench.pick(before);
        await expect.poll(shape).toBe(before);
      },
    ],
    [
      'is exported as kept traces with a manifest',
      async (person) => {
        const { workbench, folder } = person;
        await page(person).focusList();
        await workbench.runCommand('Coldstart: Export traces…');
        await workbench.pick('Kept traces');
        await workbench.pick('ms-swift messages');
        await workbench.pick('Refer to the images');
        await workbench.saveAs(path.join(folder, 'kept.jsonl'));
        await expect.poll(() => records(folder, 'kept.jsonl').length).toBe(1);
        const [row] = records(folder, 'kept.jsonl');
        expect(Object.keys(row ?? {})).toContain('messages');
        await expect.poll(() => existsSync(path.join(folder, 'kept.jsonl.manifest.json'))).toBe(true);
        const manifest = readFileSync(path.join(folder, 'kept.jsonl.manifest.json'), 'utf8');
        expect(manifest).toContain(file);
        await expect
          .poll(() => workbench.notifications())
          .toContainEqual(expect.stringContaining('Exported 1 trace to kept.jsonl'));
      },
    ],
  ];
}

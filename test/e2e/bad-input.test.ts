import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { type Person, walk } from './person.ts';
import { RunPage } from './run-page.ts';
import { replaceLines, stubSettings, writeStubSpec } from './stub-runs.ts';
import { TracePage } from './trace-page.ts';
import { endRuns, runFolders } from './trainer.ts';
import { curatedSets, missingData, sharedData } from './workspace.ts';

const set = curatedSets.find(({ title }) => title === 'our own fixture');
if (!set) throw new Error('The fixture of our own is always there.');

/** Waits for a notification with this text and closes all. */
async function isTold({ workbench }: Person, text: string | RegExp): Promise<void> {
  const fits = (one: string) => (typeof text === 'string' ? one.includes(text) : text.test(one));
  await eventually(
    'The notifications',
    () => workbench.notifications(),
    (all) => all.some(fits),
    60_000,
  );
  await workbench.runCommand('Notifications: Clear All Notifications');
}

walk('Bad input is answered in a run spec and a run', {
  prepare: async (folder) => {
    await set.prepare(folder);
    writeStubSpec(folder, 'steady');
    writeStubSpec(folder, 'nobody', { dataset: { path: 'traces.jsonl', rows: 'kept' } });
    writeStubSpec(folder, 'elsewhere', { model: './no-such-model' });
    writeStubSpec(folder, 'typo');
    const file = path.join(folder, 'typo.run.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"batch_size"', '"batch_sise"'));
  },
  finish: endRuns,
  host: { vscode: 'newest', settings: stubSettings },
  steps: [
    [
      'a typo is marked where it is, and nothing starts',
      async (person) => {
        const { workbench, folder } = person;
        await workbench.openFromExplorer('typo.run.json');
        await workbench.page.locator('.squiggly-error').first().waitFor();
        await workbench.lens('Start run');
        await isTold(person, /cannot start: .*batch_sise/);
        expect(runFolders(folder)).toEqual([]);
        // Told once: not by VS Code's own schema, and not again by the check.
        expect(await workbench.page.locator('.squiggly-error, .squiggly-warning').count()).toBe(1);
      },
    ],
    [
      'what was meant is put in its place, and the mark goes',
      async ({ workbench }) => {
        await workbench.page.locator('.view-line span').filter({ hasText: 'batch_sise' }).last().click();
        await workbench.page.locator('.lightBulbWidget:visible').first().waitFor();
        await workbench.quickFix('batch_size');
        await workbench.page.keyboard.press('ControlOrMeta+S');
        await expect.poll(() => workbench.isDirty('typo.run.json')).toBe(false);
      },
    ],
    [
      'an empty selection is refused with what to do',
      async (person) => {
        await person.workbench.openFromExplorer('nobody.run.json');
        await person.workbench.lens('Start run');
        await isTold(person, /cannot start: /);
        expect(runFolders(person.folder)).toEqual([]);
      },
    ],
    [
      'a model that is not there is named',
      async (person) => {
        await person.workbench.openFromExplorer('elsewhere.run.json');
        await person.workbench.lens('Start run');
        await isTold(person, /cannot start: .*no-such-model/);
        expect(runFolders(person.folder)).toEqual([]);
      },
    ],
    [
      'a second start of the same spec asks first',
      async (person) => {
        const { workbench, folder } = person;
        await workbench.openFromExplorer('steady.run.json');
        await workbench.lens('Start run');
        await new RunPage(workbench).reaches(1);
        await workbench.tab('steady.run.json').click();
        await workbench.lens('Start run');
        await workbench.page.locator('.monaco-dialog-box').waitFor();
        // The spec and its dashboard: nothing was opened before the answer.
        expect(await workbench.tab('steady').count()).toBe(2);
        await workbench.answerDialog('Show the Running One');
        await new RunPage(workbench).is('running');
        await workbench.tab('steady.run.json').click();
        await workbench.lens('Start run');
        await workbench.answerDialog('Cancel');
        expect(runFolders(folder)).toHaveLength(1);
      },
    ],
    [
      'a run folder that vanishes is said, and the window goes on',
      async ({ workbench, folder }) => {
        await workbench.tab('steady').last().click();
        const page = new RunPage(workbench);
        await page.is('running');
        await page.button('Stop').click();
        await page.is('stopped');
        rmSync(runFolders(folder)[0] ?? '', { recursive: true });
        await page.is('folder is gone');
      },
    ],
  ],
});

walk('Bad input is shown in a dataset and never lost', {
  prepare: async (folder) => {
    await set.prepare(folder);
    const file = path.join(folder, 'traces.jsonl');
    replaceLines(file, { 10: '{"id": "half', 11: 'not json at all', 12: "{'id': 'python repr'}" });
    rmSync(path.join(folder, 'images', 'fruit-1.png'));
    writeFileSync(path.join(folder, 'images', 'fruit-2.png'), '');
    writeFileSync(path.join(folder, 'images', 'fruit-3.png'), '<html>404</html>');
    if (missingData('awkward') === null)
      cpSync(path.join(sharedData, 'awkward'), path.join(folder, 'awkward'), { recursive: true });
  },
  host: { vscode: 'newest' },
  steps: [
    [
      'broken rows stand in the list with their reason',
      async ({ workbench }) => {
        const traces = await TracePage.open(workbench, 'traces.jsonl');
        await traces.counts('60 traces');
        await traces.focusList();
        for (let line = 1; line < 11; line += 1) {
          await traces.press('j');
          if (line < 10) await traces.shows(line + 1);
        }
        await traces.frame.getByText('Line 11 cannot be read').waitFor();
        await traces.press('j');
        await traces.frame.getByText('Line 12 cannot be read').waitFor();
        await traces.press('Home');
        await traces.shows(1);
      },
    ],
    [
      'images that cannot be shown say why',
      async ({ workbench }) => {
        const traces = new TracePage(workbench);
        for (const [line, why] of [
          [2, /no file/i],
          [3, /empty|not an image|cannot/i],
          [4, /web page/i],
        ] as const) {
          await traces.press('j');
          await traces.shows(line);
          const chip = traces.frame.locator('cs-trace .refused');
          await eventually(
            `Line ${line}`,
            () => chip.textContent(),
            (text) => why.test(text ?? ''),
          );
        }
      },
    ],
    [
      'a change on disk under unsaved edits keeps both, also of the same trace',
      async (person) => {
        const { workbench, folder } = person;
        const traces = new TracePage(workbench);
        const file = path.join(folder, 'traces.jsonl');
        await traces.press('e');
        await traces.frame.locator('cs-text-editor textarea').waitFor();
        await workbench.page.keyboard.type(' Mine.');
        await traces.press('Control+Enter');
        await expect.poll(() => workbench.isDirty('traces.jsonl')).toBe(true);
        appendFileSync(file, '{"id":"theirs","prompt":"p","completion":"\\\\boxed{1}","ground_truth":"1"}\n');
        await traces.counts('61 traces');
        await traces.trace.getByText('Mine.').waitFor();
        await traces.press('Control+S');
        await expect.poll(() => workbench.isDirty('traces.jsonl')).toBe(false);
        const text = readFileSync(file, 'utf8');
        expect(text).toContain(' Mine.');
        expect(text.endsWith('"ground_truth":"1"}\n')).toBe(true);
        expect(text).toContain('\nnot json at all\n');
        await traces.press('e');
        await traces.frame.locator('cs-text-editor textarea').waitFor();
        await workbench.page.keyboard.type(' Again.');
        await traces.press('Control+Enter');
        await traces.trace.getByText('Again.').waitFor();
        writeFileSync(file, text.replace(' Mine.', ' Theirs.'));
        await traces.trace.getByText('Theirs.').waitFor();
        await traces.frame
          .getByText('1 unsaved edit is of a trace that changed on disk or is gone.')
          .waitFor();
        await traces.frame.getByText('Show their text').click();
        const shown = workbench.page.locator('.editor-instance .view-lines').last();
        await expect.poll(() => shown.textContent()).toMatch(/Mine\..*Again\./);
        expect(readFileSync(file, 'utf8')).toContain(' Theirs.');
      },
    ],
    [
      'huge, corrupt and odd pictures harm nothing',
      async ({ workbench, folder }) => {
        if (!existsSync(path.join(folder, 'awkward'))) return;
        await workbench.openWith('awkward/pictures.jsonl', 'Coldstart Trace Editor');
        const traces = new TracePage(workbench);
        await traces.counts('15 traces');
        await traces.focusList();
        await traces.press('Home');
        for (let line = 1; line <= 15; line += 1) {
          await traces.shows(line);
          const refused = [1, 2, 3, 5].includes(line);
          if (refused) await traces.frame.locator('cs-trace .refused').first().waitFor();
          await traces.press('j');
        }
      },
    ],
  ],
});

walk('An untrusted workspace reads and refuses', {
  prepare: async (folder) => {
    await set.prepare(folder);
    writeStubSpec(folder, 'steady');
  },
  host: { vscode: 'newest', trustPrompt: true, settings: stubSettings },
  steps: [
    [
      'is in restricted mode and still reads traces',
      async ({ workbench }) => {
        await workbench.page.getByText('Restricted Mode', { exact: true }).first().waitFor();
        const traces = await TracePage.open(workbench, 'traces.jsonl');
        await traces.counts('60 traces');
        await traces.frame.getByText('The second grader needs a trusted workspace').waitFor();
      },
    ],
    [
      'is refused a run in code, and told why',
      async (person) => {
        const { workbench, folder } = person;
        await workbench.openFromExplorer('steady.run.json');
        await workbench.lens('Start run');
        await isTold(person, 'needs a trusted workspace');
        await workbench.lens('Check');
        await isTold(person, 'needs a trusted workspace');
        expect(runFolders(folder)).toEqual([]);
      },
    ],
    [
      'reads in the sidebar why there are no runs',
      async ({ workbench }) => {
        await workbench.openSidebar();
        await workbench.page.getByText('Runs start Python, so they need a trusted workspace.').waitFor();
        await workbench.page
          .getByText('Environments run Python, so they need a trusted workspace.')
          .waitFor();
      },
    ],
  ],
});

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import { eventually } from './eventually.ts';
import { type Person, type Step, walk } from './person.ts';
import { RunPage } from './run-page.ts';
import { TracePage } from './trace-page.ts';
import { endRuns, makeTinyModel, missingTrainer, reviewSpec, runFolders, trainerPython } from './trainer.ts';
import { curatedSets } from './workspace.ts';

// Real tables when they are at hand, else our own; one training of each stage is enough.
const set = curatedSets.find(({ missing }) => missing === null);
const run = ({ workbench }: Person) => new RunPage(workbench);

const words = (text: string): string => text.replace(/\s+/g, ' ').trim();

let stoppedAt = 0;
let promoted: Record<string, unknown> = {};

const steps: readonly Step[] = [
  [
    'lets a wizard write a run spec for SFT',
    async ({ workbench, folder }) => {
      await workbench.runCommand('Coldstart: Start SFT run…');
      await workbench.pick('traces.jsonl');
      await workbench.pick('Folder…');
      await workbench.chooseFolder(path.join(folder, 'tiny-llava'));
      await workbench.pick('Dry run');
      await workbench.tab('traces-sft.run.json').waitFor();
      const spec = reviewSpec(path.join(folder, 'traces-sft.run.json'), { device: 'cpu', threads: 1 });
      await workbench.hasLine('"threads": 1');
      expect(spec).toMatchObject({ stage: 'sft', model: 'tiny-llava', dataset: { path: 'traces.jsonl' } });
    },
  ],
  [
    'checks the spec from its CodeLens',
    async (person) => {
      const { workbench } = person;
      await workbench.lens('Check');
      await eventually(
        'The notifications',
        () => workbench.notifications(),
        (texts) => texts.some((text) => text.includes('Check passed')),
        120_000,
      );
    },
  ],
  [
    'starts SFT from its CodeLens and sees it end in the dashboard',
    async (person) => {
      await person.workbench.lens('Start run');
      const page = run(person);
      await page.is('preparing', 'running', 'completed');
      await page.reaches(1);
      await page.chartIsDrawn();
      await page.is('completed');
      expect(await page.reaches(5)).toBe(5);
      await page.tab('checkpoints');
      await page.frame.getByText('checkpoint-5').first().waitFor();
    },
  ],
  [
    'starts GRPO from the SFT checkpoint',
    async (person) => {
      const { workbench, folder } = person;
      await workbench.runCommand('Coldstart: Start GRPO run…');
      await workbench.pick('traces.jsonl');
      await workbench.pick('traces-sft');
      await workbench.confirmPicks();
      await workbench.pick('Dry run');
      const name = 'traces-grpo.run.json';
      await workbench.tab(name).waitFor();
      const spec = reviewSpec(path.join(folder, name), {
        max_steps: 5000,
        max_completion_length: 16,
        learning_rate: 1e-4,
        device: 'cpu',
        threads: 1,
      });
      expect(spec).toMatchObject({ stage: 'grpo', model: 'run:traces-sft' });
      await workbench.hasLine('"max_steps": 5000');
      await person.workbench.lens('Start run');
      await run(person).is('running');
    },
  ],
  [
    'sees metrics and rollouts with images arrive by themselves',
    async (person) => {
      const page = run(person);
      const first = await page.reaches(1);
      await page.chartIsDrawn();
      await page.tab('rollouts');
      await page.frame.locator('cs-group article').waitFor();
      await page.imageIsDrawn();
      const shown = page.frame.locator('#step');
      const before = Number(await shown.inputValue());
      await eventually(
        'The step of the rollouts',
        async () => Number(await shown.inputValue()),
        (now) => now > before,
        60_000,
      );
      expect(await page.reaches(first + 1)).toBeGreaterThan(first);
      await expect.poll(() => page.frame.locator('cs-group .strip [role="option"]').count()).toBe(2);
    },
  ],
  [
    'reloads the window: the run goes on and its dashboard is back',
    async (person) => {
      const before = await run(person).reaches(0);
      await person.workbench.stored('"tab":"rollouts"');
      await person.workbench.reload();
      const page = run(person);
      await page.is('running');
      await page.reaches(before + 1);
      await page.imageIsDrawn();
      const [, grpo] = runFolders(person.folder);
      expect(existsSync(path.join(grpo ?? '', 'exit.json'))).toBe(false);
    },
  ],
  [
    'stops with a checkpoint',
    async (person) => {
      const page = run(person);
      await page.button('Stop').click();
      await page.is('stopped');
      stoppedAt = await page.reaches(1);
      await page.tab('checkpoints');
      await page.frame.getByText(`checkpoint-${stoppedAt}`).first().waitFor();
    },
  ],
  [
    'resumes, and the steps go on where they were',
    async (person) => {
      const page = run(person);
      await page.button('Resume').click();
      await page.is('running');
      await page.reaches(stoppedAt + 2);
      const [, grpo] = runFolders(person.folder);
      const metrics = readFileSync(path.join(grpo ?? '', 'events.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter(({ type }) => type === 'metrics')
        .map(({ step }) => step);
      expect(metrics).toEqual([...new Set(metrics)].sort((a, b) => a - b));
    },
  ],
  [
    'promotes a rollout into a dataset',
    async (person) => {
      const { workbench, folder } = person;
      const page = run(person);
      await page.tab('rollouts');
      await page.frame.locator('cs-group .strip [role="option"]').first().click();
      await workbench.page.keyboard.press('p');
      await workbench.pick('promoted.jsonl');
      const file = path.join(folder, 'promoted.jsonl');
      await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8').endsWith('\n')).toBe(true);
      promoted = JSON.parse(readFileSync(file, 'utf8'));
      expect(JSON.stringify(promoted)).toContain('traces-grpo');
      await page.frame.locator('.promoted').first().waitFor();
    },
  ],
  [
    'opens the promoted row in the trace editor',
    async (person) => {
      const traces = await TracePage.open(person.workbench, 'promoted.jsonl');
      await traces.counts('1 trace');
      await traces.imageIsDrawn();
    },
  ],
  [
    'opens the trace that prompted a rollout, and finds the rollout there',
    async (person) => {
      const { workbench } = person;
      await workbench.tab('traces-grpo').first().click();
      const page = run(person);
      await page.frame.locator('cs-group .strip [role="option"]').first().click();
      const question = (await page.frame.locator('cs-group .turn').last().textContent()) ?? '';
      await workbench.page.keyboard.press('o');
      await workbench.tab('traces.jsonl').last().waitFor();
      const traces = new TracePage(workbench);
      await eventually(
        'The prompt of the trace',
        async () =>
          (await traces.trace
            .locator('.turn')
            .textContent({ timeout: 1000 })
            .catch(() => '')) ?? '',
        (shown) => words(shown) === words(question),
      );
      const links = traces.frame.locator('cs-details .rollouts li');
      await links.first().waitFor();
      await links.first().click();
      await new RunPage(workbench).frame.locator('cs-group article').waitFor();
    },
  ],
  [
    'stops and discards',
    async (person) => {
      const { workbench } = person;
      await workbench.runCommand('Coldstart: Stop run and discard');
      await workbench.answerDialog('Stop and Discard');
      await run(person).is('stopped');
    },
  ],
];

if (!set) throw new Error('The fixture of our own is always there.');
walk(`A person trains on ${set.title}`, {
  prepare: async (folder) => {
    await set.prepare(folder);
    makeTinyModel(folder, 'tiny-llava', set.file);
  },
  finish: endRuns,
  missing: missingTrainer,
  host: {
    vscode: 'newest',
    env: { OMP_NUM_THREADS: '1' },
    settings: { 'coldstart.environments.interpreters': { trl: trainerPython } },
  },
  steps,
});

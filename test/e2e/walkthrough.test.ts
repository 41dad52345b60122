import { eventually } from './eventually.ts';
import { type Person, walk } from './person.ts';
import { RunPage } from './run-page.ts';
import { stubSettings, writeStubSpec } from './stub-runs.ts';
import { TracePage } from './trace-page.ts';
import { endRuns } from './trainer.ts';
import { curatedSets } from './workspace.ts';

const set = curatedSets.find(({ title }) => title === 'our own fixture');
if (!set) throw new Error('The fixture of our own is always there.');

async function open({ workbench }: Person): Promise<void> {
  await workbench.runCommand('Welcome: Open Walkthrough...');
  await workbench.pick('Train a reasoning model');
  await workbench.page.locator('.getting-started-step').first().waitFor();
}

const ticked = (person: Person, titles: readonly string[]) =>
  eventually(
    'The ticked steps',
    async () => {
      const steps = person.workbench.page.locator('.getting-started-step');
      const found: string[] = [];
      for (const step of await steps.all()) {
        const isDone = (await step.locator('.codicon-getting-started-step-checked.complete').count()) > 0;
        if (isDone) found.push((await step.locator('.step-title').textContent()) ?? '');
      }
      return found;
    },
    (found) => JSON.stringify(found) === JSON.stringify(titles),
  );

walk('A person follows the walkthrough', {
  prepare: async (folder) => {
    await set.prepare(folder);
    writeStubSpec(folder, 'steady');
  },
  finish: endRuns,
  host: { vscode: 'newest', settings: stubSettings },
  steps: [
    [
      'what was done before it was opened is ticked, and nothing else',
      async (person) => {
        const { workbench } = person;
        const traces = await TracePage.open(workbench, 'traces.jsonl');
        await traces.counts('60 traces');
        await open(person);
        await ticked(person, ['Read and decide']);
      },
    ],
    [
      'what is done afterwards is ticked, too',
      async (person) => {
        const { workbench } = person;
        await workbench.openFromExplorer('steady.run.json');
        await workbench.lens('Start run');
        await new RunPage(workbench).reaches(1);
        await open(person);
        await ticked(person, ['Read and decide', 'Start an SFT run, then GRPO', 'Read the rollouts']);
      },
    ],
  ],
});

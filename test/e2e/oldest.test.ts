import { curateSteps } from './curate-steps.ts';
import { walk } from './person.ts';
import { RunPage } from './run-page.ts';
import { stubSettings, writeStubSpec } from './stub-runs.ts';
import { endRuns } from './trainer.ts';
import { curatedSets } from './workspace.ts';

const set = curatedSets.find(({ title }) => title === 'our own fixture');
if (!set) throw new Error('The fixture of our own is always there.');

walk('A person works in the oldest VS Code', {
  prepare: async (folder) => {
    await set.prepare(folder);
    writeStubSpec(folder, 'quick', { max_steps: 6, save_steps: 3 });
  },
  finish: endRuns,
  host: { vscode: 'oldest', settings: stubSettings },
  steps: [
    ...curateSteps(set),
    [
      'starts a run from its CodeLens and reads its rollouts',
      async (person) => {
        const { workbench } = person;
        await workbench.openFromExplorer('quick.run.json');
        await workbench.lens('Start run');
        const page = new RunPage(workbench);
        await page.is('completed');
        await page.chartIsDrawn();
        await page.tab('rollouts');
        await page.imageIsDrawn();
      },
    ],
  ],
});

import { curateSteps } from './curate-steps.ts';
import { walk } from './person.ts';
import { curatedSets } from './workspace.ts';

for (const set of curatedSets) {
  walk(`A person curates ${set.title}`, {
    prepare: set.prepare,
    missing: set.missing,
    host: { vscode: 'newest' },
    steps: curateSteps(set),
  });
}

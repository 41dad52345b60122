import { expect, test } from 'vitest';
import { runSpecSchema } from '../../../../src/core/run/spec.ts';
import { runDashboardContract } from '../../../../src/protocol/run-dashboard.ts';
import { StartingRun } from '../../../../src/services/run/starting-run.ts';

test('a run that is being started shows its spec and what is done, and can be called off', async () => {
  const spec = runSpecSchema.parse({
    name: 'from base',
    stage: 'grpo',
    model: 'org/tiny',
    dataset: { path: 'traces.jsonl' },
    rewards: [{ name: 'answer', weight: 1 }],
    max_steps: 40,
  });
  const starting = new StartingRun(spec, '/w/a.run.json');
  const shown: unknown[] = [];
  const release = starting.onAdvance(() => shown.push(starting.view().status));
  starting.report('Selecting rows', 0.2);
  starting.report('500 rows selected');
  starting.report('Importing the trainer', 0.1);
  release();
  starting.report('Not heard');
  expect(shown).toEqual([
    { kind: 'starting', doing: 'Selecting rows', share: 0.2 },
    { kind: 'starting', doing: '500 rows selected', share: 0.2 },
    { kind: 'starting', doing: 'Importing the trainer', share: 0.2 },
  ]);
  const reply = runDashboardContract.methods['run-read'].reply.parse(starting.view());
  expect(reply).toMatchObject({ name: 'from base', folder: '', seq: -1, maxSteps: 40 });
  expect(starting.signal.aborted).toBe(false);
  starting.cancel();
  expect(starting.signal.aborted).toBe(true);
  starting.end(null);
  expect(await starting.ended).toBeNull();
});

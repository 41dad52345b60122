import { expect, test } from 'vitest';
import type { RunStatus } from '../../../../src/core/run/state.ts';
import { EndedRuns } from '../../../../src/services/run/ended-runs.ts';
import type { RunListing } from '../../../../src/services/run/views.ts';

const run = (folder: string, status: RunStatus) => ({ folder, status }) as RunListing;
const alive: RunStatus = { kind: 'preparing' };
const ended: RunStatus = { kind: 'completed' };

test('a run that was seen alive is told once when it ended, and not while its dashboard shows it', () => {
  const runs = new EndedRuns();
  const check = (lists: RunListing[], shown: string[], told: string[]) =>
    expect(runs.of(lists, (folder) => shown.includes(folder)).map(({ folder }) => folder)).toEqual(told);
  check([run('a', alive), run('b', alive), run('old', ended)], [], []);
  check([run('a', ended), run('b', ended), run('old', ended)], ['b'], ['a']);
  check([run('a', ended), run('b', ended)], [], []);
  check([run('a', alive)], ['a'], []);
  check([run('a', ended)], [], ['a']);
});

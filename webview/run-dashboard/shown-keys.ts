import type { KeyGroup } from '../elements/help-dialog.ts';

/** What the list of keys of the run dashboard says. */
export const shownKeys: readonly KeyGroup[] = [
  {
    title: 'Rollouts',
    keys: [
      ['N', 'Next step'],
      ['Shift+N', 'Previous step'],
      ['J', 'Next group'],
      ['K', 'Previous group'],
      ['→', 'Next rollout'],
      ['←', 'Previous rollout'],
      ['/', 'Search'],
    ],
  },
  {
    title: 'One rollout',
    keys: [
      ['P', 'Promote to a dataset'],
      ['D', 'Compare two rollouts'],
      ['O', 'Open the source trace'],
    ],
  },
  {
    title: 'Flips of two evaluations',
    keys: [
      ['J', 'Next flip'],
      ['K', 'Previous flip'],
      ['O', 'Open the row'],
    ],
  },
  {
    title: 'Charts',
    keys: [
      ['Click', 'Rollouts of that step'],
      ['Drag', 'Zoom all charts'],
      ['Double click', 'Show all steps'],
      ['?', 'This list'],
    ],
  },
];

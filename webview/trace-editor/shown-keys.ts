import type { KeyGroup } from '../elements/help-dialog.ts';

/** What the list of keys of the trace editor says. */
export const shownKeys: readonly KeyGroup[] = [
  {
    title: 'Decide',
    keys: [
      ['A', 'Keep'],
      ['X', 'Drop'],
      ['F', 'Flag'],
      ['Space', 'Skip'],
      ['U', 'Undo the last decision'],
    ],
  },
  {
    title: 'Move',
    keys: [
      ['J', 'Next trace'],
      ['K', 'Previous trace'],
      [']', 'Next segment'],
      ['[', 'Previous segment'],
      ['/', 'Filter'],
    ],
  },
  {
    title: 'Read and edit',
    keys: [
      ['E', 'Edit the segment'],
      ['Ctrl+Enter', 'Save and go on'],
      ['Esc', 'Leave the text'],
      ['I', 'Zoom the image'],
      ['P', 'Show the source'],
      ['?', 'This list'],
    ],
  },
];

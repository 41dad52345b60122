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
      ['Home / End', 'First and last trace'],
      [']', 'Next segment'],
      ['[', 'Previous segment'],
      ['Enter', 'Open the trace of a grid or a table'],
      ['/', 'Filter'],
      ['Shift+← →', 'Choose a range of a histogram'],
    ],
  },
  {
    title: 'Read and edit',
    keys: [
      ['E or Enter', 'Edit the segment'],
      ['Ctrl+Enter', 'Commit the text and go on'],
      ['Ctrl+S', 'Commit the text and save the file'],
      ['Esc', 'Keep the text and leave it'],
      ['I', 'Zoom the image'],
      ['P', 'Show the source'],
      ['?', 'This list'],
    ],
  },
];

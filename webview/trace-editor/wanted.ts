import type { DocumentView } from '../../src/protocol/trace-editor.ts';

/** A row to show once the file is read and filtered that far; `exact` does away with a filter that hides it. */
export interface Wanted {
  readonly index: number;
  readonly exact: boolean;
}

/** How far the document is on the way to a row: not read, read but not yet filtered, or known to match or not. */
export function progressTo(document: DocumentView, index: number): 'unread' | 'unfiltered' | 'known' {
  const { rows, state } = document;
  const { progress } = document.filter;
  if (state.kind === 'indexing' && rows <= index) return 'unread';
  return progress.kind === 'filtering' && progress.scanned <= index ? 'unfiltered' : 'known';
}

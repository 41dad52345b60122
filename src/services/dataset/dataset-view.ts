import { basename } from 'node:path';
import type { DocumentParts } from './document-parts.ts';
import type { DocumentSource } from './document-source.ts';
import type { DatasetView } from './views.ts';

/** What surfaces show of an open dataset as it is now. */
export function datasetView(source: DocumentSource, parts: DocumentParts): DatasetView {
  const { state, index } = source.current;
  const { signal, survey, scans, decisions, disk, edits } = parts;
  return {
    name: basename(source.path),
    revision: signal.revision,
    state:
      state.kind === 'failed'
        ? { kind: 'failed', message: state.error.message, hint: state.error.hint }
        : { ...state },
    rows: index.count,
    shape: source.shape.view(),
    extraction: source.reader.extraction,
    filter: scans.filter.view(index.count),
    sort: scans.order.view(),
    verdicts: {
      ...survey.verdictCounts(),
      scanned: Math.min(survey.graded, index.count),
      failed: scans.failure,
    },
    decisions: decisions.counts(),
    problems: survey.problems.map((problem) => ({ ...problem })),
    problemRows: survey.problemRows,
    disk: disk.state,
    strays: edits.strays().length,
    reading: source.reading,
    fields: [...survey.fields, ...survey.paths],
  };
}

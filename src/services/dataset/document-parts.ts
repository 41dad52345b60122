import { ChangeSignal } from './change-signal.ts';
import { DecisionKeeper } from './decision-keeper.ts';
import type { DecisionsFile } from './decisions-file.ts';
import { DocumentDecisions } from './document-decisions.ts';
import { DocumentDisk } from './document-disk.ts';
import { DocumentList } from './document-list.ts';
import { DocumentRows } from './document-rows.ts';
import { DocumentScans } from './document-scans.ts';
import type { DocumentSource, OpenOptions } from './document-source.ts';
import { DocumentTraces } from './document-traces.ts';
import { EditedRows } from './edited-rows.ts';
import { Journal, journalPath } from './journal.ts';
import { Survey } from './survey.ts';
import type { ChangeReason } from './views.ts';

/** The parts that one open dataset is made of, each knowing of the others only what it is told here. */
export interface DocumentParts {
  readonly signal: ChangeSignal;
  readonly edits: EditedRows;
  readonly survey: Survey;
  readonly scans: DocumentScans;
  readonly rows: DocumentRows;
  readonly list: DocumentList;
  readonly traces: DocumentTraces;
  readonly decisions: DocumentDecisions;
  readonly disk: DocumentDisk;
}

/** Puts the parts of a dataset together; nothing is scanned before `scans.start`. */
export function documentParts(
  options: OpenOptions,
  source: DocumentSource,
  file: DecisionsFile,
): DocumentParts {
  const { log } = options;
  const signal = new ChangeSignal();
  const edits = new EditedRows();
  const survey = new Survey();
  const changed = (reason: ChangeReason): void => signal.changed(reason);
  const shared = { edits, survey, changed };
  const journal = options.journalFolder
    ? new Journal(
        journalPath(options.journalFolder, source.path),
        () => [...edits.unsaved(), ...edits.strays()],
        (error) => {
          log.warn(error.message);
          options.unsafe?.(error);
        },
      )
    : null;
  const rows = new DocumentRows({
    ...shared,
    source: () => source.current,
    reader: () => source.reader,
    folders: () => source.folders(),
    revision: () => signal.revision,
    guessDecision: (hash) => file.fold.of(hash, 0),
    changed: ({ index, base, baseHash, text }) => {
      journal?.record(index, baseHash, text === base ? null : text);
      changed('edit');
    },
    counted: () => changed('verdicts'),
    kept: () => journal?.written() ?? Promise.resolve(),
  });
  const scans = new DocumentScans(options, {
    ...shared,
    source,
    graded: (from, to) => rows.gradeTouched(from, to),
    decisions: file.fold,
  });
  const keeper = new DecisionKeeper(file, survey, log, () => changed('decisions'));
  const traces = new DocumentTraces(options, source, rows);
  const decisions = new DocumentDecisions({ keeper, source, survey, scans, rows });
  const list = new DocumentList({
    scans,
    rows,
    count: () => source.current.index.count,
    revision: () => signal.revision,
  });
  const disk = new DocumentDisk({
    ...shared,
    path: source.path,
    journal,
    source: () => source.current,
    log,
    rows,
    decisions: keeper,
    identified: () => scans.identified(),
    scanAnew: () => scans.startNow(),
    revision: () => signal.revision,
    reopen: (replaced, abort) =>
      source.reopen(() => {
        replaced();
        scans.restart();
      }, abort),
  });
  source.onRows = () => {
    survey.resize(source.current.index.count);
    changed('index');
  };
  return { signal, edits, survey, scans, rows, list, traces, decisions, disk };
}

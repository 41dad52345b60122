import type { DecisionLine } from '../core/dataset/decisions.ts';
import { AppError } from '../core/errors.ts';
import { many } from '../core/text/plural.ts';
import type { Decision } from '../core/trace/trace.ts';
import type { OpenSelection, SelectedRow } from '../services/dataset/select.ts';
import type { CliContext } from './context.ts';
import { type DatasetFlags, drained, isPipe, withSelection } from './dataset-flags.ts';
import { plain } from './dataset-text.ts';
import { note, print, reader, record } from './output.ts';

export interface DecideFlags extends DatasetFlags {
  readonly keep?: boolean;
  readonly drop?: boolean;
  readonly flag?: boolean;
  readonly clear?: boolean;
  readonly label?: string;
  readonly note?: string;
}

const words = ['keep', 'drop', 'flag', 'clear'] as const;
const blockRows = 1000;

/** `dataset decide`: appends a decision on each chosen row that does not have it yet; each printed row is on disk. */
export async function decideRows(file: string, flags: DecideFlags, context: CliContext): Promise<void> {
  const decision = askedDecision(flags);
  if (flags.rows === undefined && flags.filter === undefined)
    throw new AppError(
      'request-invalid',
      'Say which rows are decided: --rows or --filter.',
      'All of them: --rows all',
    );
  if (await isPipe(file, context))
    throw new AppError('request-invalid', 'Decisions lie beside a file; a pipe has none.', 'Name the file.');
  await withSelection(file, flags, context, async (selection) => {
    const writer = new DecisionWriter(selection, decision, flags);
    reader.isNeeded = false;
    try {
      for await (const row of selection.rows(context.signal)) await writer.take(row);
    } finally {
      await writer.flush();
      const { chosen, changed } = writer;
      note(
        `${many(chosen, 'row')} chosen, ${changed.toLocaleString('en')} changed in ${selection.decisions.path}.`,
      );
    }
  });
}

function askedDecision(flags: DecideFlags): (typeof words)[number] {
  const asked = words.filter((word) => flags[word]);
  if (asked.length === 1 && asked[0]) return asked[0];
  throw new AppError('request-invalid', 'Give one of --keep, --drop, --flag and --clear.');
}

class DecisionWriter {
  chosen = 0;
  changed = 0;
  readonly #decision: Decision | null;
  readonly #extra: { label?: string; note?: string };
  #block: SelectedRow[] = [];

  constructor(
    private readonly selection: OpenSelection,
    private readonly word: (typeof words)[number],
    private readonly flags: DecideFlags,
  ) {
    this.#decision = word === 'clear' ? null : word;
    this.#extra = {
      ...(flags.label === undefined ? {} : { label: flags.label }),
      ...(flags.note === undefined ? {} : { note: flags.note }),
    };
  }

  async take(row: SelectedRow): Promise<void> {
    if (row.identity.hash === '') {
      note(`Line ${row.line} is too long to be decided.`);
      return;
    }
    this.#block.push(row);
    if (this.#block.length >= blockRows) await this.flush();
  }

  async flush(): Promise<void> {
    const rows = this.#block;
    this.#block = [];
    const hasExtra = Object.keys(this.#extra).length > 0;
    const changed = rows.filter(({ decision }) => hasExtra || decision !== this.#decision);
    const ts = new Date().toISOString();
    const lines = changed.map(
      ({ identity: { hash, occurrence } }): Omit<DecisionLine, 'version' | 'seq'> => ({
        hash,
        ...(occurrence > 0 ? { occurrence } : {}),
        decision: this.word,
        ...this.#extra,
        ts,
      }),
    );
    // The flush below reports a write that failed.
    this.selection.decisions.append(lines, () => undefined);
    await this.selection.decisions.flush();
    this.chosen += rows.length;
    this.changed += changed.length;
    for (const row of rows) this.#print(row);
    await drained();
  }

  #print({ index, row }: SelectedRow): void {
    const id = row.status === 'ok' ? row.trace.id : null;
    if (this.flags.json) record({ index, id, decision: this.#decision });
    else
      print(
        `${String(index).padStart(7)}  ${plain(id ?? '–', 24).padEnd(24)}  ${this.#decision ?? 'undecided'}`,
      );
  }
}

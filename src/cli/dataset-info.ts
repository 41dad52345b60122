import { many } from '../core/text/plural.ts';
import type { Json } from '../core/trace/trace.ts';
import { problemsOf } from '../services/dataset/row-view.ts';
import type { OpenSelection, SelectedRow } from '../services/dataset/select.ts';
import type { CliContext } from './context.ts';
import { type DatasetFlags, withSelection } from './dataset-flags.ts';
import { imageRecords, verdictRecord } from './dataset-records.ts';
import { plain } from './dataset-text.ts';
import { paint, print, progressLine, record, table } from './output.ts';

export interface InfoFlags extends DatasetFlags {
  /** False leaves image files alone. */
  readonly images: boolean;
}

interface Field {
  readonly types: Record<string, number>;
  count: number;
}

/** What `dataset info` says; `rows` are the lines that are JSON, `broken` those that are not; blank lines are neither. */
interface DatasetInfo {
  readonly path: string;
  readonly shape: string;
  readonly note: string;
  readonly rows: number;
  readonly broken: number;
  readonly bytes: number;
  /** Top-level fields in order of appearance. */
  readonly fields: readonly {
    readonly name: string;
    readonly types: Readonly<Record<string, number>>;
    readonly count: number;
  }[];
  /** How many rows have a problem of this code. */
  readonly problems: Readonly<Record<string, number>>;
  readonly verdicts: Readonly<Record<'correct' | 'incorrect' | 'unparsed' | 'none', number>>;
  readonly decisions: Readonly<Record<'keep' | 'drop' | 'flag', number>>;
}

const mostFields = 1000;

/** `dataset info`: rows, shape, verdicts, decisions and problems of a dataset. */
export async function showInfo(file: string, flags: InfoFlags, context: CliContext): Promise<void> {
  const info = await withSelection(file, flags, context, async (selection, name) => {
    const counts = new InfoCounts(selection, flags.images);
    const line = progressLine();
    try {
      for await (const row of selection.rows(context.signal)) {
        await counts.add(row);
        if (selection.seen % 1000 === 0) line.show(many(selection.seen, 'row'));
      }
    } finally {
      line.end();
    }
    return counts.info(name);
  });
  if (flags.json) record(info);
  else printInfo(info);
}

class InfoCounts {
  #rows = 0;
  #broken = 0;
  readonly #fields = new Map<string, Field>();
  readonly #problems: Record<string, number> = Object.create(null);
  readonly #verdicts = { correct: 0, incorrect: 0, unparsed: 0, none: 0 };
  readonly #decisions = { keep: 0, drop: 0, flag: 0 };

  constructor(
    private readonly selection: OpenSelection,
    private readonly looksAtImages: boolean,
  ) {}

  async add(selected: SelectedRow): Promise<void> {
    const { row, decision } = selected;
    const images = this.looksAtImages ? await imageRecords(selected, this.selection.folders) : null;
    const codes = [...problemsOf(row), ...(images?.problems ?? [])].map(({ code }) => code);
    for (const code of new Set(codes)) this.#problems[code] = (this.#problems[code] ?? 0) + 1;
    if (decision) this.#decisions[decision]++;
    if (row.status === 'broken') {
      this.#broken++;
      return;
    }
    this.#rows++;
    this.#verdicts[verdictRecord(this.selection.reader, row.trace).state ?? 'none']++;
    this.#addFields(row.json);
  }

  info(path: string): DatasetInfo {
    const { selection } = this;
    const shape = selection.reader.lens.shape;
    return {
      path,
      shape,
      note: shape === selection.shape.shape ? selection.shape.note : '',
      rows: this.#rows,
      broken: this.#broken,
      bytes: selection.bytes,
      fields: [...this.#fields].map(([name, { types, count }]) => ({ name, types, count })),
      problems: this.#problems,
      verdicts: this.#verdicts,
      decisions: this.#decisions,
    };
  }

  #addFields(json: Json): void {
    if (typeof json !== 'object' || json === null || Array.isArray(json)) return;
    for (const [name, value] of Object.entries(json)) {
      let field = this.#fields.get(name);
      if (!field) {
        if (this.#fields.size >= mostFields) continue;
        field = { types: {}, count: 0 };
        this.#fields.set(name, field);
      }
      const type = value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
      field.types[type] = (field.types[type] ?? 0) + 1;
      field.count++;
    }
  }
}

function printInfo(info: DatasetInfo): void {
  const number = (value: number) => value.toLocaleString('en');
  const counts = (of: Readonly<Record<string, number>>) =>
    Object.entries(of)
      .filter(([, value]) => value > 0)
      .map(([name, value]) => `${number(value)} ${name}`)
      .join(', ');
  const rows = `${number(info.rows)}${info.broken > 0 ? `, and ${number(info.broken)} broken` : ''}`;
  print(paint(info.path, 'bold'));
  print(
    table([
      ['shape', info.shape],
      ...(info.note ? [['', info.note]] : []),
      ['rows', rows],
      ['bytes', number(info.bytes)],
      ['verdicts', counts(info.verdicts) || '–'],
      ['decisions', counts(info.decisions) || '–'],
    ]),
  );
  if (info.fields.length > 0) {
    print();
    const fields = info.fields.map(({ name, types, count }) => [
      plain(name, 40),
      number(count),
      Object.entries(types)
        .map(([type, of]) => (of === count ? type : `${type} ${number(of)}`))
        .join(', '),
    ]);
    print(table([['field', 'rows', 'types'], ...fields], [1]));
  }
  const problems = Object.entries(info.problems).sort(([, a], [, b]) => b - a);
  if (problems.length === 0) return;
  print();
  print(table([['problem', 'rows'], ...problems.map(([code, count]) => [code, number(count)])], [1]));
}

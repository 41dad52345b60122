import { AppError } from '../core/errors.ts';

/** Exit codes of the command line: fine, problems found, wrong usage, internal error, interrupted. */
export const exit = { fine: 0, problems: 1, usage: 2, internal: 3, interrupted: 130 } as const;

/**
 * Whoever reads stdout. When they go away a command that only prints has nothing left to do; one that changes files
 * sets `isNeeded` to false first and does all of it.
 */
export const reader = { isNeeded: true, isGone: false };

/** What writes to a terminal instead of showing: control and direction characters; `paint`'s own codes are let by. */
const unshown = /\x1b\[(?:0|1|2|31|32|33)m|\r\n|[\n\t]|[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const escaped = (unit: string) => `\\u${(unit.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;

/** Text of models, datasets and trainers as it is, but that a terminal takes none of it for a command. */
export const harmless = (text: string): string =>
  text.replace(unshown, (unit) => {
    if (unit === '\r\n') return '\n';
    return unit.length > 1 || unit === '\n' || unit === '\t' ? unit : escaped(unit);
  });

/** One JSON record, alone on its line on stdout; an escaped character is the same value. */
export function record(value: unknown): void {
  print(JSON.stringify(value));
}

/** Text for people on stdout. */
export function print(line = ''): void {
  if (!reader.isGone) process.stdout.write(`${harmless(line)}\n`);
}

/** Progress, footers and messages: stderr, so that stdout holds records alone. */
export function note(line: string): void {
  process.stderr.write(`${harmless(line)}\n`);
}

/** A line that replaces itself on a terminal (some say that they have 0 columns), and is printed at most every few seconds elsewhere. */
export function progressLine(): { show(text: string): void; end(): void } {
  let last = 0;
  let shown = false;
  return {
    show(text) {
      if (process.stderr.isTTY) {
        process.stderr.write(`\r\x1b[K${harmless(text).slice(0, (process.stderr.columns || 100) - 1)}`);
        shown = true;
      } else if (Date.now() - last > 5000) {
        last = Date.now();
        note(text);
      }
    },
    end() {
      if (shown) process.stderr.write('\r\x1b[K');
    },
  };
}

/** Columns padded to their widest cell; cells of `right` columns are aligned right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const pad = (cell: string, i: number) =>
    right.includes(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

const codes = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Coloured only on a terminal, and never with NO_COLOR. */
export function paint(text: string, style: keyof typeof codes): string {
  if (!process.stdout.isTTY || process.env.NO_COLOR) return text;
  return `\x1b[${codes[style]}m${text}\x1b[0m`;
}

/** `work`; when Ctrl-C ended it, the failure says what was kept or left undone. */
export async function unlessInterrupted<T>(work: Promise<T>, signal: AbortSignal, kept: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isEnded = error instanceof AppError ? error.code === 'cancelled' : signal.aborted;
    throw isEnded ? new AppError('cancelled', 'Interrupted.', kept) : error;
  }
}

/** Says what failed and what to do, and gives the exit code that belongs to it. */
export function reportFailure(error: unknown): number {
  if (error instanceof Error && error.name === 'AbortError') {
    note('Interrupted.');
    return exit.interrupted;
  }
  if (!(error instanceof AppError)) {
    note(`Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return exit.internal;
  }
  note(error.message);
  if (error.hint) note(error.hint);
  if (error.code === 'cancelled') return exit.interrupted;
  if (error.code === 'internal') return exit.internal;
  return error.code === 'request-invalid' || error.code === 'filter-invalid' ? exit.usage : exit.problems;
}

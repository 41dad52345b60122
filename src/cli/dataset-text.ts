import type { TraceRecord } from './dataset-records.ts';
import { harmless, paint, print, table } from './output.ts';

const shownChars = 160;

/** Data on a terminal: on one line, cut, harmless. */
export function plain(text: string, most = shownChars): string {
  const line = text
    .slice(0, most * 4)
    .replace(/\s+/g, ' ')
    .trim();
  const cut = line.length > most || text.length > most * 4 ? `${line.slice(0, most - 1)}…` : line;
  return harmless(cut);
}

const verdictColours = { correct: 'green', incorrect: 'red', unparsed: 'yellow' } as const;

/** One row as a block of labelled lines. */
export function printTrace(shown: TraceRecord): void {
  const state = shown.verdict?.state;
  const head = [
    paint(`index ${shown.index}`, 'bold'),
    `line ${shown.line}`,
    ...(shown.id === null ? [] : [plain(shown.id, 60)]),
    ...(state ? [paint(state, verdictColours[state])] : []),
    ...(shown.decision ? [paint(shown.decision, 'bold')] : []),
  ];
  print(head.join('  '));
  const lines: string[][] = [];
  const add = (label: string, text: string | null): void => {
    if (text !== null) lines.push([`  ${label}`, text]);
  };
  add('prompt', shown.prompt && plain(shown.prompt));
  for (const { source, status, width, height } of shown.images)
    add('image', `${plain(source, 80)}  ${status === 'ready' ? `${width} × ${height}` : status}`);
  for (const { kind, start, end } of shown.segments)
    add(kind, plain((shown.completion ?? '').slice(start, end)));
  const { verdict } = shown;
  if (verdict?.extracted != null && verdict.rule !== '')
    add('answer', `${plain(verdict.extracted)}  (${verdict.rule})`);
  add('truth', shown.ground_truth && plain(shown.ground_truth));
  for (const { code, message } of shown.problems) add('problem', `${code}: ${plain(message)}`);
  print(table(lines));
  print();
}

/** One row on one line, aligned with its neighbours. */
export function printRow(shown: TraceRecord): void {
  const { index, id, verdict, decision, prompt, problems } = shown;
  const state = verdict?.state ?? (problems.length > 0 && prompt === null ? 'broken' : '–');
  const cells = [
    String(index).padStart(7),
    plain(id ?? '–', 24).padEnd(24),
    state.padEnd(9),
    (decision ?? '').padEnd(4),
    plain((prompt ?? problems[0]?.message ?? '').replaceAll('<image>', ''), 80),
  ];
  print(cells.join('  ').trimEnd());
}

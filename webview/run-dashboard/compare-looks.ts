import { mostCompared } from '../../src/protocol/run-dashboard.ts';

/**
 * The dashes of compared runs in px, the dashboard's own first. Each has a colour of the charts palette, too
 * (`ChartTheme.looks`, `.look-<n>`): colour alone does not tell lines apart for everybody.
 */
export const lookDashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 2]];

/** The chosen runs, each with a look that it keeps: who stays keeps theirs, who comes gets the first free one. */
export function withLooks(
  runs: readonly string[],
  before: readonly { readonly run: string; readonly look: number }[],
): { run: string; look: number }[] {
  const known = new Map(before.map(({ run, look }) => [run, look]));
  const taken = new Set(runs.flatMap((run) => known.get(run) ?? []));
  const free = Array.from({ length: mostCompared }, (_, at) => at + 1).filter((look) => !taken.has(look));
  return runs.map((run) => ({ run, look: known.get(run) ?? free.shift() ?? 1 }));
}

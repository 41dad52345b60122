import type { TraceView } from '../../src/protocol/trace-views.ts';

/** Which text of the trace is being edited. */
export type EditTarget =
  | { readonly kind: 'segment'; readonly segment: number }
  | { readonly kind: 'ground-truth' }
  | { readonly kind: 'prompt'; readonly turn: number; readonly part: number };

/** A target as the saved state names it. */
export function targetName(target: EditTarget): string {
  switch (target.kind) {
    case 'segment':
      return `segment ${target.segment}`;
    case 'ground-truth':
      return 'ground-truth';
    case 'prompt':
      return `prompt ${target.turn} ${target.part}`;
  }
}

/** The target that `targetName` named, or null. */
export function parseTarget(name: string): EditTarget | null {
  const [kind, first, second] = name.split(' ');
  if (kind === 'ground-truth') return { kind };
  if (kind === 'segment' && first !== undefined) return { kind, segment: Number(first) };
  if (kind === 'prompt' && first !== undefined && second !== undefined) {
    return { kind, turn: Number(first), part: Number(second) };
  }
  return null;
}

/** All texts of a trace that can be edited, as one to compare. */
export const textsOf = ({ turns, completion, groundTruth }: TraceView): string =>
  JSON.stringify([turns, completion?.text, groundTruth?.text]);

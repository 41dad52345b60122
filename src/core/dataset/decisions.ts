import { z } from 'zod';
import type { Decision } from '../trace/trace.ts';

/**
 * One line of `<dataset>.decisions.jsonl`. Lines are only ever appended, `clear` takes a decision back, and two
 * people's files merge by concatenation: for each row the line with the latest `ts` counts, of equal ones the last.
 */
export const decisionLineSchema = z.object({
  version: z.literal(1),
  /** SHA-256 (first 16 hex digits) of the row's bytes without line end. */
  hash: z.string().regex(/^[0-9a-f]{16}$/),
  /** Which of several byte-identical rows, from 0; left out for the first. */
  occurrence: z.int().min(1).optional(),
  id: z.string().optional(),
  decision: z.enum(['keep', 'drop', 'flag', 'clear']),
  label: z.string().optional(),
  note: z.string().optional(),
  /** ISO 8601, UTC. */
  ts: z.string(),
  seq: z.int().optional(),
  /** The row's hash before the edit that gave it this one. */
  from: z.string().optional(),
});
export type DecisionLine = z.infer<typeof decisionLineSchema>;

const decisionCodes = { none: 0, keep: 1, drop: 2, flag: 3 } as const;
const names: readonly (Decision | null)[] = [null, 'keep', 'drop', 'flag'];

/** The decision of a code in a byte array; null for none. */
export function decisionOf(code: number | undefined): Decision | null {
  return names[code ?? 0] ?? null;
}

/** The code of a decision in a byte array, 0 for none. */
export function decisionCode(decision: Decision | null): number {
  return decision === null ? decisionCodes.none : decisionCodes[decision];
}

/** The first of the two 32-bit words of a row's hash. */
export function headOf(hash: string): number {
  return Number.parseInt(hash.slice(0, 8), 16);
}

function decisionKey(hash: string, occurrence: number): string {
  return occurrence === 0 ? hash : `${hash}#${occurrence}`;
}

/** Decisions in force, by row key. */
export class DecisionFold {
  readonly #byKey = new Map<string, DecisionLine>();
  readonly #heads = new Set<number>();

  get size(): number {
    return this.#byKey.size;
  }

  apply(line: DecisionLine): void {
    const key = decisionKey(line.hash, line.occurrence ?? 0);
    const known = this.#byKey.get(key);
    if (known && known.ts > line.ts) return;
    this.#byKey.set(key, line);
    this.#heads.add(headOf(line.hash));
  }

  of(hash: string, occurrence: number): Decision | null {
    const decision = this.#byKey.get(decisionKey(hash, occurrence))?.decision ?? 'clear';
    return decision === 'clear' ? null : decision;
  }

  /** False when no row whose hash has this head was ever decided, which is told without writing its hash out. */
  mayKnow(head: number): boolean {
    return this.#heads.has(head);
  }

  counts(): { keep: number; drop: number; flag: number } {
    const counts = { keep: 0, drop: 0, flag: 0 };
    for (const { decision } of this.#byKey.values()) if (decision !== 'clear') counts[decision]++;
    return counts;
  }
}

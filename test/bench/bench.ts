import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { Assets, Log } from '../../src/services/ports.ts';

/** What must hold: a highest ratio to the baseline, with `slack` in the measure's unit, or a highest value. */
export interface Bar {
  readonly ratio?: number;
  readonly slack?: number;
  readonly value?: number;
}

/** One line of bench-results.jsonl. `bar` is for people, null when nothing is demanded; then `holds` is null too. */
export interface Result {
  readonly bench: string;
  readonly measure: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: string;
  readonly baseline_value: number;
  readonly ratio: number;
  readonly bar: string | null;
  readonly holds: boolean | null;
  readonly machine: string;
}

export interface Comparison {
  readonly measure: string;
  /** What the second function does, by name. */
  readonly baseline: string;
  readonly unit?: string;
  readonly bar?: Bar;
  readonly rounds?: number;
  /** Both return what they measured in `unit`. */
  subject(round: number): Promise<number> | number;
  against(round: number): Promise<number> | number;
}

export interface BenchOptions {
  readonly seeds: readonly number[];
  readonly scale: number;
  readonly width: number;
  /** Where long results are kept, for benches that can be resumed. */
  readonly dir: string | null;
  readonly signal: AbortSignal;
}

const root = resolve(import.meta.dirname, '..', '..');
/** What the product ships, as built. */
export const dist = join(root, 'dist');
export const assets: Assets = { workers: join(dist, 'workers'), trainer: join(dist, 'trainer') };
export const quiet: Log = {
  info: () => {},
  warn: () => {},
  error: (text) => process.stderr.write(`${text}\n`),
};

const [cpu] = cpus();
export const machine = `${cpus().length} x ${cpu?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB, ${process.platform}-${process.arch}, Node ${process.versions.node}`;

/** One bench: compares in interleaved rounds, reports each result once. */
export class Bench {
  #scratch: string | null = null;

  constructor(
    readonly name: string,
    readonly options: BenchOptions,
    private readonly report: (result: Result) => void,
    /** Progress on one line that the next one replaces. */
    readonly say: (text: string) => void,
  ) {}

  /** A line that stays. */
  print(text: string): void {
    this.say('');
    process.stdout.write(`${text}\n`);
  }

  /** A folder for large files, removed when the bench ends. */
  get scratch(): string {
    this.#scratch ??= mkdtempSync(join(tmpdir(), 'coldstart-bench-'));
    return this.#scratch;
  }

  /** One unmeasured round, then medians of `rounds` (5) in which both sides take turns at going first. */
  async compare(comparison: Comparison): Promise<void> {
    const { measure, baseline, unit = 'ms', rounds = 5 } = comparison;
    const values: number[] = [];
    const others: number[] = [];
    for (let round = -1; round < rounds; round++) {
      this.options.signal.throwIfAborted();
      this.say(`${measure}: round ${Math.max(round, 0) + 1} of ${rounds}`);
      const isSubjectFirst = round % 2 === 0;
      if (isSubjectFirst) values.push(await comparison.subject(round));
      others.push(await comparison.against(round));
      if (!isSubjectFirst) values.push(await comparison.subject(round));
    }
    const [value, baseline_value] = [median(values.slice(1)), median(others.slice(1))];
    this.record({ measure, value, unit, baseline, baseline_value, bar: comparison.bar });
  }

  /** A result that was measured elsewhere in this run. `demand` overrides the bar with a condition of its own. */
  record(given: {
    readonly measure: string;
    readonly value: number;
    readonly unit: string;
    readonly baseline: string;
    readonly baseline_value: number;
    readonly bar?: Bar | undefined;
    readonly demand?: { readonly text: string; readonly holds: boolean };
  }): void {
    const { bar, demand, ...facts } = given;
    const ratio = facts.value / facts.baseline_value;
    this.report({
      bench: this.name,
      ...facts,
      ratio,
      bar: demand?.text ?? (bar ? barText(bar, facts.unit) : null),
      holds: demand?.holds ?? (bar ? meets(bar, facts.value, facts.baseline_value) : null),
      machine,
    });
  }

  dispose(): void {
    if (this.#scratch !== null) rmSync(this.#scratch, { recursive: true, force: true });
  }
}

function meets(bar: Bar, value: number, baseline: number): boolean {
  if (bar.ratio !== undefined && value > bar.ratio * baseline + (bar.slack ?? 0)) return false;
  return bar.value === undefined || value <= bar.value;
}

function barText({ ratio, slack, value }: Bar, unit: string): string {
  const parts: string[] = [];
  if (ratio !== undefined) parts.push(`<= ${ratio}x${slack === undefined ? '' : ` + ${slack} ${unit}`}`);
  if (value !== undefined) parts.push(`<= ${value} ${unit}`);
  return parts.join(' and ');
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear between the two nearest ranks; NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * share;
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

/** Milliseconds that `work` takes. */
export async function timed(work: () => unknown): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

import { parseSpec } from './spec-file.ts';
import type { Finding, SpecProblem } from './views.ts';

/** A stretch of one line: line and column from 1, length in UTF-16 units. */
interface Stretch {
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

/** A mistake in the text of a run spec as a finding, which keeps the run from starting. */
export const mistakeOf = ({ message, fix, line, column, length }: SpecProblem): Finding => ({
  code: 'spec-invalid',
  severity: 'error',
  message,
  fix,
  line,
  column,
  length,
});

/**
 * What an editor marks in one open run spec: the mistakes of its text, read anew as it is typed, and what the last check
 * found. What was checked holds for the text that was checked only.
 */
export class SpecMarks {
  #mistakes: readonly Finding[] = [];
  #checked: readonly Finding[] = [];

  /** Reads the text as it is now. */
  read(text: string): void {
    // Broken JSON is marked by whoever colours it.
    this.#mistakes = parseSpec(text)
      .problems.filter(({ code }) => code !== 'json')
      .map(mistakeOf);
  }

  /** Takes the findings of a check; the mistakes among them are those of the text, which are marked already. */
  check(findings: readonly Finding[]): void {
    this.#checked = findings.filter(({ code, severity }) => severity !== 'info' && code !== 'spec-invalid');
  }

  /** Forgets what was checked, because the text is another now. */
  change(): void {
    this.#checked = [];
  }

  /** What is to be marked beside `others`, the marks that somebody else put: no mistake twice at one place. */
  marks(others: readonly Stretch[]): Finding[] {
    const taken = new Set(others.map(keyOf));
    return [...this.#mistakes.filter((mistake) => !taken.has(keyOf(mistake))), ...this.#checked];
  }
}

const keyOf = ({ line, column, length }: Stretch): string => `${line}:${column}:${length}`;

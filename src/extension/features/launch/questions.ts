/** How a question was left: with an answer, back to the one before, or for good. */
export type Left = 'answered' | 'back' | 'left';

/** Where a question stands among those that are shown; the total is null while an answer can still change it. */
export interface Place {
  readonly step: number;
  readonly total: number | null;
  readonly canGoBack: boolean;
}

export interface Question {
  /** Whether there is anything to choose; null while that depends on an answer that was not given. */
  readonly isAsked: () => Promise<boolean | null>;
  /** Takes back the answer that was given. */
  readonly forget?: () => void;
  readonly ask: (place: Place) => Promise<Left>;
}

/** Asks questions in their order, each of which can lead back to the one before; false when a person left. */
export async function askInOrder(questions: readonly Question[]): Promise<boolean> {
  const answered: number[] = [];
  for (let at = 0; at < questions.length; ) {
    const question = questions[at];
    const asked: (boolean | null)[] = [];
    for (const one of questions.slice(at)) asked.push(await one.isAsked());
    const [isAsked, ...later] = asked;
    if (!question || isAsked === false) {
      at += 1;
      continue;
    }
    const step = answered.length + 1;
    const total = later.includes(null) ? null : step + later.filter(Boolean).length;
    const left = await question.ask({ step, total, canGoBack: answered.length > 0 });
    if (left === 'left') return false;
    if (left === 'answered') {
      answered.push(at);
      at += 1;
      continue;
    }
    at = answered.pop() ?? at;
    questions[at]?.forget?.();
  }
  return true;
}

/** `Start SFT run (2/4): model`; a first question whose answer decides on the total bears no number. */
export function titleOf(what: string, { step, total }: Place, asked: string): string {
  if (total === null && step === 1) return `${what}: ${asked}`;
  return `${what} (${total === null ? step : `${step}/${total}`}): ${asked}`;
}

import type { ReactiveControllerHost } from 'lit';
import { describeError, isAbort } from '../host/host-error.ts';
import type { Asked, RolloutLink, SecondGrade } from './details-pane.ts';
import type { TraceEditorModel } from './model.ts';

/** Someone who leafs through does not need the rollouts of every trace, ms. */
const pause = 120;

/** What is asked of the host about the trace shown, beyond its own text; a change of trace ends it. */
export class FurtherFacts {
  rollouts: Asked<readonly RolloutLink[]> = { kind: 'idle' };
  second: Asked<SecondGrade> = { kind: 'idle' };
  readonly #host: ReactiveControllerHost;
  #asking = new AbortController();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
  }

  stop(): void {
    this.#asking.abort();
  }

  /** Forgets the last trace's answers and reads the rollouts of this one. */
  async begin(model: TraceEditorModel): Promise<void> {
    this.#asking.abort();
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    this.rollouts = { kind: 'idle' };
    this.second = { kind: 'idle' };
    const { index } = model.place;
    if (index === null) return;
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (signal.aborted) return;
    await this.#ask(
      signal,
      () => model.host.call('rollouts-read', { index }, signal),
      (answer) => {
        this.rollouts = answer;
      },
    );
  }

  /** Grades the trace shown once more, with the trainer's own Python. */
  async gradeAgain(model: TraceEditorModel): Promise<void> {
    const { index } = model.place;
    if (index === null) return;
    const { signal } = this.#asking;
    this.second = { kind: 'waiting' };
    this.#host.requestUpdate();
    await this.#ask(
      signal,
      () => model.host.call('second-grade', { index }, signal),
      (answer) => {
        this.second = answer;
      },
    );
  }

  async #ask<T>(signal: AbortSignal, ask: () => Promise<T>, keep: (answer: Asked<T>) => void): Promise<void> {
    try {
      const value = await ask();
      if (!signal.aborted) keep({ kind: 'done', value });
    } catch (error) {
      if (isAbort(error) || signal.aborted) return;
      keep({ kind: 'failed', ...describeError(error) });
    }
    this.#host.requestUpdate();
  }
}

import type { RunSpec } from '../../core/run/spec.ts';
import type { Progress } from '../ports.ts';
import type { RunViewData } from './views.ts';

/** What is done for a run that has no folder yet, and the share of that (0..1) when it is known. */
interface StartStatus {
  readonly kind: 'starting';
  readonly doing: string;
  readonly share: number | null;
}

/**
 * A run between the wish to start it and its folder, so that it can be shown at once: what is being done for it, and a
 * way to call it off. It is in memory only; a window that closes meanwhile started nothing.
 */
export class StartingRun implements Progress {
  readonly #listeners = new Set<() => void>();
  readonly #controller = new AbortController();
  #doing = 'Reading the run spec';
  #share: number | null = null;
  #tellEnd: (folder: string | null) => void = () => undefined;
  /** The run folder once the run was started, or null when it was not. */
  readonly ended = new Promise<string | null>((resolve) => {
    this.#tellEnd = resolve;
  });

  constructor(
    readonly spec: RunSpec,
    readonly specPath: string,
  ) {}

  /** Aborted when a person calls the start off. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  cancel(): void {
    this.#controller.abort();
  }

  report(doing: string, share?: number): void {
    this.#doing = doing;
    this.#share = share === undefined ? this.#share : Math.max(this.#share ?? 0, Math.min(1, share));
    for (const listener of this.#listeners) listener();
  }

  end(folder: string | null): void {
    this.#tellEnd(folder);
    this.#listeners.clear();
  }

  onAdvance(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What a dashboard shows before there is a folder: everything that the spec says. */
  view(): Omit<RunViewData, 'status'> & { status: StartStatus } {
    const { spec } = this;
    return {
      id: '',
      name: spec.name,
      stage: spec.stage,
      trainer: spec.trainer,
      model: spec.model,
      folder: '',
      status: { kind: 'starting', doing: this.#doing, share: this.#share },
      // Before every event of a run, so that a surface reads anew when there is a folder.
      seq: -1,
      step: 0,
      maxSteps: spec.max_steps ?? null,
      epoch: null,
      elapsedSeconds: null,
      etaSeconds: null,
      device: spec.device,
      dataset: { path: spec.dataset.path, traces: 0 },
      groupSize: spec.stage === 'grpo' ? spec.group_size : null,
      rewards: spec.stage === 'grpo' ? spec.rewards.map(({ name, weight }) => ({ name, weight })) : [],
      restarts: [],
      checkpoints: [],
      rolloutSteps: [],
      metrics: [],
      findings: [],
      rewardErrors: 0,
      droppedEvents: 0,
      spec,
      totals: {},
    };
  }
}

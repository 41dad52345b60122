import type { RunStatus } from '../core/run/state.ts';
import type { RunListing, RunViewData } from '../services/run/views.ts';

/** What a status adds to the record of a run, beside its kind. */
function statusFields(status: RunStatus): Record<string, unknown> {
  switch (status.kind) {
    case 'running':
      return { phase: status.phase, done: status.done, total: status.total };
    case 'stalled':
      return { phase: status.phase, silent_s: status.silentSeconds };
    case 'stopping':
      return { save: status.save };
    case 'stopped':
      return { resumable: status.resumable };
    case 'failed':
      return { error: status.error, resumable: status.resumable };
    case 'died':
      return { reason: status.reason, resumable: status.resumable };
    case 'elsewhere':
      return { host: status.host };
    default:
      return {};
  }
}

/** The run state object of `run list`. */
export function listingRecord(run: RunListing): Record<string, unknown> {
  return {
    run: run.id,
    name: run.name,
    stage: run.stage,
    trainer: run.trainer,
    folder: run.folder,
    created: new Date(run.created).toISOString(),
    state: run.status.kind,
    ...statusFields(run.status),
    step: run.step,
    max_steps: run.maxSteps,
    eta_s: run.etaSeconds,
    ...(run.headline ? { [run.headline.metric]: run.headline.value } : {}),
  };
}

/** The run state object of `run show`. */
export function viewRecord(view: RunViewData, metrics: Record<string, unknown>): Record<string, unknown> {
  return {
    run: view.id,
    name: view.name,
    stage: view.stage,
    trainer: view.trainer,
    folder: view.folder,
    model: view.model,
    state: view.status.kind,
    ...statusFields(view.status),
    step: view.step,
    max_steps: view.maxSteps,
    epoch: view.epoch,
    elapsed_s: view.elapsedSeconds,
    eta_s: view.etaSeconds,
    device: view.device,
    dataset: view.dataset,
    group_size: view.groupSize,
    rewards: view.rewards,
    restarts: view.restarts.map(({ restart, fromStep }) => ({ restart, from_step: fromStep })),
    checkpoints: view.checkpoints.map(({ adapterOnly, ...checkpoint }) => ({
      ...checkpoint,
      adapter_only: adapterOnly,
    })),
    rollout_steps: view.rolloutSteps,
    metrics,
    findings: view.findings,
    reward_errors: view.rewardErrors,
    dropped_events: view.droppedEvents,
    totals: view.totals,
  };
}

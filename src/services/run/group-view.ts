import { dirname } from 'node:path';
import type { GroupLine, Rollout } from '../../core/run/group-line.ts';
import type { Extraction } from '../../core/run/spec.ts';
import { parseSegments } from '../../core/trace/segments.ts';
import type { ImageRef } from '../../core/trace/trace.ts';
import { verdictOf } from '../../core/verify/verdict.ts';
import { describeImage } from '../images/trace-images.ts';
import { groupNumber, turnsOf } from './rollout-files.ts';
import type { RunRecord } from './run-record.ts';
import type { GroupData, RolloutData } from './views.ts';

const maxTextUnits = 256 << 10;

/** Folders that images of a run may come from: its own, its datasets' and the image roots it was started with. */
export function imageFolders(folder: string, record: RunRecord): string[] {
  const { dataset, evaluation } = record.spec;
  const roots = [dataset, ...(evaluation ? [evaluation] : [])].flatMap((data) => [
    dirname(data.path),
    ...data.image_roots,
  ]);
  return [...new Set([folder, ...roots])];
}

/** An image of a group as the image services take it. */
export const imageRef = (path: string): ImageRef => ({ kind: 'path', source: path, at: [] });

/** One group as a surface shows it: rollouts sorted by reward, each with its verdict by the run's own rule. */
export async function viewGroup(
  group: GroupLine,
  folders: readonly string[],
  extraction: Extraction,
): Promise<GroupData> {
  const images = await Promise.all(
    group.images.map(async ({ path, w, h }) => {
      const view = await describeImage(imageRef(path), null, folders);
      return { ...view, width: view.width ?? w, height: view.height ?? h };
    }),
  );
  const groundTruth = group.ground_truth ?? null;
  return {
    step: group.step,
    group: groupNumber(group),
    split: group.split,
    trace: group.trace,
    turns: turnsOf(group).map(({ role, text }) => ({ role, text: text.slice(0, maxTextUnits) })),
    images,
    groundTruth,
    rollouts: sortRollouts(group.rollouts).map((rollout) => viewRollout(rollout, groundTruth, extraction)),
  };
}

function viewRollout(rollout: Rollout, groundTruth: string | null, extraction: Extraction): RolloutData {
  const text = rollout.completion.slice(0, maxTextUnits);
  const truncated = rollout.cut !== undefined || text.length < rollout.completion.length;
  return {
    index: rollout.i,
    completion: { text, truncated, segments: parseSegments(text) },
    tokens: rollout.tokens,
    finish: rollout.finish,
    rewards: rollout.rewards,
    reward: rollout.reward,
    advantage: rollout.advantage,
    // Half a completion has no verdict: its answer may be what was cut.
    verdict: rollout.cut === undefined ? verdictOf(rollout.completion, groundTruth, extraction) : null,
  };
}

function sortRollouts(rollouts: readonly Rollout[]): Rollout[] {
  const key = (rollout: Rollout) =>
    typeof rollout.reward === 'number' ? rollout.reward : Number.NEGATIVE_INFINITY;
  return [...rollouts].sort((a, b) => key(b) - key(a) || a.i - b.i);
}

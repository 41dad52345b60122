import type { EventOf } from '../../src/protocol/rpc.ts';
import type { runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import type { RunModel } from './model.ts';

export type CommandName = EventOf<typeof runDashboardContract, 'command'>['name'];

/** What actions may do to the surface beside the model. */
export interface Surface {
  readonly model: RunModel;
  readonly zoomed: boolean;
  announce(text: string): void;
  focusSearch(): void;
  showHelp(): void;
  requestUpdate(): void;
}

/** The list on screen has the keys: groups of a step, or flips of two evaluations. */
const moveGroup = ({ model }: Surface, by: number) => {
  const list = model.tab === 'evaluation' ? model.flips : model.rollouts;
  return model.perform(() => list.pick(list.position + by));
};

function openSource({ model }: Surface): unknown {
  if (model.tab === 'evaluation') {
    const { flip, pair } = model.flips;
    if (!flip || !pair) return;
    return model.perform(() => model.host.call('flip-trace-open', { ...pair, index: flip.index }));
  }
  const { group } = model.rollouts;
  if (!group) return;
  return model.perform(() => model.host.call('trace-open', { step: group.step, group: group.group }));
}

/** Copies the rollout shown into a dataset of the person's choice, and remembers that. */
export async function promote(surface: Surface): Promise<void> {
  const { model } = surface;
  const { group, rollout } = model.rollouts;
  const one = group?.rollouts[rollout];
  if (!group || !one) return;
  model.rollouts.stay();
  const place = { step: group.step, group: group.group, index: one.index };
  const done = await model.perform(() => model.host.call('rollout-promote', place));
  if (!done?.dataset) return;
  const before = model.saved.read().promoted;
  model.saved.write({ promoted: [...before, { ...place, dataset: done.dataset }].slice(-200) });
  surface.announce(`Promoted to ${done.dataset}`);
  surface.requestUpdate();
}

/** One table for the keys of VS Code and the buttons. */
const actions: Readonly<Record<CommandName, (surface: Surface) => unknown>> = {
  'next-step': ({ model }) => model.perform(() => model.rollouts.moveStep(1)),
  'previous-step': ({ model }) => model.perform(() => model.rollouts.moveStep(-1)),
  'next-group': (surface) => moveGroup(surface, 1),
  'previous-group': (surface) => moveGroup(surface, -1),
  'next-rollout': ({ model }) => model.rollouts.selectRollout(model.rollouts.rollout + 1),
  'previous-rollout': ({ model }) => model.rollouts.selectRollout(model.rollouts.rollout - 1),
  promote,
  diff: ({ model }) => model.saved.write({ diff: !model.saved.read().diff }),
  'open-source': openSource,
  search: (surface) => surface.focusSearch(),
  help: (surface) => surface.showHelp(),
};

const anywhere: ReadonlySet<CommandName> = new Set(['help', 'search']);
const ofFlips: ReadonlySet<CommandName> = new Set(['next-group', 'previous-group', 'open-source']);

/** Runs one command; keys of what is not on screen do nothing. */
export function runCommand(surface: Surface, name: CommandName): void {
  if (surface.zoomed) return;
  const { tab, flips } = surface.model;
  const isShown = tab === 'rollouts' || (tab === 'evaluation' && flips.pair !== null && ofFlips.has(name));
  if (!anywhere.has(name) && !isShown) return;
  actions[name](surface);
  surface.requestUpdate();
}

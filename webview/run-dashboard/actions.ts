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

const moveGroup = ({ model }: Surface, by: number) =>
  model.perform(() => model.rollouts.pick(model.rollouts.position + by));

/** Copies the rollout shown into a dataset of the person's choice, and remembers that. */
export async function promote(surface: Surface): Promise<void> {
  const { model } = surface;
  const { group, rollout } = model.rollouts;
  const one = group?.rollouts[rollout];
  if (!group || !one) return;
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
  'open-source': ({ model }) => {
    const { group } = model.rollouts;
    if (!group) return;
    return model.perform(() => model.host.call('trace-open', { step: group.step, group: group.group }));
  },
  search: (surface) => surface.focusSearch(),
  help: (surface) => surface.showHelp(),
};

/** Runs one command; keys of the rollouts do nothing while they are not on screen. */
export function runCommand(surface: Surface, name: CommandName): void {
  if (surface.zoomed) return;
  const anywhere = name === 'help' || name === 'search';
  if (!anywhere && surface.model.tab !== 'rollouts') return;
  actions[name](surface);
  surface.requestUpdate();
}

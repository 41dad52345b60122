import { many } from '../../src/core/text/plural.ts';
import type { DecisionState } from '../elements/controls.ts';
import type { MenuItem } from '../elements/menu.ts';
import type { Surface } from './actions.ts';
import { chooseColumns } from './sorting.ts';

/** Chooses another shape or answer extraction; the host asks the person, then everything is read anew. */
export function choose(surface: Surface, method: 'shape-choose' | 'extraction-choose'): void {
  const { model } = surface;
  void model.perform(async () => {
    model.document = await model.host.call(method, {});
    await model.refresh();
  });
}

/** Decides every trace of the filtered list; the host says the count and asks first. */
function decideAll(surface: Surface, decision: DecisionState | null): void {
  const { model } = surface;
  void model.perform(async () => {
    const { changed } = await model.host.call('decisions-set', { decision });
    await model.refresh();
    surface.announce(`${many(changed, 'trace')} changed`);
  });
}

/** The actions that need no place of their own. */
export function overflowMenu(surface: Surface): (MenuItem | 'separator')[] {
  const { model } = surface;
  const { document, matched } = model;
  const filtered = document?.filter.text.trim() !== '';
  const all = matched === 1 ? 'the only trace' : `all ${many(matched, 'trace')}`;
  const what = filtered ? `${many(matched, 'trace')} (filtered)` : all;
  const every = (verb: string, decision: DecisionState | null): MenuItem => ({
    label: `${verb} ${what}…`,
    disabled: matched === 0,
    act: () => decideAll(surface, decision),
  });
  const call = (act: () => Promise<unknown>) => () => void model.perform(act);
  return [
    {
      label: 'Dataset shape…',
      hint: document?.shape.title ?? '',
      act: () => choose(surface, 'shape-choose'),
    },
    {
      label: 'Answer extraction…',
      hint: document?.extraction ?? '',
      act: () => choose(surface, 'extraction-choose'),
    },
    { label: 'Columns of the table…', act: () => void chooseColumns(surface) },
    'separator',
    every('Keep', 'keep'),
    every('Drop', 'drop'),
    every('Clear decisions of', null),
    'separator',
    { label: 'Export…', act: call(() => model.host.call('export-start', {})) },
    { label: 'Start SFT run…', act: call(() => model.host.call('run-start', { stage: 'sft' })) },
    { label: 'Start GRPO run…', act: call(() => model.host.call('run-start', { stage: 'grpo' })) },
    'separator',
    { label: 'Keyboard shortcuts', hint: '?', act: () => surface.showHelp() },
  ];
}

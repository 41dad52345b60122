import type { EventOf } from '../../src/protocol/rpc.ts';
import type { traceEditorContract } from '../../src/protocol/trace-editor.ts';
import type { TraceView } from '../../src/protocol/trace-views.ts';
import type { DecisionState } from '../elements/controls.ts';
import { decisionWords } from '../elements/controls.ts';
import { formatCount } from '../elements/format.ts';
import { contentRange, isBlankSegment } from '../elements/segment-view.ts';
import type { VirtualList } from '../elements/virtual-list.ts';
import { type EditTarget, targetName, textsOf } from './edit-target.ts';
import type { ForeseenMoves } from './foreseen-moves.ts';
import type { TraceEditorModel } from './model.ts';
import type { TypedAhead } from './typed-ahead.ts';
import type { ViewState } from './view-state.ts';

export type CommandName = EventOf<typeof traceEditorContract, 'command'>['name'];

/** What actions, keys and parts of the surface may do to it beside the model. */
export interface Surface {
  readonly model: TraceEditorModel;
  segment: number;
  editing: EditTarget | null;
  /** Revision of the trace when its text was opened; an edit of a later one is refused. */
  readonly editedRevision: number | null;
  /** All texts of the trace as they were then, see `textsOf`. */
  readonly editedTexts: string | null;
  /** The trace that is on its way is to be edited as soon as it is on screen. */
  editNext: boolean;
  readonly ahead: TypedAhead;
  readonly foreseen: ForeseenMoves;
  /** True once the trace of the current row has been on screen; nobody decides on what was not there to see. */
  readonly seen: boolean;
  zoom: number | null;
  /** The window has no room for panes beside each other. */
  readonly narrow: boolean;
  /** Runs a command as a key, a button or the menu does. */
  run(name: CommandName): void;
  announce(text: string): void;
  focusFilter(): void;
  focusContent(): void;
  showHelp(): void;
  requestUpdate(): void;
  readonly list: VirtualList | null;
  readonly updateComplete: Promise<boolean>;
  /** Keeps a change of the view for the next time. */
  write(change: Partial<ViewState>): void;
  /** Puts away whatever lies over the trace. */
  leave(): void;
}

/** Traces that nobody has decided on. */
function undecided({ document }: TraceEditorModel): number {
  if (!document) return 0;
  const { keep, drop, flag } = document.decisions;
  return Math.max(0, document.rows - keep - drop - flag);
}

/** Sets or clears the decision on the trace shown; `advance` goes on to the next one. */
export async function decide(
  surface: Surface,
  decision: DecisionState | null,
  advance: boolean,
): Promise<void> {
  const { model } = surface;
  const { index } = model.place;
  if (index === null || !surface.seen || !model.document) return;
  const { reading } = model.document;
  model.rows.patch(index, { decision });
  if (model.place.trace?.index === index) {
    model.place.shown = { kind: 'item', item: { ...model.place.trace, decision } };
  }
  const moved =
    advance && model.document?.advanceAfterDecision !== false && model.place.isPlaceable
      ? model.place.moveBy(1)
      : undefined;
  const done = await model.perform(() => model.host.call('decision-set', { index, reading, decision }));
  if (done && model.document) {
    model.document = { ...model.document, decisions: done.decisions };
    const word = decision === null ? 'decision cleared' : decisionWords[decision];
    surface.announce(`${word}, ${formatCount(undecided(model))} left`);
  } else {
    model.rows.refresh();
  }
  surface.requestUpdate();
  await moved;
}

/** Takes back the last decision and shows its trace again. */
async function undoDecision(surface: Surface): Promise<void> {
  const { model } = surface;
  const done = await model.perform(() => model.host.call('decision-undo', {}));
  if (!done) return;
  if (done.index === null) {
    surface.announce('Nothing to undo');
    return;
  }
  const { index } = done;
  await model.refresh();
  await model.perform(() => model.place.goToIndex(index, true));
  surface.announce(`Decision undone, ${formatCount(undecided(model))} left`);
}

function move(surface: Surface, by: number): Promise<unknown> {
  const { model } = surface;
  const { position } = model.place;
  if (position >= 0 && position + by >= model.matched) surface.announce('Last trace');
  if (position >= 0 && position + by < 0) surface.announce('First trace');
  return model.perform(() => model.place.moveBy(by));
}

/** Segments that have something to show, in order. */
function shownSegments(surface: Surface): number[] {
  const completion = surface.model.place.trace?.completion;
  if (!completion) return [];
  return completion.segments.flatMap((segment, at) => (isBlankSegment(completion.text, segment) ? [] : [at]));
}

function moveSegment(surface: Surface, by: number): void {
  const all = shownSegments(surface);
  const at = all.indexOf(surface.segment);
  const next = at === -1 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by));
  surface.segment = all[next] ?? -1;
}

/** Opens the current segment's editor, or the first one's. */
export function editSegment(surface: Surface): void {
  const { model } = surface;
  if (model.place.isMoving) {
    surface.editNext = true;
    return;
  }
  if (!model.place.trace?.completion?.editable) return;
  const all = shownSegments(surface);
  const segment = all.includes(surface.segment) ? surface.segment : all[0];
  if (segment === undefined) return;
  surface.segment = segment;
  surface.editing = { kind: 'segment', segment };
}

/** Writes an edited text through the host and says whether it is written; else the editor stays open with it. */
export async function commitEdit(surface: Surface, text: string, advance: boolean): Promise<boolean> {
  const { model, editing } = surface;
  const trace = model.place.trace;
  if (!editing || !trace) return false;
  const { index } = trace;
  const revision = surface.editedRevision ?? trace.revision;
  const opened = surface.editedTexts;
  surface.editing = null;
  model.saved.write({ draft: { index, revision, target: targetName(editing), text } });
  const write = (at: number): Promise<TraceView> => {
    if (editing.kind !== 'segment')
      return model.host.call('value-edit', { index, revision: at, target: editing, text });
    const segment = trace.completion?.segments[editing.segment];
    if (!trace.completion || !segment) return Promise.resolve(trace);
    const { start, end } = contentRange(trace.completion.text, segment);
    if (trace.completion.text.slice(start, end) === text) return Promise.resolve(trace);
    return model.host.call('segment-edit', { index, revision: at, start, end, text });
  };
  const done = await model.perform(async () => {
    try {
      return await write(revision);
    } catch (error) {
      // The file was read anew, and nobody has told us yet: what is typed may be about the same text all the same.
      const now = await model.host.call('trace-read', { index }).catch(() => null);
      if (!now || now.revision === revision || textsOf(now) !== opened) throw error;
      return await write(now.revision);
    }
  });
  if (!done) {
    if (model.place.index === index) surface.editing = editing;
    else void model.perform(() => model.place.release());
    return false;
  }
  model.saved.write({ draft: null });
  model.place.take(done);
  if (editing.kind === 'segment' && advance) {
    const all = shownSegments(surface);
    const next = all.find((segment) => segment > editing.segment);
    if (next !== undefined) surface.segment = next;
  }
  void model.perform(() => model.place.release());
  surface.requestUpdate();
  return true;
}

/** Shows the list in another view; cells of the table are read when it is shown. */
export function setView(surface: Surface, view: ViewState['view']): void {
  surface.write({ view });
  if (view === 'table') surface.model.rows.refresh();
}

function togglePane({ saved }: TraceEditorModel, name: 'facets' | 'list' | 'details'): void {
  const pane = saved.read()[name];
  saved.write({ [name]: { ...pane, open: !pane.open } });
}

/** One table for the keys of VS Code, the buttons and the menu. */
export const actions: Readonly<Record<CommandName, (surface: Surface) => unknown>> = {
  next: (surface) => move(surface, 1),
  previous: (surface) => move(surface, -1),
  skip: (surface) => move(surface, 1),
  keep: (surface) => decide(surface, 'keep', true),
  drop: (surface) => decide(surface, 'drop', true),
  flag: (surface) => decide(surface, 'flag', true),
  undo: undoDecision,
  edit: editSegment,
  filter: (surface) => surface.focusFilter(),
  zoom: (surface) => {
    const images = surface.model.place.trace?.images ?? [];
    if (surface.zoom !== null) surface.zoom = null;
    else if (images.length > 0) surface.zoom = 0;
  },
  'next-segment': (surface) => moveSegment(surface, 1),
  'previous-segment': (surface) => moveSegment(surface, -1),
  'toggle-source': ({ model }) => model.saved.write({ source: !model.saved.read().source }),
  'toggle-facets': ({ model }) => togglePane(model, 'facets'),
  'toggle-list': ({ model }) => togglePane(model, 'list'),
  'toggle-details': ({ model }) => togglePane(model, 'details'),
  help: (surface) => surface.showHelp(),
  'focus-view': (surface) => setView(surface, 'focus'),
  'grid-view': (surface) => setView(surface, 'grid'),
  'table-view': (surface) => setView(surface, 'table'),
};

const deciding: readonly CommandName[] = ['keep', 'drop', 'flag', 'undo'];

/** Runs one command; typing and open pictures keep what concerns the list away. */
export function runCommand(surface: Surface, name: CommandName): void {
  if (surface.editing && name !== 'help') return;
  if (surface.zoom !== null && name !== 'zoom') return;
  if (deciding.includes(name) && !surface.seen) return;
  surface.editNext = false;
  actions[name](surface);
  surface.requestUpdate();
}

import { isPrintable } from '../elements/field-keys.ts';
import { isTyping } from '../elements/focus.ts';
import { actions, type CommandName, editSegment, runCommand, type Surface } from './actions.ts';

/** Makes the move that a key will bring, when that is known; every letter goes on to VS Code. */
function foresee(surface: Surface, key: string): void {
  const move = surface.foreseen.pressed(key, surface.model.place.index, performance.now());
  if (move) runCommand(surface, move);
}

/** Runs a command of VS Code unless its key has done it already; what is typed into a field is no command. */
export function takeCommand(surface: Surface, name: CommandName): void {
  const arrival = surface.foreseen.arrived(name, performance.now());
  if (arrival === 'done' || isTyping(document.activeElement)) return;
  const { model } = surface;
  if (arrival === 'run') surface.run(name);
  else void model.perform(() => model.place.goToIndex(arrival.back, true)).then(() => surface.run(name));
}

/**
 * Letters are VS Code key bindings and come back as commands; here are only the keys that no binding takes (`?`, Esc,
 * Enter, and the arrows while nothing has the focus) and `/`, whose command would come after the first letters of the
 * filter.
 */
export function handleKey(surface: Surface, event: KeyboardEvent): void {
  const active = document.activeElement;
  if (surface.ahead.takes(event)) {
    event.preventDefault();
    event.stopPropagation();
    return;
  }
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(active)) return;
  const nowhere = active === null || active === document.body;
  if (event.key === '?') surface.showHelp();
  else if (event.key === '/') {
    runCommand(surface, 'filter');
    // Its command would take the focus back to the filter when Enter has long left it.
    event.stopPropagation();
  } else if (event.key === 'Escape') surface.leave();
  else if (event.key === 'Enter' && (nowhere || active.matches('.trace-scroll'))) editSegment(surface);
  else if (event.key === 'ArrowDown' && nowhere) actions.next(surface);
  else if (event.key === 'ArrowUp' && nowhere) actions.previous(surface);
  else {
    // The command of E opens the editor: what is typed until then is text.
    if (event.key === 'e') surface.ahead.begin();
    if (isPrintable(event)) foresee(surface, event.key);
    // Space is a binding too (skip): only its scrolling is kept away.
    if (event.key !== ' ') return;
  }
  event.preventDefault();
}

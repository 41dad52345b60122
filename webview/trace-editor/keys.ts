import { isTyping } from '../elements/focus.ts';
import { actions, editSegment, runCommand, type Surface } from './actions.ts';

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
  }
  // Its command opens the editor: what is typed until then is text.
  else if (event.key === 'e') {
    surface.ahead.begin();
    return;
  } else if (event.key === 'Escape') surface.leave();
  else if (event.key === 'Enter' && (nowhere || active.matches('.trace-scroll'))) editSegment(surface);
  else if (event.key === 'ArrowDown' && nowhere) actions.next(surface);
  // Space is a binding too (skip): only its scrolling is kept away.
  else if (event.key === ' ') event.preventDefault();
  else if (event.key === 'ArrowUp' && nowhere) actions.previous(surface);
  else return;
  event.preventDefault();
}

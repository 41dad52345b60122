import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { userEvent } from 'vitest/browser';
import { ForeseenMoves } from '../../../webview/trace-editor/foreseen-moves.ts';
import { type Opened, shows, start } from './opened-editor.ts';

/** The letters of `keys` are pressed, commands arrive in between: `+next` at that moment. Gives what each step told. */
function check(
  steps: string,
  taught: Readonly<Record<string, string>> = { j: 'next', k: 'previous', a: 'keep' },
) {
  const foreseen = new ForeseenMoves();
  for (const [key, name] of Object.entries(taught)) {
    foreseen.pressed(key, 0, 0);
    foreseen.arrived(name, 0);
  }
  let row = 10;
  return steps.split(' ').map((step) => {
    if (step.startsWith('+')) {
      const told = foreseen.arrived(step.slice(1), 1);
      if (typeof told === 'object') row = told.back;
      return told;
    }
    const move = foreseen.pressed(step, row, 1);
    row += move === 'next' ? 1 : move === 'previous' ? -1 : 0;
    return move;
  });
}

describe('moves that a key brings before its command', () => {
  it.each<[string, string, unknown[]]>([
    ['a move is made at once and its command finds it done', 'j +next', ['next', 'done']],
    ['several are', 'j j k +next +next +previous', ['next', 'next', 'previous', 'done', 'done', 'done']],
    ['a decision is not foreseen', 'a +keep', [null, 'run']],
    ['nothing is foreseen behind a decision', 'a j +keep +next', [null, null, 'run', 'run']],
    ['a decision may follow a move', 'j a +next +keep', ['next', null, 'done', 'run']],
    ['a command without a key runs', '+next', ['run']],
    ['a key without a command waits for nobody', 'z j +next j', [null, null, 'run', 'next']],
    ['a key without its command stays done', 'j a +keep j', ['next', null, 'run', 'next']],
    ['a key that has another meaning now goes back', 'j +flag j', ['next', { back: 10 }, null]],
    ['so do all of its moves', 'j j +flag', ['next', 'next', { back: 10 }]],
    ['the new meaning is learnt', 'j +flag j +flag j', ['next', { back: 10 }, null, 'run', null]],
  ])('%s', (_, steps, told) => {
    expect(check(steps)).toEqual(told);
  });

  it('learns nothing from a command that may belong to another key', () => {
    expect(check('z j +next j', {})).toEqual([null, null, 'run', null]);
  });

  it('gives up on a command that does not come', () => {
    const foreseen = new ForeseenMoves();
    foreseen.pressed('j', 0, 0);
    foreseen.arrived('next', 0);
    expect(foreseen.pressed('j', 0, 1)).toBe('next');
    expect(foreseen.arrived('next', 20_000)).toBe('run');
  });

  it('ends where the commands alone would have ended, however late they come', () => {
    const keys: Readonly<Record<string, string>> = { j: 'next', k: 'previous', a: 'keep', h: 'help' };
    const key = fc.constantFrom(...Object.keys(keys), 'a key without a command');
    fc.assert(
      fc.property(fc.array(fc.record({ key, arrivals: fc.nat(3) }), { maxLength: 60 }), (presses) => {
        const foreseen = new ForeseenMoves();
        const waiting: string[] = [];
        const decided: number[] = [];
        let row = 0;
        const run = (name: string) => {
          if (name === 'keep') decided.push(row);
          row += name === 'next' ? 1 : name === 'previous' ? -1 : 0;
        };
        const take = () => {
          const name = waiting.shift();
          if (name === undefined) return;
          const told = foreseen.arrived(name, 0);
          if (told === 'run') run(name);
          else expect(told).toBe('done');
        };
        for (const press of presses) {
          const move = foreseen.pressed(press.key, row, 0);
          if (move) run(move);
          const name = keys[press.key];
          if (name) waiting.push(name);
          for (let count = 0; count < press.arrivals; count++) take();
        }
        while (waiting.length > 0) take();
        let expected = 0;
        const kept: number[] = [];
        for (const { key: pressed } of presses) {
          if (pressed === 'a') kept.push(expected);
          expected += pressed === 'j' ? 1 : pressed === 'k' ? -1 : 0;
        }
        expect({ row, decided }).toEqual({ row: expected, decided: kept });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('in the editor', () => {
  /** An editor that has seen what J and A bring. */
  async function taught(): Promise<Opened> {
    const opened = await start({ rows: 20 });
    await shows(opened, 0);
    opened.editor.focusContent();
    await userEvent.keyboard('j');
    await opened.command('next');
    await shows(opened, 1);
    await userEvent.keyboard('f');
    await opened.command('flag');
    await shows(opened, 2);
    return opened;
  }

  it('J moves before VS Code has answered, and once only', async () => {
    const opened = await taught();
    await userEvent.keyboard('j');
    await shows(opened, 3);
    await opened.command('next');
    expect(opened.editor.model.place.position).toBe(3);
  });

  it('a decision falls on the trace that its key was pressed on', async () => {
    const opened = await taught();
    await userEvent.keyboard('fj');
    expect(opened.editor.model.place.position).toBe(2);
    await opened.command('flag');
    await shows(opened, 3);
    await opened.command('next');
    await shows(opened, 4);
    expect(opened.calls('decision-set')).toEqual([
      { index: 1, reading: 0, decision: 'flag' },
      { index: 2, reading: 0, decision: 'flag' },
    ]);
  });

  it('a key that was bound anew decides nothing on the trace that it moved to', async () => {
    const opened = await taught();
    await userEvent.keyboard('j');
    await shows(opened, 3);
    await opened.command('drop');
    await shows(opened, 2);
    expect(opened.calls('decision-set')).toHaveLength(1);
    await userEvent.keyboard('j');
    await opened.command('drop');
    await vi.waitFor(() =>
      expect(opened.calls('decision-set').at(-1)).toEqual({ index: 2, reading: 0, decision: 'drop' }),
    );
  });
});

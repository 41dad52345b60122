import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runDashboardContract } from '../../src/protocol/run-dashboard.ts';
import { traceEditorContract } from '../../src/protocol/trace-editor.ts';
import { shownKeys as runKeys } from '../../webview/run-dashboard/shown-keys.ts';
import { shownKeys as traceKeys } from '../../webview/trace-editor/shown-keys.ts';

const root = join(import.meta.dirname, '..', '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  contributes: {
    commands: { command: string; title: string }[];
    keybindings: { command: string; key: string; when: string }[];
    configuration: { properties: Record<string, { scope?: string }> }[];
    views: Record<string, { id: string }[]>;
    walkthroughs: { steps: { id: string; media: { svg: string }; completionEvents: string[] }[] }[];
  };
  capabilities: { untrustedWorkspaces: { restrictedConfigurations: string[] } };
};
const source = readdirSync(join(root, 'src/extension'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(join(root, 'src/extension', name), 'utf8'))
  .join('\n');

const camelCase = (name: string) => name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
const registered = new Set([
  ...[...source.matchAll(/\bon\('([a-zA-Z.]+)'/g)].map((match) => `coldstart.${match[1]}`),
  ...[...source.matchAll(/(?:registerCommand\(|command\(app\.log, )'(coldstart\.[a-zA-Z.]+)'/g)].map(
    (match) => match[1] ?? '',
  ),
  ...traceEditorContract.events.command.shape.name.options.map(
    (name) => `coldstart.trace.${camelCase(name)}`,
  ),
  ...runDashboardContract.events.command.shape.name.options.map((name) => `coldstart.run.${camelCase(name)}`),
]);
const internal = new Set(['coldstart.activeDataset', 'coldstart.viewReported', 'coldstart.showStarting']);
const contributed = manifest.contributes.commands.map(({ command }) => command);

describe('manifest and code', () => {
  it('registers every contributed command', () => {
    expect(contributed.filter((command) => !registered.has(command))).toEqual([]);
  });

  it('contributes every registered command', () => {
    const known = new Set(contributed);
    expect([...registered].filter((command) => !known.has(command) && !internal.has(command))).toEqual([]);
  });

  it('writes titles in sentence case', () => {
    const wrong = manifest.contributes.commands.filter(({ title }) =>
      title
        .split(' ')
        .slice(1)
        .some((word) => /^[A-Z][a-z]/.test(word)),
    );
    expect(wrong).toEqual([]);
  });

  const shownAs: Readonly<Record<string, string>> = {
    space: 'Space',
    'shift+/': '?',
    'shift+n': 'Shift+N',
    right: '→',
    left: '←',
  };
  /** What the page does itself, so that no binding is needed. */
  const ownKeys = [
    'Home / End',
    'Buttons',
    'Enter',
    'Ctrl+Enter',
    'Ctrl+S',
    'Esc',
    'Click',
    'Drag',
    'Double click',
    'Shift+← →',
  ];
  it.each([
    [
      'trace',
      traceKeys,
      {
        A: 'keep',
        X: 'drop',
        F: 'flag',
        Space: 'skip',
        U: 'undo',
        J: 'next',
        K: 'previous',
        ']': 'nextSegment',
        '[': 'previousSegment',
        '/': 'filter',
        E: 'edit',
        I: 'zoom',
        P: 'toggleSource',
        '?': 'help',
      },
    ],
    [
      'run',
      runKeys,
      {
        N: 'nextStep',
        'Shift+N': 'previousStep',
        J: 'nextGroup',
        K: 'previousGroup',
        '→': 'nextRollout',
        '←': 'previousRollout',
        '/': 'search',
        P: 'promote',
        D: 'diff',
        O: 'openSource',
        '?': 'help',
      },
    ],
  ])('binds every key that the help of the %s surface names, and no other', (surface, groups, expected) => {
    const shown = groups.flatMap(({ keys }) => keys.map(([name]) => name.replace(' or Enter', '')));
    // A key may have a line for each view that it acts in.
    const named = new Set(shown.filter((name) => !ownKeys.includes(name)));
    expect([...named].sort()).toEqual(Object.keys(expected).sort());
    const bound = manifest.contributes.keybindings.flatMap(({ command, key }) =>
      command.startsWith(`coldstart.${surface}.`)
        ? [[shownAs[key] ?? key.toUpperCase(), command.slice(`coldstart.${surface}.`.length)]]
        : [],
    );
    expect(Object.fromEntries(bound)).toEqual(expected);
  });

  it('never fires a plain key while the person types into VS Code (a page keeps what is typed into it)', () => {
    const wrong = manifest.contributes.keybindings.filter(({ when }) => !when.includes('!inputFocus'));
    expect(wrong).toEqual([]);
  });

  it('gives every setting a scope, and reads every setting', () => {
    const settings = manifest.contributes.configuration.flatMap(({ properties }) =>
      Object.entries(properties),
    );
    expect(settings.filter(([, { scope }]) => !scope)).toEqual([]);
    const unread = settings.filter(([name]) => !source.includes(`'${name.replace(/^coldstart\./, '')}'`));
    expect(unread).toEqual([]);
    expect(settings.length).toBeLessThanOrEqual(25);
  });

  it('gives every step of the walkthrough a picture, and ticks none for a command that may be cancelled', () => {
    const steps = manifest.contributes.walkthroughs.flatMap((walkthrough) => walkthrough.steps);
    expect(steps.filter(({ media }) => !existsSync(join(root, media.svg)))).toEqual([]);
    expect(new Set(steps.map(({ media }) => media.svg)).size).toBe(steps.length);
    const never = steps.filter(({ completionEvents: [event = ''] }) => {
      const key = /^onContext:(coldstart\.\w+)$/.exec(event)?.[1];
      return !key || !source.includes(`.tick('${key}')`);
    });
    expect(never).toEqual([]);
  });

  it('restricts what an untrusted workspace may set', () => {
    const { restrictedConfigurations } = manifest.capabilities.untrustedWorkspaces;
    for (const name of ['coldstart.environments.interpreters', 'coldstart.environments.folder']) {
      expect(restrictedConfigurations).toContain(name);
    }
  });
});

import { beforeEach, expect, test, vi } from 'vitest';

const said: string[] = [];
const commands = new Map<string, (...args: unknown[]) => unknown>();
const started: string[] = [];

/** Anything of VS Code that these paths may touch; whatever is asked of the person is answered with nothing. */
vi.mock('vscode', () => {
  const nothing = { dispose: () => undefined };
  const anything: unknown = new Proxy(class {}, {
    get: (_, name) => (name === 'prototype' ? {} : name === 'then' ? undefined : () => nothing),
  });
  const asked = async (text: unknown) => void (typeof text === 'string' && said.push(text));
  const window = new Proxy(
    { showErrorMessage: asked, showWarningMessage: asked },
    { get: (own, name) => Reflect.get(own, name) ?? (() => nothing) },
  );
  const workspace = new Proxy(
    {
      isTrusted: false,
      textDocuments: [],
      workspaceFolders: undefined,
      createFileSystemWatcher: () => anything,
    },
    {
      get: (own, name) =>
        name in own
          ? Reflect.get(own, name)
          : () => ({ ...nothing, get: (_: string, fallback: unknown) => fallback }),
    },
  );
  const fixed: Record<string, unknown> = {
    window,
    workspace,
    commands: {
      registerCommand: (id: string, run: (...args: unknown[]) => unknown) => {
        commands.set(id, run);
        return nothing;
      },
      executeCommand: async () => undefined,
    },
    Disposable: { from: () => nothing },
    RelativePattern: class {},
    EventEmitter: class {
      event = () => nothing;
      fire = () => undefined;
    },
    Uri: { file: (path: string) => ({ path, fsPath: path, toString: () => path }) },
  };
  return new Proxy(fixed, {
    get: (own, name) => (name in own ? Reflect.get(own, name) : name === 'then' ? undefined : anything),
    has: () => true,
    getOwnPropertyDescriptor: (own, name) => ({
      configurable: true,
      enumerable: true,
      value: name in own ? Reflect.get(own, name) : anything,
    }),
  });
});

vi.mock('node:child_process', () => {
  const start = (program: string) => {
    started.push(program);
    throw new Error(`${program} was started in an untrusted workspace`);
  };
  return { spawn: start, fork: start, execFile: start, exec: start, spawnSync: start };
});

beforeEach(() => {
  said.length = 0;
});

/** Commands that start Python or code that a workspace names. */
const starting = [
  'createTrainerEnvironment',
  'checkTrainerEnvironment',
  'chooseInterpreter',
  'createExampleWorkspace',
  'startSftRun',
  'startGrpoRun',
  'checkRun',
  'startRun',
  'resumeRun',
  'evaluateRun',
];

test('in an untrusted workspace every command that starts something refuses in code', async () => {
  const app = {
    log: { error: () => undefined, info: () => undefined, warn: () => undefined, show: () => undefined },
    settings: () => ({ imageRoots: [], runsFolder: '/none', environmentsFolder: '/none', interpreters: {} }),
    workspace: () => undefined,
    runsFolders: () => ['/none'],
    assets: { workers: '', trainer: '' },
    choices: { get: () => undefined, set: async () => undefined },
    runHost: () => ({}),
  } as never;
  const features = [
    (await import('../../src/extension/features/environments/register.ts')).registerEnvironments,
    (await import('../../src/extension/features/example/register.ts')).registerExample,
    (await import('../../src/extension/features/launch/register.ts')).registerLaunch,
    (await import('../../src/extension/features/runs/register.ts')).registerRuns,
  ];
  for (const register of features) register(app);
  for (const name of starting) {
    said.length = 0;
    await commands.get(`coldstart.${name}`)?.({ path: '/w/a.run.json', fsPath: '/w/a.run.json' });
    expect(said, name).toEqual([expect.stringContaining('needs a trusted workspace')]);
  }
  expect(started).toEqual([]);
});

test('the second grader refuses, too', async () => {
  const { traceHandlers } = await import('../../src/extension/features/trace-editor/handlers.ts');
  const view = { document: { model: { gradingTexts: () => Promise.reject(new Error('read')) }, uri: {} } };
  const handlers = traceHandlers({} as never, view as never, vi.fn(), vi.fn());
  const asked = (async () => handlers['second-grade']({ index: 0 }, new AbortController().signal))();
  await expect(asked).rejects.toMatchObject({ code: 'workspace-untrusted' });
});

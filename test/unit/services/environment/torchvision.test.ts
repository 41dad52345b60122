import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { checkEnvironment } from '../../../../src/services/environment/environments.ts';
import { readRequirements } from '../../../../src/services/environment/requirements.ts';
import { installTorchvision } from '../../../../src/services/environment/torchvision.ts';

const trainer = fileURLToPath(new URL('../../../../src/trainer', import.meta.url));
const assets = { workers: '', trainer };

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'coldstart-vision-'));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}

interface Machine {
  /** Version of the installed torch. */
  readonly torch: string;
  /** What pip does with the configured index, and with PyTorch's own beside it. */
  readonly pip: string;
  readonly extra?: string;
  /** Whether torchvision can be imported then. */
  readonly imports?: boolean;
}

/** An interpreter that answers as on such a machine, and notes what pip is asked. */
async function interpreter(place: string, { torch, pip, extra = 'exit 9', imports = true }: Machine) {
  const python = join(place, 'python');
  const cases = [
    `*metadata*) echo '${torch}' ;;`,
    `*"import torchvision"*) exit ${imports ? 0 : 1} ;;`,
    `*uninstall*) echo removed >> ${place}/asked ;;`,
    `*--extra-index-url*) echo "own index: $(echo "$*" | grep -o 'torchvision=[^ ]*')" >> ${place}/asked; ${extra} ;;`,
    `*install*) echo "$*" | grep -o 'torchvision=[^ ]*' >> ${place}/asked; ${pip} ;;`,
  ];
  await writeFile(python, `#!/bin/sh\ncase "$*" in\n${cases.join('\n')}\nesac\n`);
  await chmod(python, 0o755);
  return python;
}

const absent = 'echo "ERROR: No matching distribution found for torchvision"; exit 1';
const offline = 'echo "ERROR: Failed to establish a new connection"; exit 1';
const conflict = 'echo "ERROR: ResolutionImpossible"; exit 1';
const full = 'echo "ERROR: [Errno 28] No space left on device"; exit 1';
const ok = 'exit 0';

/** The machine; what becomes of it; what pip was asked for, in order. */
const machines: readonly (readonly [string, Machine, boolean | string, string])[] = [
  ['a GPU', { torch: '2.13.0', pip: ok }, true, 'torchvision==0.28.0'],
  ['a GPU and an index of PyTorch', { torch: '2.13.0+cu130', pip: ok }, true, 'torchvision==0.28.0+cu130'],
  ['a mirror that lacks it', { torch: '2.13.0', pip: absent }, false, 'torchvision==0.28.0'],
  [
    'a network that breaks off',
    { torch: '2.13.0', pip: offline },
    'network-unreachable',
    'torchvision==0.28.0',
  ],
  ['a CPU and a mirror with its build', { torch: '2.13.0+cpu', pip: ok }, true, 'torchvision==0.28.0+cpu'],
  [
    'a CPU',
    { torch: '2.13.0+cpu', pip: absent, extra: ok },
    true,
    'torchvision==0.28.0+cpu, own index: torchvision==0.28.0+cpu',
  ],
  [
    'a CPU in a closed network',
    { torch: '2.13.0+cpu', pip: conflict, extra: offline },
    false,
    'torchvision==0.28.0+cpu, own index: torchvision==0.28.0+cpu',
  ],
  ['a full disk', { torch: '2.13.0+cpu', pip: full }, 'disk-full', 'torchvision==0.28.0+cpu'],
  [
    'a mirror that gives the build for another torch',
    { torch: '2.13.0', pip: ok, imports: false },
    false,
    'torchvision==0.28.0, removed',
  ],
];

for (const [name, machine, wanted, asked] of machines) {
  test(`torchvision on a machine with ${name}`, async () => {
    const place = await folder();
    const python = await interpreter(place, machine);
    const options = { python, logFile: join(place, 'log'), report: () => undefined };
    const found = await installTorchvision('0.28.0', join(place, 'constraints.txt'), options).catch(
      (error: { code: string }) => error.code,
    );
    expect(found).toBe(wanted);
    expect((await readFile(join(place, 'asked'), 'utf8')).trim().split('\n').join(', ')).toBe(asked);
  });
}

test('the pinned torchvision belongs to the pinned torch', async () => {
  const { torch, torchvision } = await readRequirements('trl', assets);
  const [, minor, patch] = torch.split('.').map(Number);
  expect(torchvision).toBe(`0.${(minor ?? 0) + 15}.${patch}`);
});

test('an environment that works without torchvision says how to get it; a broken one is not ready', async () => {
  const place = await folder();
  const answer = (ready: boolean) =>
    JSON.stringify({
      python: '3.11.7',
      executable: 'python',
      versions: { torch: '2.13.0' },
      device: { kind: 'cpu' },
      missing: [],
      ready,
      advice: 'Install it with: pip',
    });
  for (const ready of [true, false]) {
    const python = join(place, `python-${ready}`);
    await writeFile(python, `#!/bin/sh\necho '${answer(ready)}'\n`);
    await chmod(python, 0o755);
    expect(await checkEnvironment(python, assets)).toMatchObject({ ready, advice: 'Install it with: pip' });
  }
});

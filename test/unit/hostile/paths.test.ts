import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

/** Every path that the product gave to the disk, and what happens once a path has been found to be inside. */
const disk = vi.hoisted(() => ({
  looked: [] as string[],
  opened: [] as string[],
  afterLook: (_call: 'realpath' | 'stat', _path: string): void => undefined,
}));
vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: (path: string, flags: number) => {
      disk.opened.push(path);
      return real.open(path, flags);
    },
    stat: async (path: string) => {
      disk.looked.push(path);
      const found = await real.stat(path);
      disk.afterLook('stat', path);
      return found;
    },
    realpath: async (path: string) => {
      disk.looked.push(path);
      const found = await real.realpath(path);
      disk.afterLook('realpath', path);
      return found;
    },
  };
});
const { refusedByName, resolveImage, resolveImageHead } = await import(
  '../../../src/services/images/resolve.ts'
);

const root = realpathSync(mkdtempSync(join(tmpdir(), 'coldstart-paths-')));
const inside = join(root, 'dataset');
const secret = Buffer.from('not yours');
mkdirSync(join(inside, 'images', 'deep'), { recursive: true });
mkdirSync(join(root, 'dataset-not-ours'));
writeFileSync(join(inside, 'images', 'a.png'), 'picture');
for (const place of ['secret.png', 'dataset-not-ours/a.png']) writeFileSync(join(root, place), secret);
const links: Readonly<Record<string, string>> = {
  'images/direct.png': join(root, 'secret.png'),
  'images/relative.png': '../../secret.png',
  'images/first.png': 'second.png',
  'images/second.png': 'third.png',
  'images/third.png': '../../secret.png',
  'images/loop.png': 'pool.png',
  'images/pool.png': 'loop.png',
  'images/self.png': 'self.png',
  'images/out': '../..',
  'images/abroad': root,
  'images/sibling': '../../dataset-not-ours',
  'images/root': '/',
  'images/null.png': '/dev/null',
  'images/zero.png': '/dev/zero',
  'images/environ.png': '/proc/self/environ',
  'images/memory.png': '/proc/self/mem',
  'images/standard.png': '/dev/stdin',
  'images/there.png': 'a.png',
};
for (const [link, target] of Object.entries(links)) symlinkSync(target, join(inside, link));
execFileSync('mkfifo', [join(inside, 'images', 'pipe.png')]);
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeEach(() => {
  Object.assign(disk, { looked: [], opened: [], afterLook: () => undefined });
});

const within = (path: string): boolean => path === inside || path.startsWith(`${inside}${sep}`);

/** Asks for a picture both ways; gives its status after proving that nothing outside was opened. */
async function ask(source: string): Promise<string> {
  const found = await resolveImage(source, [inside]);
  const head = await resolveImageHead(source, [inside]);
  if (found.status === 'ready') expect(found.bytes.equals(secret), source).toBe(false);
  else expect([source, found.message !== '']).toEqual([source, true]);
  expect([source, head.status]).toEqual([source, found.status]);
  for (const path of disk.opened) expect([source, within(realpathSync(path))]).toEqual([source, true]);
  return found.status;
}

const steps = [
  '../',
  '..\\',
  '..//',
  './../',
  '.././',
  '..%2f',
  '%2e%2e/',
  '%2e%2e%2f',
  '%2E%2E%5C',
  '..%252f',
  '..%c0%af',
  '..%u2215',
  '....//',
  '..;/',
  '.../',
  '.. /',
  '..\t/',
  '..\u0000/',
  '..\u200b/',
  '\uff0e\uff0e/',
  '\u2025/',
  '../x/../',
  'x/../../',
  '~/',
];
const prefixes = [
  '',
  './',
  '/',
  '\\',
  'images/',
  'images/deep/',
  `${inside}/`,
  `${inside}-not-ours/`,
  'images\\',
];
const targets = [
  'etc/passwd',
  'secret.png',
  'dataset-not-ours/a.png',
  'proc/self/environ',
  'dev/zero',
  'windows\\win.ini',
];
/** 24 ways up, 1 to 3 and 12 times, from 9 places to 6 targets. */
const traversals = steps.flatMap((step) =>
  [1, 2, 3, 12].flatMap((times) =>
    prefixes.flatMap((prefix) => targets.map((target) => prefix + step.repeat(times) + target)),
  ),
);

/** Names that must not even be looked at. */
const untouched: readonly string[] = [
  ...[
    '\\\\host\\share\\a.png',
    '//host/share/a.png',
    '\\/host/a',
    '/\\host\\a',
    '\\\\?\\C:\\a',
    '\\\\.\\PhysicalDrive0',
    '\\\\?\\UNC\\h\\s',
    '//?/C:/a',
    '\\\\localhost\\c$\\a',
    '///etc/passwd',
  ],
  ...['C:\\a.png', 'c:a.png', 'Z:/a.png', 'c:', 'C:..\\a', 'a:/b'],
  ...'file http https ftp hf s3 gs data javascript vbscript vscode command blob jar zip ssh smb ldap gopher about view-source chrome php phar expect'
    .split(' ')
    .flatMap((scheme) => [
      `${scheme}:///etc/passwd`,
      `${scheme}:/etc/passwd`,
      `${scheme.toUpperCase()}://host/a.png`,
      `${scheme}:a.png`,
    ]),
  ...['a\0.png', '\0', 'images/a.png\0.txt', '../\0secret.png', '/etc/passwd\0.png'],
];

describe('an image path', () => {
  it('that is allowed is read (so that the traps below can fail)', async () => {
    expect(await ask('images/a.png')).toBe('ready');
    expect(await ask('images/there.png')).toBe('ready');
    expect(await ask(`${inside}/images/../images/a.png`)).toBe('ready');
    expect(disk.opened.length).toBe(6);
  });

  it('climbs in 5,000 ways and opens nothing outside', async () => {
    expect(traversals.length).toBeGreaterThan(5_000);
    for (const source of traversals) expect([source, await ask(source)]).not.toEqual([source, 'ready']);
    expect(disk.opened).toEqual([]);
  });

  it('with a scheme, a host, a drive or a NUL does not reach the disk at all', async () => {
    for (const source of untouched) {
      expect([source, refusedByName(source)?.status]).not.toEqual([source, undefined]);
      expect([source, await ask(source)]).not.toEqual([source, 'ready']);
    }
    expect([...disk.looked, ...disk.opened]).toEqual([]);
  });

  it('names devices and streams only where they are none', async () => {
    const onWindows = [
      'CON',
      'nul.png',
      'images/COM1',
      'a.png:stream',
      'images/AUX.txt',
      'lpt9',
      'a.png::$DATA',
      'PRN',
    ];
    const platform = Object.getOwnPropertyDescriptor(process, 'platform');
    onTestFinished(() => void Object.defineProperty(process, 'platform', platform ?? {}));
    Object.defineProperty(process, 'platform', { value: 'win32' });
    for (const source of onWindows)
      expect([source, refusedByName(source)?.status]).not.toEqual([source, undefined]);
  });

  it.each(Object.keys(links).filter((link) => link !== 'images/there.png'))(
    'over the link %s opens nothing',
    async (link) => {
      for (const rest of ['', '/secret.png', '/a.png', '/etc/passwd', '/dataset-not-ours/a.png'])
        expect([rest, await ask(`${link}${rest}`)]).not.toEqual([rest, 'ready']);
      expect(disk.opened).toEqual([]);
    },
  );

  it('to a pipe, a socket, a folder or a device opens nothing', async () => {
    const server = createServer().listen(join(inside, 'images', 'socket.png'));
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => void server.close());
    for (const source of [
      'images/pipe.png',
      'images/socket.png',
      'images/deep',
      'images',
      '.',
      '',
      './',
      'images/deep/',
    ])
      expect([source, await ask(source)]).toEqual([source, 'unreadable']);
    expect(disk.opened).toEqual([]);
  });
});

describe.skipIf(process.platform !== 'linux')('a swap between the check and the read', () => {
  const images = join(inside, 'images');
  const swaps: readonly (readonly [string, () => void, () => void])[] = [
    [
      'of the folder for a link',
      () => {
        renameSync(images, `${images}-away`);
        symlinkSync(join(root, 'dataset-not-ours'), images);
      },
      () => {
        rmSync(images);
        renameSync(`${images}-away`, images);
      },
    ],
    [
      'of the file for a link',
      () => {
        renameSync(join(images, 'a.png'), join(images, 'away.png'));
        symlinkSync(join(root, 'secret.png'), join(images, 'a.png'));
      },
      () => renameSync(join(images, 'away.png'), join(images, 'a.png')),
    ],
    [
      'of the file for a pipe',
      () => {
        renameSync(join(images, 'a.png'), join(images, 'away.png'));
        execFileSync('mkfifo', [join(images, 'a.png')]);
      },
      () => renameSync(join(images, 'away.png'), join(images, 'a.png')),
    ],
  ];
  it.each(swaps)('%s reads nothing', async (_, swap, back) => {
    for (const read of [resolveImage, resolveImageHead]) {
      for (const moment of ['realpath', 'stat']) {
        let swapped = false;
        disk.afterLook = (call, path) => {
          if (call !== moment || path !== join(images, 'a.png') || swapped) return;
          swapped = true;
          swap();
        };
        const found = await read('images/a.png', [inside]);
        expect(swapped).toBe(true);
        back();
        expect([moment, found.status]).not.toEqual([moment, 'ready']);
        expect((await read('images/a.png', [inside])).status).toBe('ready');
      }
    }
  });
});

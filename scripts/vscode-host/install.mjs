// Installs a code-server release (VS Code's server and web workbench from npm) into a cache outside the repository.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, ensureSystemPackages, onPath, run } from './system.mjs';

/** What each supported release needs; native packages are listed because their install scripts are not run. */
export const releases = {
  oldest: {
    version: '4.100.3',
    nodeMajor: 20,
    nodeVersion: '20.20.2',
    flags: [],
    rebuild: ['kerberos', 'native-watchdog', 'node-pty', '@vscode/spdlog'],
    systemRipgrep: true,
    testFlags: [],
  },
  newest: {
    version: '4.139.1',
    nodeMajor: 24,
    nodeVersion: '24.21.0',
    flags: ['--force'],
    rebuild: ['kerberos', '@vscode/native-watchdog', '@vscode/spdlog', '@vscode/sqlite3'],
    systemRipgrep: false,
    testFlags: ['--vscode-option', 'enable-smoke-test-driver'],
  },
};

const nodePackage = `node-${process.platform}-${process.arch}`;
const hasOwnNode = (release) => Number(process.versions.node.split('.')[0]) === release.nodeMajor;
const packagedNode = (folder) => path.join(folder, 'node_modules', nodePackage, 'bin', 'node');

/** Deletes what a host never reads: source maps, type declarations and documentation of packages. */
function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) prune(full);
    else if (/\.(map|d\.ts|d\.mts|d\.cts|md|markdown)$/i.test(entry.name)) rmSync(full);
  }
}

async function installInto(folder, release, say) {
  const logFile = path.join(folder, 'install.log');
  const log = openSync(logFile, 'a');
  const npm = async (args, cwd, tolerate = () => false) => {
    const extraPath = hasOwnNode(release) ? undefined : path.dirname(packagedNode(folder));
    const code = await run('npm', [...args, '--loglevel=error'], { cwd, log, extraPath });
    if (code === 0 || tolerate()) return;
    const tail = readFileSync(logFile, 'utf8').split('\n').slice(-30).join('\n');
    throw new Error(`npm ${args.join(' ')} failed with exit code ${code}:\n${tail}`);
  };
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund'];
  const packages = [`code-server@${release.version}`];
  if (!hasOwnNode(release)) packages.push(`${nodePackage}@${release.nodeVersion}`);
  const vscode = path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

  say(`1/4 downloading ${packages.join(' and ')}`);
  await npm([...install, ...release.flags, ...packages], folder);
  say('2/4 downloading the packages of VS Code');
  await npm([...install, '--omit=dev', ...release.flags], vscode);
  say('3/4 building native modules');
  await npm(['rebuild', 'argon2'], folder);
  for (const name of release.rebuild) {
    // The last stage of node-pty's install fails without its downloads, after the binary that is needed is built.
    const built = () => existsSync(path.join(vscode, 'node_modules', name, 'build', 'Release'));
    await npm(['rebuild', name], vscode, built);
  }
  say('4/4 finishing');
  const asar = path.join(vscode, 'node_modules.asar');
  if (!existsSync(asar)) symlinkSync('node_modules', asar);
  if (release.systemRipgrep) {
    const bin = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
    mkdirSync(bin, { recursive: true });
    if (!existsSync(path.join(bin, 'rg'))) symlinkSync(onPath('rg'), path.join(bin, 'rg'));
  }
  prune(path.join(folder, 'node_modules'));
  closeSync(log);
}

/** Returns `{folder, node, release}` of an installed release, installing it first when the cache lacks it (a minute or two). */
export async function ensureHost(name) {
  const release = releases[name];
  if (!release) throw new Error(`Unknown VS Code host "${name}": choose oldest or newest`);
  const final = path.join(cacheFolder(), 'vscode-host', release.version);
  const node = hasOwnNode(release) ? process.execPath : packagedNode(final);
  const host = { folder: path.join(final, 'node_modules', 'code-server'), node, release };
  const isInstalled = () => existsSync(path.join(final, 'complete.json')) && existsSync(node);
  if (isInstalled()) return host;

  await ensureSystemPackages();
  const started = Date.now();
  const say = (text) => process.stderr.write(`[vscode-host ${release.version}] ${text}\n`);
  const partial = `${final}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  writeFileSync(path.join(partial, 'package.json'), '{ "private": true }\n');
  try {
    await installInto(partial, release, say);
    writeFileSync(path.join(partial, 'complete.json'), `${JSON.stringify({ version: release.version })}\n`);
    if (!isInstalled()) {
      rmSync(final, { recursive: true, force: true });
      renameSync(partial, final);
    }
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  say(`ready after ${Math.round((Date.now() - started) / 1000)} s in ${final}`);
  return host;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).length ? process.argv.slice(2) : Object.keys(releases);
  for (const name of names) {
    const host = await ensureHost(name);
    process.stdout.write(`${name} ${host.release.version} ${host.folder}\n`);
  }
}

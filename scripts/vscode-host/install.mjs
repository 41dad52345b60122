// Installs a code-server release (VS Code's server and web workbench from npm) into a cache outside the repository.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** What each supported release needs; native packages are listed because their install scripts are not run. */
export const releases = {
  oldest: {
    version: '4.100.3',
    nodeMajor: 20,
    nodePackage: '20.20.2',
    flags: [],
    rebuild: ['kerberos', 'native-watchdog', 'node-pty', '@vscode/spdlog'],
    systemRipgrep: true,
    startFlags: [],
  },
  newest: {
    version: '4.139.1',
    nodeMajor: 24,
    nodePackage: '24.21.0',
    flags: ['--force'],
    rebuild: ['kerberos', '@vscode/native-watchdog', '@vscode/spdlog', '@vscode/sqlite3'],
    systemRipgrep: false,
    startFlags: ['--vscode-option', 'enable-smoke-test-driver'],
  },
};

/** Folder for things that are slow to make and safe to delete: `$COLDSTART_CACHE`, else the user's cache folder. */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return process.env.COLDSTART_CACHE || path.join(base, 'coldstart');
}

/** Runs a command to its end and returns its exit code; its output goes to stderr so that stdout stays for records. */
function run(command, args, cwd, extraPath) {
  const PATH = extraPath ? `${extraPath}${path.delimiter}${process.env.PATH}` : process.env.PATH;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, PATH }, stdio: ['ignore', 2, 2] });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

async function mustRun(command, args, cwd, extraPath) {
  const code = await run(command, args, cwd, extraPath);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed with exit code ${code} in ${cwd}`);
}

const onPath = (name) => spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).stdout.trim();

/** Path of the Chromium that drives the host: `$COLDSTART_CHROMIUM`, else one on the PATH; undefined when there is none. */
export function chromiumPath() {
  const named = process.env.COLDSTART_CHROMIUM;
  if (named) return named;
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  return names.map(onPath).find(Boolean) || undefined;
}

/** Makes sure that the Debian packages of the host are there, by apt-get when run as root; throws naming what to install. */
export async function ensureSystemPackages() {
  const missing = [];
  if (!chromiumPath()) missing.push('chromium');
  if (!onPath('rg')) missing.push('ripgrep');
  if (!onPath('krb5-config') && !existsSync('/usr/include/gssapi.h') && process.platform === 'linux') {
    missing.push('libkrb5-dev');
  }
  if (missing.length === 0) return;
  const hint = `The VS Code host needs ${missing.join(', ')}. Install with: sudo apt-get install ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !onPath('apt-get')) throw new Error(hint);
  process.stderr.write(`Installing ${missing.join(', ')} with apt-get\n`);
  await run('apt-get', ['update', '-q'], '/');
  const args = ['install', '-y', '-q', '--no-install-recommends', ...missing];
  if ((await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args], '/')) !== 0)
    throw new Error(hint);
}

/** Deletes what a host never reads: source maps, type declarations and documentation of packages. */
function prune(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) prune(full);
    else if (/\.(map|d\.ts|d\.mts|d\.cts|md|markdown)$/i.test(entry.name)) rmSync(full);
  }
}

/** Returns `{folder, node, release}` of an installed release, installing it first when the cache lacks it (a minute or two). */
export async function ensureHost(name) {
  const release = releases[name];
  if (!release) throw new Error(`Unknown VS Code host "${name}": choose oldest or newest`);
  const final = path.join(cacheFolder(), 'vscode-host', release.version);
  const ownNode = Number(process.versions.node.split('.')[0]) === release.nodeMajor;
  const nodePackage = `node-${process.platform}-${process.arch}`;
  const packagedNode = (root) => path.join(root, 'node_modules', nodePackage, 'bin', 'node');
  const found = () => {
    const node = ownNode ? process.execPath : packagedNode(final);
    return { folder: path.join(final, 'node_modules', 'code-server'), node, release };
  };
  if (existsSync(path.join(final, 'complete.json')) && existsSync(found().node)) return found();

  await ensureSystemPackages();
  const started = Date.now();
  const say = (text) => process.stderr.write(`[vscode-host ${release.version}] ${text}\n`);
  const temporary = `${final}.partial-${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  writeFileSync(path.join(temporary, 'package.json'), '{ "private": true }\n');
  try {
    const common = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
    const packages = [`code-server@${release.version}`];
    if (!ownNode) packages.push(`${nodePackage}@${release.nodePackage}`);
    say(`1/4 downloading ${packages.join(' and ')}`);
    await mustRun('npm', [...common, ...release.flags, ...packages], temporary);
    const server = path.join(temporary, 'node_modules', 'code-server');
    const vscode = path.join(server, 'lib', 'vscode');
    const bin = ownNode ? undefined : path.dirname(packagedNode(temporary));
    say('2/4 downloading the packages of VS Code');
    await mustRun('npm', [...common, '--omit=dev', ...release.flags], vscode);
    say('3/4 building native modules');
    await mustRun('npm', ['rebuild', '--loglevel=error', 'argon2'], temporary, bin);
    for (const module of release.rebuild) {
      const code = await run('npm', ['rebuild', '--loglevel=error', module], vscode, bin);
      // The last stage of node-pty's install fails without its downloads, after the binary that is needed is built.
      const built = existsSync(path.join(vscode, 'node_modules', module, 'build', 'Release'));
      if (code !== 0 && !built) throw new Error(`npm rebuild ${module} failed in ${vscode}`);
    }
    say('4/4 finishing');
    const asar = path.join(vscode, 'node_modules.asar');
    if (!existsSync(asar)) symlinkSync('node_modules', asar);
    if (release.systemRipgrep) {
      const ripgrepBin = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
      mkdirSync(ripgrepBin, { recursive: true });
      if (!existsSync(path.join(ripgrepBin, 'rg'))) symlinkSync(onPath('rg'), path.join(ripgrepBin, 'rg'));
    }
    prune(path.join(temporary, 'node_modules'));
    writeFileSync(
      path.join(temporary, 'complete.json'),
      JSON.stringify({ version: release.version, packages }),
    );
    rmSync(final, { recursive: true, force: true });
    renameSync(temporary, final);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  say(`ready after ${Math.round((Date.now() - started) / 1000)} s in ${final}`);
  return found();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const names = process.argv.slice(2).length ? process.argv.slice(2) : Object.keys(releases);
  for (const name of names) {
    const host = await ensureHost(name);
    process.stdout.write(`${name} ${host.release.version} ${host.folder}\n`);
  }
}

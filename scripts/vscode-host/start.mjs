// Starts an installed VS Code host on the loopback interface with the built extension, and ends all it started.
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureHost } from './install.mjs';
import { stageExtension } from './stage.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** Quiet and repeatable: nothing that phones home, pops up or depends on the day. */
const baseSettings = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  // As on a desktop; a browser's VS Code saves by itself.
  'files.autoSave': 'off',
  'git.openRepositoryInParentFolders': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.confirmBeforeClose': 'never',
  'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
};

const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

async function untilAnswers(url, child, logFile) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const reply = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    if (reply?.ok) return;
    await wait(150);
  }
  const tail = readFileSync(logFile, 'utf8').split('\n').slice(-20).join('\n');
  throw new Error(`The VS Code host did not answer at ${url}. Last lines of its log:\n${tail}`);
}

/**
 * Starts a host and resolves to `{url, port, origin, extension, userData, log, stop}` when it answers.
 * `vscode`: oldest | newest. `folder`: workspace folder. `userData`: kept when given, else temporary. `settings`: over the
 * quiet defaults. `trustPrompt`: workspace trust as in VS Code. `installed: false`: extension staged, not installed
 * (for extension tests). `extension`: another extension's folder than this repository. `env`: more variables.
 */
export async function startHost(options) {
  const { vscode = 'newest', folder, settings = {}, trustPrompt = false, installed = true } = options;
  const host = await ensureHost(vscode);
  const port = options.port ?? (await freePort());
  const temporary = mkdtempSync(path.join(tmpdir(), 'vscode-host-'));
  const userData = path.resolve(options.userData ?? path.join(temporary, 'user-data'));
  const extensions = path.join(temporary, 'extensions');
  const extension = path.join(installed ? extensions : temporary, 'coldstart.coldstart');
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  mkdirSync(extensions, { recursive: true });
  stageExtension(extension, options.extension ? { source: options.extension } : {});
  const settingsFile = path.join(userData, 'User', 'settings.json');
  const kept = existsSync(settingsFile) ? JSON.parse(readFileSync(settingsFile, 'utf8')) : {};
  writeFileSync(settingsFile, `${JSON.stringify({ ...baseSettings, ...kept, ...settings }, null, 2)}\n`);
  // A browser's VS Code is a remote one: settings of the machine, such as interpreters, are read from their own file.
  const machine = Object.entries(settings).filter(([name]) => name.startsWith('coldstart.environments.'));
  if (machine.length > 0) {
    mkdirSync(path.join(userData, 'Machine'), { recursive: true });
    const machineFile = path.join(userData, 'Machine', 'settings.json');
    writeFileSync(machineFile, `${JSON.stringify(Object.fromEntries(machine), null, 2)}\n`);
  }

  const args = [
    path.join(host.folder, 'out', 'node', 'entry.js'),
    '--auth',
    'none',
    '--bind-addr',
    `127.0.0.1:${port}`,
  ];
  args.push(
    '--user-data-dir',
    userData,
    '--extensions-dir',
    extensions,
    '--config',
    path.join(temporary, 'none.yaml'),
  );
  args.push('--disable-telemetry', '--disable-update-check', '--disable-getting-started-override');
  args.push(...(trustPrompt ? [] : ['--disable-workspace-trust']));
  // Only for tests inside the extension host: a VS Code that is told of tests shows no notifications and asks nothing.
  args.push(...(installed ? [] : host.release.testFlags));
  const log = path.join(temporary, 'host.log');
  writeFileSync(path.join(temporary, 'none.yaml'), '{}\n');
  const descriptor = openSync(log, 'a');
  const env = { ...process.env, EXTENSIONS_GALLERY: '{}', ...options.env };
  for (const name of Object.keys(env))
    if (/^(VSCODE_|VITEST|npm_|NODE_ENV$|NODE_OPTIONS$|PASSWORD$|PORT$)/.test(name)) delete env[name];
  const guard = path.join(here, 'guard.mjs');
  const command = [guard, temporary, host.node, ...args, folder];
  const child = spawn(process.execPath, command, {
    env,
    detached: true,
    stdio: ['pipe', descriptor, descriptor],
  });
  closeSync(descriptor);
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.stdin.end();
      await ended;
    }
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  try {
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
    const origin = `http://127.0.0.1:${port}`;
    const url = `${origin}/?folder=${encodeURIComponent(folder)}`;
    await untilAnswers(url, child, log);
    return { url, origin, port, extension, userData, log, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

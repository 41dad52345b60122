import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { AppError } from '../../core/errors.ts';
import { many } from '../../core/text/plural.ts';
import { childEnvironment } from './child-environment.ts';
import { type ChildResult, runChild } from './child-process.ts';

export interface InstallOptions {
  /** Interpreter of the virtual environment. */
  readonly python: string;
  /** Everything that pip says is appended there. */
  readonly logFile: string;
  /** What pip is doing, package by package. */
  readonly report: (message: string) => void;
  readonly signal?: AbortSignal | undefined;
}

const offline =
  /name resolution|Name or service not known|nodename nor servname|getaddrinfo|Network is unreachable|No route to host|Failed to establish a new connection|Connection refused|ConnectTimeout|Max retries exceeded|ProxyError|Read timed out|Could not fetch URL/i;
const full = /No space left on device|Errno 28|disk quota/i;
const absent = /No matching distribution found|Could not find a version that satisfies/i;

/** pip could not find a distribution, though it could ask for it. */
export class NotOnIndex extends Error {}

/** Runs `pip install ARGS`; NotOnIndex when the index has no such version, AppError with what to do otherwise. */
export async function pipInstall(args: readonly string[], options: InstallOptions): Promise<void> {
  const log = createWriteStream(options.logFile, { flags: 'a' });
  log.on('error', () => undefined);
  const lines: string[] = [];
  const take = (line: string) => {
    log.write(`${line}\n`);
    lines.push(line);
    if (lines.length > 400) lines.shift();
    const message = progressOf(line);
    if (message) options.report(message);
  };
  const command = [
    '-m',
    'pip',
    'install',
    '--disable-pip-version-check',
    '--no-input',
    '--progress-bar',
    'off',
  ];
  log.write(`$ ${[options.python, ...command, ...args].join(' ')}\n`);
  let result: ChildResult;
  try {
    result = await runChild(options.python, [...command, '--retries', '2', '--prefer-binary', ...args], {
      env: childEnvironment({ PYTHONUNBUFFERED: '1' }, 'install'),
      onLine: take,
      onErrorLine: take,
      signal: options.signal,
    });
  } finally {
    log.end();
    await finished(log).catch(() => undefined);
  }
  if (result.code !== 0) throw problemOf(lines.join('\n'), options.logFile);
}

function progressOf(line: string): string | null {
  const [, verb, what] =
    /^\s*(Collecting|Downloading|Using cached|Building wheel for) (\S+)/.exec(line) ?? [];
  if (verb && what) {
    const name = what.replace(/^.*\//, '').replace(/-\d.*$/, '');
    const size = /\(([\d.]+ [kMG]?B)\)/.exec(line)?.[1];
    return verb === 'Collecting' ? `Looking up ${name}` : `${verb} ${name}${size ? `, ${size}` : ''}`;
  }
  const installing = /^Installing collected packages: (.+)$/.exec(line)?.[1];
  return installing ? `Installing ${many(installing.split(',').length, 'package')}` : null;
}

function problemOf(text: string, logFile: string): Error {
  if (full.test(text))
    return new AppError(
      'disk-full',
      'The packages could not be installed: the disk is full.',
      'A CPU environment takes about 1.5 GB, a CUDA environment about 6 GB. Free space, or choose another folder (setting coldstart.environments.folder, or --dir on the command line).',
    );
  // pip says "no matching distribution" when it is offline, too.
  if (offline.test(text))
    return new AppError(
      'network-unreachable',
      'The packages could not be downloaded: the package index cannot be reached.',
      `Connect to the network, or set a proxy or mirror in pip's own configuration, and try again; what was downloaded is kept. Log: ${logFile}`,
    );
  if (absent.test(text)) return new NotOnIndex(lastError(text));
  return new AppError(
    'install-failed',
    `The packages could not be installed: ${lastError(text)}`,
    `The whole log is in ${logFile}.`,
  );
}

function lastError(text: string): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return (
    lines.findLast((line) => /^ERROR:|error:/i.test(line)) ??
    lines.at(-1) ??
    'pip said nothing'
  ).replace(/^ERROR:\s*/, '');
}

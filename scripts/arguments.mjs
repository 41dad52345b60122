// What the development commands' own command lines have in common.
import { parseArgs } from 'node:util';

/**
 * Options and names of this process's command line. `--help` prints `usage` and ends with 0; what cannot be read, and
 * whatever the caller gives to `fail`, is said above `usage` and ends with 2.
 */
export function readArguments(usage, options, { allowPositionals = true } = {}) {
  const fail = (message) => {
    process.stderr.write(`${message}\n\n${usage}`);
    process.exit(2);
  };
  const parse = () => {
    try {
      return parseArgs({ allowPositionals, options: { ...options, help: { type: 'boolean' } } });
    } catch (error) {
      return fail(error.message);
    }
  };
  const { values, positionals } = parse();
  if (values.help) {
    process.stdout.write(usage);
    process.exit(0);
  }
  return { values, positionals, fail };
}

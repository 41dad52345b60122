import type { ParseArgsOptionsConfig, parseArgs } from 'node:util';

type Parsed<T extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ allowPositionals: true; options: T }>
>;

export function readArguments<const T extends ParseArgsOptionsConfig>(
  usage: string,
  options: T,
  rules?: { readonly allowPositionals?: boolean },
): {
  readonly values: Parsed<T>['values'];
  readonly positionals: string[];
  fail(message: string): never;
};

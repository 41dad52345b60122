export function cacheFolder(): string;
export function chromiumPath(): string | undefined;
export function ensureSystemPackages(names?: readonly string[]): Promise<void>;

import type { Bench } from './bench.ts';
export async function benchRuns(_bench: Bench): Promise<void> {}

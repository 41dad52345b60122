import type { Bench } from './bench.ts';
export async function benchWebview(_bench: Bench): Promise<void> {}

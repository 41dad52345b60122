import type { Bench } from './bench.ts';
export async function benchLearning(_bench: Bench): Promise<void> {}

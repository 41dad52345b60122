/** Lines from this length on (bytes) are listed but never read whole. */
export const maxRowBytes = 64 * 1024 * 1024;

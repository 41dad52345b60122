/** Writes the JSON schemas that the product ships into a folder. */
export function writeSchemas(root: string, folder: string): Promise<void>;

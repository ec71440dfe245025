import type { StorageSettings } from "../../app/index.ts";

export type DescribedStorage = Record<string, unknown> & { id: string; type: string };

/** A storage without its secret, for JSON and for readers. */
export function describeStorage(settings: StorageSettings): DescribedStorage {
  if (settings.type === "directory") return { ...settings };
  const { secretAccessKey, problem: _, ...rest } = settings;
  return { ...rest, hasStoredKey: secretAccessKey !== undefined };
}

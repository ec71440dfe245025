import type { RetainedBackup } from "../../lib/retention/index.ts";

const FULL = { full: true, classes: [], onlyConfig: false, includeWorkspace: true };

/** A whole, sound snapshot of that time; its id is the time unless given. */
export function retained(
  createdAt: string,
  facts: Partial<Omit<RetainedBackup, "scope">> & { readonly full?: boolean } = {},
): RetainedBackup {
  const { full = true, ...others } = facts;
  return {
    ...{ id: createdAt, kind: "snapshot", instance: "agent", storage: "home", tags: [] },
    ...{ scope: { ...FULL, full }, createdAt, degraded: false, held: false },
    ...{ sizeBytes: 540e6, storedBytes: 10e6, files: 22_000 },
    ...others,
  };
}

/** Whole snapshots every `stepHours`, newest first, the newest at `until`. */
export function retainedEvery(stepHours: number, howMany: number, until: string): RetainedBackup[] {
  const newest = new Date(until).getTime();
  return Array.from({ length: howMany }, (_, i) =>
    retained(new Date(newest - i * stepHours * 3_600_000).toISOString()),
  );
}

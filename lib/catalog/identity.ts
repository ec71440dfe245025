import { BackupError, isBackupId } from "../base/index.ts";
import type { Backup } from "./types.ts";

/**
 * Refuses an archive that says of itself that it is another backup than the record beside it says, as after objects were mixed up.
 * One that another tool made says nothing of the kind.
 *
 * @param facts - The `clawback` object of the archive's manifest.
 * @throws BackupError `manifest-mismatch`
 */
export function assertArchiveOf(
  { id, kind, storage }: Backup,
  facts: Readonly<Record<string, unknown>> | undefined,
): void {
  const found = facts?.id;
  if (kind !== "archive" || typeof found !== "string" || !isBackupId(found) || found === id) return;
  throw new BackupError(
    "manifest-mismatch",
    `backup ${id} in storage ${storage}: the archive beside its backup.json is that of backup ${found}`,
    {
      details: { expected: id, found },
      hint: "use another backup; a sound copy in another storage can replace this one",
    },
  );
}

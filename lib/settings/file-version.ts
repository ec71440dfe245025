import { BackupError } from "../base/index.ts";

/**
 * Refuses a file that a newer Clawback wrote, before anything else of it is looked at.
 * @throws BackupError `version-too-new` that names both versions
 */
export function assertKnownVersion(value: unknown, known: number, label: string): void {
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version !== "number" || version <= known) return;
  throw new BackupError(
    "version-too-new",
    `${label} has version ${version}, and this Clawback reads version ${known}`,
    {
      details: { expected: known, found: version },
      hint: "update Clawback, or point CLAWBACK_HOME at another home",
    },
  );
}

/**
 * The name of an archive's one top directory, in UTC: `2026-11-21T03-00-00.000+00-00-openclaw-backup`, as OpenClaw names its own.
 */
export function archiveRootName(createdAt: Date): string {
  return `${createdAt.toISOString().replaceAll(":", "-").replace("Z", "+00-00")}-openclaw-backup`;
}

import { BackupError } from "../../base/index.ts";

/** `2026-11-21T03-00-00.000+00-00-openclaw-backup`: the name of an archive's one top directory, in UTC. */
export function archiveRootName(createdAt: Date): string {
  return `${createdAt.toISOString().replaceAll(":", "-").replace("Z", "+00-00")}-openclaw-backup`;
}

/** The name under which a path component is stored: itself, or its escape when OpenClaw would refuse it. */
export function storedNameOf(_component: string): string {
  throw new BackupError("internal", "not written yet");
}

/** Undoes {@link storedNameOf} for each component of a path. */
export function ownPathOf(_storedPath: string): string {
  throw new BackupError("internal", "not written yet");
}

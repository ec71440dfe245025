import { BackupLayout } from "./backup-layout.ts";
import type { Layout } from "./layout.ts";
import { PlainLayout } from "./plain-layout.ts";
import type { TarItem } from "./tar-reader.ts";

/** How OpenClaw names the root of its archives, and we of ours. */
const ROOT_NAME = /^(\.\/)*[^/]*-openclaw-backup\//;

/** How many directories at the beginning may leave open what kind of archive it is. */
const MAX_UNDECIDED = 2;

/**
 * Tells from an archive's first entries what kind it is; undefined when more of them are needed.
 *
 * Ours begin with `<root>/clawback/`, OpenClaw's with something below `<root>/payload/` or with the manifest. Both may begin with directories that
 * lead there.
 */
export function recogniseLayout(items: readonly TarItem[]): Layout | undefined {
  const last = items.at(-1);
  if (last === undefined) return undefined;
  const [root = "", top, area] = last.name.split("/").filter((segment) => segment !== "");
  if (top === "clawback" && area === undefined && last.type === "dir") {
    return new BackupLayout("clawback", root);
  }
  const isPayload = top === "payload" && /^(posix|windows|relative)$/.test(area ?? "");
  const isManifest = top === "manifest.json" && area === undefined;
  if (isPayload || isManifest || (top !== undefined && isBelowBackupRoot(last))) {
    return new BackupLayout("openclaw", root);
  }
  const leavesOpen = last.type === "dir" && (top === undefined || top === "payload");
  return leavesOpen && items.length <= MAX_UNDECIDED ? undefined : new PlainLayout();
}

/** Whether an entry looks like part of an archive in backup format. */
export function isBelowBackupRoot(item: TarItem): boolean {
  return ROOT_NAME.test(item.name);
}

import { isSameOrInside, type Path, type WalkedEntry } from "../../filesystem/index.ts";

/** Names that `openclaw backup create` passes over, wherever they stand, workspaces included (openclaw-facts 2.5). */
const VOLATILE_NAME = /(.\.(sock|pid|tmp)$|\.tmp\.)/i;
/** Transcripts and logs in these directories are missing from a native archive, even where they are the only ones. */
const VOLATILE_LOG =
  /^(sessions|agents\/[^/]+\/sessions|cron\/runs|logs)\/(.*\/)?[^/]+\.(jsonl|log)$/;

/** Whether a native archive never holds such a live path, beside what can be made again. */
export function isLeftOutByNative(stateDir: Path, { path, name }: WalkedEntry): boolean {
  if (VOLATILE_NAME.test(name)) return true;
  return isSameOrInside(path, stateDir) && VOLATILE_LOG.test(path.slice(stateDir.length + 1));
}

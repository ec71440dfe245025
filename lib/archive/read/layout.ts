import type { ArchiveEntry, ArchiveLimits } from "../types.ts";
import type { TarItem } from "./tar-reader.ts";

/** An entry as its archive's layout sees it. */
export interface Interpreted {
  /** `manifest` and `list` are read by the reader itself, `marker` is passed over. */
  readonly role: ArchiveEntry["role"] | "manifest" | "list" | "marker";
  readonly path: string;
  readonly target: string | undefined;
  readonly mode: number;
}

/** One of the ways in which archives name what they hold. */
export interface Layout {
  readonly kind: "clawback" | "openclaw" | "plain";
  readonly root: string | undefined;
  interpret(item: TarItem, limits: ArchiveLimits): Interpreted;
}

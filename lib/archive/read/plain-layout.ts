import type { ArchiveLimits } from "../types.ts";
import { splitEntryPath } from "./entry-path.ts";
import type { Interpreted, Layout } from "./layout.ts";
import type { TarItem } from "./tar-reader.ts";

/** A tar that somebody made of a state directory: paths are relative to the tar's top, whatever that was. */
export class PlainLayout implements Layout {
  readonly kind = "plain";
  readonly root = undefined;

  /** @throws BackupError `path-outside-target`, `data-corrupt`, `limit-exceeded` */
  interpret(item: TarItem, limits: ArchiveLimits): Interpreted {
    const path = plainPath(item.name, limits);
    const target = item.type === "hardlink" ? plainPath(item.linkname, limits) : item.linkname;
    return {
      role: path === "" ? "marker" : "payload",
      path,
      target: item.type === "hardlink" || item.type === "symlink" ? target : undefined,
      mode: item.mode,
    };
  }
}

/** As tar itself extracts it: without leading slashes and dots. */
function plainPath(name: string, limits: ArchiveLimits): string {
  return splitEntryPath(name.replace(/^\/+/, ""), limits, { allowDots: true }).join("/");
}

import { posix } from "node:path";
import { BackupError, quote } from "../../base/index.ts";
import { decodeRecord, ownPathOf, RECORDS } from "../names/index.ts";
import type { ArchiveLimits } from "../types.ts";
import { splitEntryPath } from "./entry-path.ts";
import type { Interpreted, Layout } from "./layout.ts";
import type { TarItem } from "./tar-reader.ts";

/** OpenClaw's backup format, and ours within it: everything lies below one root, which the manifest names. */
export class BackupLayout implements Layout {
  readonly kind: "clawback" | "openclaw";
  readonly root: string;
  /** Own paths that do not follow from the stored ones, by stored path: hard links name the latter. */
  readonly #recordedPaths = new Map<string, string>();

  constructor(kind: "clawback" | "openclaw", root: string) {
    this.kind = kind;
    this.root = root;
  }

  /** @throws BackupError `path-outside-target`, `data-corrupt`, `limit-exceeded` */
  interpret(item: TarItem, limits: ArchiveLimits): Interpreted {
    const below = this.#belowRoot(item.name, limits);
    const role = this.#roleOf(below, item);
    const source = role === "payload" || role === "damaged" ? sourcePathOf(below) : undefined;
    return {
      role,
      path: source === undefined ? [this.root, ...below].join("/") : this.#own(source, below, item),
      target: this.#targetOf(item, limits),
      mode: this.#modeOf(item),
    };
  }

  #belowRoot(name: string, limits: ArchiveLimits): readonly string[] {
    const [root, ...below] = splitEntryPath(name, limits);
    if (root === this.root) return below;
    throw new BackupError(
      "data-corrupt",
      `archive: ${quote(name)} is outside the archive's root ${quote(this.root)}`,
    );
  }

  #roleOf(below: readonly string[], item: TarItem): Interpreted["role"] {
    const [top, second] = below;
    if (top === "manifest.json" && below.length === 1) return "manifest";
    if (top === "payload" && sourcePathOf(below) !== undefined) return "payload";
    if (top !== "clawback" || this.kind !== "clawback") return "foreign";
    if (below.length === 1 && item.type === "dir") return "marker";
    if (below.length === 2 && second === "files.jsonl") return "list";
    return second === "damaged" && sourcePathOf(below) !== undefined ? "damaged" : "foreign";
  }

  /** A symbolic link's text; a hard link's target, written with the root or below it, as a path. */
  #targetOf(item: TarItem, limits: ArchiveLimits): string | undefined {
    if (item.type === "symlink") return this.#record(item, RECORDS.target) ?? item.linkname;
    if (item.type !== "hardlink") return undefined;
    const segments = splitEntryPath(item.linkname, limits);
    const below = segments[0] === this.root ? segments.slice(1) : segments;
    const source = sourcePathOf(below);
    if (source === undefined) return [this.root, ...below].join("/");
    if (this.kind === "openclaw") return source;
    return this.#recordedPaths.get(below.join("/")) ?? ownPathOf(source);
  }

  #own(source: string, below: readonly string[], item: TarItem): string {
    if (this.kind === "openclaw") return source;
    const recorded = this.#record(item, RECORDS.path);
    if (recorded === undefined) return ownPathOf(source);
    if (!isCleanPath(recorded)) {
      throw new BackupError(
        "path-outside-target",
        `archive: ${quote(item.name)} has the own path ${quote(recorded)}`,
      );
    }
    this.#recordedPaths.set(below.join("/"), recorded);
    return recorded;
  }

  #modeOf(item: TarItem): number {
    const recorded = this.#record(item, RECORDS.mode);
    const isMode = recorded !== undefined && /^[0-7]{1,4}$/.test(recorded);
    return isMode ? Number.parseInt(recorded, 8) : item.mode;
  }

  /** Only our own archives have records of ours. */
  #record(item: TarItem, key: string): string | undefined {
    const value = this.kind === "clawback" ? item.records.get(key) : undefined;
    return value === undefined ? undefined : decodeRecord(value);
  }
}

/** The source path that a stored path below the root mirrors; undefined when it mirrors none. */
function sourcePathOf(below: readonly string[]): string | undefined {
  const [top, area, ...rest] = below;
  if (top === "clawback" && area === "damaged" && rest.length > 0) return `/${rest.join("/")}`;
  if (top !== "payload" || rest.length === 0) return undefined;
  if (area === "posix") return `/${rest.join("/")}`;
  if (area === "relative") return rest.join("/");
  return area === "windows" ? `${rest[0]}:/${rest.slice(1).join("/")}` : undefined;
}

function isCleanPath(path: string): boolean {
  const isNormal = posix.normalize(path) === path && !path.endsWith("/");
  return isNormal && path.startsWith("/") && !path.includes("\0");
}

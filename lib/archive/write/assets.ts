import { PAYLOAD, type StoredPaths } from "../names/index.ts";
import type { ManifestInput } from "../types.ts";
import { type ExternalLink, isExternalLink, type StateBoundary } from "./links.ts";
import { cleanPath, type StoredAsset } from "./manifest.ts";

interface Asset {
  readonly kind: string;
  readonly path: string;
}

/** The captured roots: which of them hold something, and which links leave the state directory. */
export class Assets {
  readonly #root: string;
  readonly #names: StoredPaths;
  readonly #assets: readonly Asset[];
  readonly #state: StateBoundary;
  readonly #external: ExternalLink[] = [];
  #empty: readonly Asset[];
  #linkBudget = 0;

  constructor(manifest: ManifestInput, names: StoredPaths) {
    this.#root = manifest.archiveRoot;
    this.#names = names;
    this.#assets = manifest.assets.map(({ kind, sourcePath }) => ({
      kind,
      path: cleanPath(sourcePath),
    }));
    this.#empty = this.#assets;
    const { sourcePath, archivePath } = this.#stored({ kind: "state", path: stateDirOf(manifest) });
    this.#state = { sourcePath, archivePath };
  }

  /** The state directory as OpenClaw shall see it. */
  get stateDir(): string {
    return this.#state.sourcePath;
  }

  get externalLinks(): readonly ExternalLink[] {
    return this.#external;
  }

  /** @param bytes - What the manifest has room for. */
  setLinkBudget(bytes: number): void {
    this.#linkBudget = bytes;
  }

  /** Notes that something at or below a root was stored. */
  noteStored(path: string): void {
    if (this.#empty.length === 0) return;
    this.#empty = this.#empty.filter((asset) => !isWithin(path, asset.path));
  }

  /**
   * Whether OpenClaw takes a link in the tar: it must stand in an asset, and when it leaves the state directory the manifest must have
   * room to list it. Lists it.
   */
  admitLink(path: string, link: ExternalLink): boolean {
    if (!this.#assets.some((asset) => isWithin(path, asset.path))) return false;
    if (!isExternalLink(link, this.#state)) return true;
    const bytes = Buffer.byteLength(JSON.stringify(link)) + 1;
    if (bytes > this.#linkBudget) return false;
    this.#linkBudget -= bytes;
    this.#external.push(link);
    return true;
  }

  /** The roots as the manifest lists them. */
  list(): { filled: readonly StoredAsset[]; empty: readonly StoredAsset[] } {
    const empty = new Set(this.#empty);
    return {
      filled: this.#assets.filter((asset) => !empty.has(asset)).map((asset) => this.#stored(asset)),
      empty: this.#empty.map((asset) => this.#stored(asset)),
    };
  }

  #stored({ kind, path }: Asset): StoredAsset {
    const stored = this.#names.find(path);
    const sourcePath = stored.slice(PAYLOAD.length);
    const own = sourcePath === path ? {} : { ownPath: path };
    return { kind, sourcePath, archivePath: `${this.#root}/${stored}`, ...own };
  }
}

/** Where the state directory really is: as captured, or else as configured. */
export function stateDirOf(manifest: ManifestInput): string {
  const asset = manifest.assets.find(({ kind }) => kind === "state");
  return cleanPath(asset?.sourcePath ?? manifest.paths.stateDir);
}

function isWithin(path: string, directory: string): boolean {
  if (!path.startsWith(directory)) return false;
  return path.length === directory.length || path[directory.length] === "/";
}

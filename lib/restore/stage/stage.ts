import { DEFAULT_ARCHIVE_LIMITS } from "../../archive/index.ts";
import {
  createTreeWriter,
  type Path,
  realPath,
  statPath,
  type TreeLimits,
  type TreeWriter,
} from "../../filesystem/index.ts";
import { join } from "../layout/index.ts";

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

export interface StageOptions {
  readonly owner?: Owner | undefined;
  readonly signal?: AbortSignal | undefined;
}

const LIMITS: TreeLimits = {
  maxEntries: DEFAULT_ARCHIVE_LIMITS.maxEntries,
  maxBytes: DEFAULT_ARCHIVE_LIMITS.maxBytes,
  // Paths stand below one directory more than in the archive.
  maxDepth: DEFAULT_ARCHIVE_LIMITS.maxDepth + 1,
  maxNameBytes: 255,
};

/**
 * A private directory on one filesystem into which an archive is unpacked: every tree in it under the backup's own path, whatever
 * place it will take.
 */
export class Stage implements AsyncDisposable {
  readonly path: Path;
  /** See `Place`. */
  readonly domain: string;
  readonly writer: TreeWriter;
  readonly #options: StageOptions;
  #edits = 0;

  private constructor(writer: TreeWriter, domain: string, options: StageOptions) {
    this.path = writer.root;
    this.domain = domain;
    this.writer = writer;
    this.#options = options;
  }

  static async open(path: Path, domain: string, options: StageOptions): Promise<Stage> {
    return new Stage(await createTreeWriter(path, { limits: LIMITS, ...options }), domain, options);
  }

  /** The name by which the writer knows a path of the backup. */
  static nameOf(path: Path): Path {
    return join("tree", path.replace(/^\//, ""));
  }

  /** Where a path of the backup stands in this stage. */
  pathOf(path: Path): Path {
    return join(this.path, Stage.nameOf(path));
  }

  /**
   * Where a tree or file stands that is about to be moved out of the stage; undefined when it is not there.
   * No link leads to it: an archive cannot make us move what lies outside the stage.
   */
  findPlain(path: Path): Path | undefined {
    const staged = this.pathOf(path);
    const parent = staged.slice(0, staged.lastIndexOf("/"));
    return realPath(parent) === parent && statPath(staged) !== undefined ? staged : undefined;
  }

  /** A second, small tree beside the first one, for files that take the place of unpacked ones. */
  async openEdits(): Promise<TreeWriter> {
    this.#edits++;
    const root = join(this.path, `edits-${this.#edits}`);
    return await createTreeWriter(root, { limits: LIMITS, ...this.#options });
  }

  /** Removes all of it, unless the writer has been finished. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.writer[Symbol.asyncDispose]();
  }
}

import {
  createPrivateDirectory,
  type Path,
  type PrivateDirectory,
  removeTree,
} from "../filesystem/index.ts";

/** A private directory for copies, made when the first one is needed and removed with all it holds when disposed. */
export class Scratch implements AsyncDisposable {
  readonly #parent: Path;
  #directory: Promise<PrivateDirectory> | undefined;
  #made = 0;

  constructor(parent: Path) {
    this.#parent = parent;
  }

  /** A path at which nothing stands yet. */
  async newPath(): Promise<Path> {
    this.#directory ??= createPrivateDirectory(this.#parent, "capture");
    const { path } = await this.#directory;
    return `${path}/${++this.#made}`;
  }

  /** Removes a copy as soon as it is not needed, so that only one at a time takes space. */
  remove(path: Path): void {
    removeTree(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const directory = await this.#directory?.catch(() => undefined);
    await directory?.[Symbol.asyncDispose]();
  }
}

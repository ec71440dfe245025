import { createGunzip, createZstdDecompress, type Gunzip, type ZstdDecompress } from "node:zlib";
import { BackupError } from "../../base/index.ts";

export type Compression = "gzip" | "zstd";

/** What became of one piece of input. */
export interface Inflated {
  readonly output: readonly Uint8Array[];
  /** What the decompressor did not take because its data had ended before; only then not empty. */
  readonly rest: Uint8Array;
}

/**
 * A decompressor driven piece by piece, so that its caller sees how much it took: Node ends its streams silently at data they
 * do not know, and where that shows depends on how the input is cut.
 */
export class Inflater {
  readonly #stream: Gunzip | ZstdDecompress;
  #output: Uint8Array[] = [];
  #hasEnded = false;
  #failure: unknown;
  #settle: (() => void) | undefined;

  constructor(compression: Compression) {
    const chunkSize = 64 * 1024;
    this.#stream =
      compression === "gzip" ? createGunzip({ chunkSize }) : createZstdDecompress({ chunkSize });
    this.#stream.on("data", (chunk: Uint8Array) => this.#output.push(chunk));
    this.#stream.on("end", () => {
      this.#hasEnded = true;
      this.#settle?.();
    });
    this.#stream.on("error", (error: unknown) => {
      this.#failure ??= error;
      this.#settle?.();
    });
  }

  /**
   * Decompresses a piece. Its output may be a thousand times as long, so pieces should be small.
   * @throws BackupError `data-corrupt`
   */
  async write(input: Uint8Array): Promise<Inflated> {
    const before = this.#stream.bytesWritten;
    await this.#settled((settle) => this.#stream.write(input, settle));
    const rest = this.#hasEnded ? input.subarray(this.#stream.bytesWritten - before) : NOTHING;
    return { output: this.#takeOutput(), rest };
  }

  /** Ends the input. @throws BackupError `data-corrupt` when it was cut short. */
  async end(): Promise<readonly Uint8Array[]> {
    await this.#settled(() => this.#stream.end());
    return this.#takeOutput();
  }

  close(): void {
    this.#stream.destroy();
  }

  async #settled(start: (settle: () => void) => void): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#settle = resolve;
      start(resolve);
    });
    this.#settle = undefined;
    if (this.#failure !== undefined) throw inflateFailure(this.#failure);
  }

  #takeOutput(): readonly Uint8Array[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }
}

const NOTHING = new Uint8Array(0);

function inflateFailure(cause: unknown): BackupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError("data-corrupt", `archive: the compressed data is damaged: ${reason}`, {
    cause,
  });
}

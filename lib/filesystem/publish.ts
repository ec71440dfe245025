import type { Path } from "./types.ts";

export interface PublishOptions {
  /** Permission bits, whatever the umask. @default 0o600 */
  readonly mode?: number | undefined;
  /** Whether a file that exists is replaced; otherwise it is refused. @default false */
  readonly replace?: boolean | undefined;
}

/** A file being written under a temporary name; disposing it before `publish` leaves nothing behind. */
export interface FileSink extends AsyncDisposable {
  /** The final path. */
  readonly path: Path;
  /** Appends; wait for it before the next one. */
  write(chunk: Uint8Array): Promise<void>;
  /** Flushes the file, gives it its name, flushes the directory. */
  publish(): Promise<void>;
}

export async function createFileSink(path: Path, options: PublishOptions = {}): Promise<FileSink> {
  throw new Error(`${path} ${options}`);
}

export async function publishFile(
  path: Path,
  body: Uint8Array | string | AsyncIterable<Uint8Array>,
  options: PublishOptions = {},
): Promise<void> {
  throw new Error(`${path} ${body} ${options}`);
}

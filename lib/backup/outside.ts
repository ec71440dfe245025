import { BackupError, quote } from "../base/index.ts";
import { createFileSink, type Path, pathExists } from "../filesystem/index.ts";

/**
 * Writes an archive into a new file with mode 0600, which appears whole or not at all.
 * @throws BackupError `target-not-empty`, `no-space`, `path-not-found`, `home-unusable`, and what the stream throws
 */
export async function writeToFile(path: Path, body: AsyncIterable<Uint8Array>): Promise<void> {
  if (pathExists(path)) {
    throw new BackupError("target-not-empty", `output file ${quote(path)} exists already`, {
      details: { path },
      hint: "choose another name; nothing is ever overwritten",
    });
  }
  await using sink = await createFileSink(path, { mode: 0o600 });
  for await (const chunk of body) await sink.write(chunk);
  await sink.publish();
}

/** Hands an archive on, chunk by chunk; each call is waited for. */
export async function writeToStream(
  write: (chunk: Uint8Array) => Promise<void>,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  for await (const chunk of body) await write(chunk);
}

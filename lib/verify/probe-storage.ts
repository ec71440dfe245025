import { createHash, randomBytes } from "node:crypto";
import { BackupError, type Clock, isBackupError, MIB, toBackupError } from "../base/index.ts";
import type { ObjectStorage } from "../storage/index.ts";
import type { ProbeStep } from "./types.ts";

/** Larger than one part of any multipart upload, so that the probe makes a real one. */
const STREAM_BYTES: number = 9 * MIB;

export interface ProbeOptions {
  /** Keys are made below it: `<instance>/probe/`, the only place besides locks where an instance may delete. */
  readonly prefix: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tries every call that Clawback makes of a storage, on objects of its own below `prefix`, and removes them again.
 * A failed write skips what needs it; a failure is a step in the result, not an exception.
 */
export async function probeStorage(
  storage: ObjectStorage,
  options: ProbeOptions,
): Promise<ProbeStep[]> {
  const key = `${options.prefix}${randomBytes(8).toString("hex")}`;
  const body = randomBytes(64 * 1024);
  const steps = createSteps(options.clock);
  const call = { signal: options.signal };
  const isWritten = await steps.run("write an object", async () => {
    await storage.put(`${key}/small`, body, call);
  });
  if (!isWritten)
    return steps.finish([
      "read it back",
      "list",
      "refuse to overwrite",
      "upload a stream",
      "remove",
    ]);
  await steps.run("read it back", async () => {
    assertSame(await storage.get(`${key}/small`, body.length, call), body);
  });
  await steps.run("read a range of it", async () => {
    const range = { offsetBytes: 1000, lengthBytes: 500 };
    assertSame(
      await storage.get(`${key}/small`, 500, { range, ...call }),
      body.subarray(1000, 1500),
    );
  });
  await steps.run("list", () => assertListed(storage, key, body.length, call));
  await steps.run("refuse to overwrite", () => tryConditionalWrite(storage, key, call));
  await steps.run("upload a stream in parts", () => tryStream(storage, key, call));
  await steps.run("remove", async () => {
    for (const name of ["small", "stream"]) await storage.delete(`${key}/${name}`, call);
    if ((await storage.find(`${key}/small`, call)) !== undefined)
      throw unexpected("the object is still listed");
  });
  return steps.finish([]);
}

type Call = { readonly signal: AbortSignal | undefined };

async function assertListed(
  storage: ObjectStorage,
  key: string,
  sizeBytes: number,
  call: Call,
): Promise<void> {
  for await (const object of storage.list(`${key}/`, call)) {
    if (object.key === `${key}/small` && object.sizeBytes === sizeBytes) return;
  }
  throw unexpected("the object just written is not in the listing");
}

async function tryConditionalWrite(
  storage: ObjectStorage,
  key: string,
  call: Call,
): Promise<string | undefined> {
  try {
    await storage.put(`${key}/small`, randomBytes(16), { ifAbsent: true, ...call });
  } catch (error) {
    if (!isBackupError(error, "storage-conflict")) throw error;
    const { conditionalCreate } = await storage.features(call);
    return conditionalCreate
      ? undefined
      : "checked by listing first: the service has no conditional writes";
  }
  throw unexpected("an existing object was overwritten although the write was conditional");
}

async function tryStream(storage: ObjectStorage, key: string, call: Call): Promise<undefined> {
  const chunk = randomBytes(MIB);
  const chunks = Array.from({ length: STREAM_BYTES / MIB }, () => chunk);
  const expected = chunks
    .reduce((hash, part) => hash.update(part), createHash("sha256"))
    .digest("hex");
  const result = await storage.putStream(`${key}/stream`, stream(chunks), call);
  if (result.sha256 !== expected || result.sizeBytes !== STREAM_BYTES)
    throw unexpected("other bytes were sent");
  const hash = createHash("sha256");
  for await (const part of storage.getStream(`${key}/stream`, call)) hash.update(part);
  if (hash.digest("hex") !== expected)
    throw unexpected("the stream read back has other bytes than were sent");
}

async function* stream(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

function assertSame(found: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(found, expected) !== 0)
    throw unexpected("the bytes read are not those written");
}

function unexpected(message: string): BackupError {
  return new BackupError("data-corrupt", message, {
    hint: "do not keep backups in this storage before this is understood",
  });
}

/** Runs named steps, timing each and turning a failure into its outcome. A step that gives a text works without what the text names. */
export function createSteps(clock: Clock): {
  run(name: string, work: () => Promise<unknown>): Promise<boolean>;
  finish(skipped: readonly string[]): ProbeStep[];
} {
  const steps: ProbeStep[] = [];
  const run = async (name: string, work: () => Promise<unknown>): Promise<boolean> => {
    const started = clock.monotonicMs();
    const took = (): number => Math.round((clock.monotonicMs() - started) * 10) / 10;
    try {
      const result = await work();
      const detail = typeof result === "string" ? result : undefined;
      steps.push({
        name,
        outcome: detail === undefined ? "ok" : "unsupported",
        durationMs: took(),
        detail,
      });
      return true;
    } catch (error) {
      const { code, message, hint } = toBackupError(error);
      if (code === "cancelled") throw error;
      steps.push({ name, outcome: "failed", durationMs: took(), detail: message, code, hint });
      return false;
    }
  };
  const finish = (skipped: readonly string[]): ProbeStep[] => [
    ...steps,
    ...skipped.map((name): ProbeStep => ({ name, outcome: "skipped", durationMs: 0 })),
  ];
  return { run, finish };
}

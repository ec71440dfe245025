import { encryptStream, writeArchive } from "../archive/index.ts";
import { systemClock } from "../base/index.ts";
import { measureCapture, openCapture, type Tally } from "../capture/index.ts";
import { manifestOf } from "./manifest.ts";
import { Meter, type Sent } from "./meter.ts";
import type { Finished } from "./report.ts";
import { somethingOf } from "./something.ts";
import { type Stopping, stopWhenLeft } from "./stopping.ts";
import type { CreateArchiveOptions } from "./types.ts";

/** An archive on its way out. */
export interface Delivery {
  /** To be read once, to its end. */
  readonly body: AsyncIterable<Uint8Array>;
  /** What `body` held; once it has ended. */
  readonly sent: () => Sent;
  /** At most so much, give or take what changes meanwhile. */
  readonly estimatedSizeBytes: number;
}

/** Captures, packs and, where asked for, encrypts, while `deliver` takes the bytes away: one stream from the disk to its destination. */
export async function makeArchive(
  options: CreateArchiveOptions,
  stopping: Stopping,
  deliver: (delivery: Delivery) => Promise<unknown>,
): Promise<Finished> {
  const clock = options.clock ?? systemClock;
  const started = clock.monotonicMs();
  const { onProgress } = options;
  const { signal } = stopping;
  const captureOptions = { ...options.capture, signal, onProgress };
  onProgress?.({ type: "phase", phase: "counting files" });
  const totals = await measureCapture(captureOptions);
  onProgress?.({ type: "phase", phase: "writing the archive" });
  await using capture = openCapture({ ...captureOptions, totals });
  const archive = writeArchive(somethingOf(capture, captureOptions), {
    manifest: manifestOf(options),
    compressionLevel: options.compressionLevel,
    signal,
  });
  const meter = new Meter();
  const isEncrypted = encryptionOf(options) !== undefined;
  const body = stopWhenLeft(meter.measure(sealed(archive, options)), stopping);
  const estimatedSizeBytes = estimate(totals);
  try {
    await deliver({ body, sent: () => meter.sent(), estimatedSizeBytes });
  } catch (error) {
    stopping.stop();
    throw error;
  }
  return {
    summary: archive.summary(),
    captured: capture.report(),
    archive: meter.sent(),
    isEncrypted,
    durationMs: Math.round(clock.monotonicMs() - started),
  };
}

/** Encrypts a stream for everyone who was named; without anyone it passes as it is. */
export function sealed(
  source: AsyncIterable<Uint8Array>,
  options: CreateArchiveOptions,
): AsyncIterable<Uint8Array> {
  const encryption = encryptionOf(options);
  return encryption === undefined ? source : encryptStream(source, encryption);
}

export function encryptionOf({
  encryption,
}: CreateArchiveOptions): CreateArchiveOptions["encryption"] {
  const isNamed = (encryption?.passphrases.length ?? 0) + (encryption?.publicKeys.length ?? 0) > 0;
  return isNamed ? encryption : undefined;
}

/** Tar headers, and the file list that goes into the archive as well. */
const OVERHEAD_BYTES = 2048;

function estimate({ files, bytes }: Tally): number {
  return bytes + (files + 1000) * OVERHEAD_BYTES;
}

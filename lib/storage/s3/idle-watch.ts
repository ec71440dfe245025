import type { Readable } from "node:stream";
import { BackupError, type Clock, formatDuration } from "../../base/index.ts";

export interface IdleWatchOptions {
  readonly clock: Clock;
  readonly idleMs: number;
}

/**
 * Passes a body's chunks on and ends it with `storage-timeout` when it gives nothing for `idleMs`. A connection that died in the
 * middle of a transfer is otherwise never noticed (aws/aws-sdk-js-v3#8098). Time in which nobody asks for a chunk does not count.
 */
export async function* watchIdle(
  body: Readable,
  { clock, idleMs }: IdleWatchOptions,
): AsyncGenerator<Uint8Array> {
  const end = new AbortController();
  let waitingSinceMs = clock.monotonicMs();
  let isWaiting = true;
  const watch = async (): Promise<void> => {
    let leftMs = idleMs;
    while (true) {
      await clock.sleep(leftMs, end.signal);
      const waitedMs = isWaiting ? clock.monotonicMs() - waitingSinceMs : 0;
      leftMs = idleMs - waitedMs;
      if (leftMs <= 0) break;
    }
    body.destroy(
      new BackupError("storage-timeout", `a download gave nothing for ${formatDuration(idleMs)}`, {
        hint: "check this machine's network connection",
      }),
    );
  };
  // It ends by rejecting when the body has been read.
  watch().catch(() => undefined);
  try {
    for await (const chunk of body) {
      isWaiting = false;
      yield chunk;
      waitingSinceMs = clock.monotonicMs();
      isWaiting = true;
    }
  } finally {
    end.abort();
    body.destroy();
  }
}

import { expect, test } from "vitest";
import { type Clock, systemClock } from "../../../lib/base/index.ts";
import { openS3Storage } from "../../../lib/storage/index.ts";
import { s3Options } from "../../helpers/s3.ts";
import { startScriptedS3 } from "../../helpers/scripted-s3.ts";

/** A clock that knows how many sleeps have not ended: each of them would keep a process from ending. */
function watchedClock(): Clock & { readonly sleeping: number } {
  let sleeping = 0;
  return {
    ...systemClock,
    get sleeping() {
      return sleeping;
    },
    sleep: async (ms, signal) => {
      sleeping += 1;
      try {
        await systemClock.sleep(ms, signal);
      } finally {
        sleeping -= 1;
      }
    },
  };
}

const body = "x".repeat(3_000_000);
const KEYS = { accessKeyId: "id", secretAccessKey: "secret" };

test.each([
  ["is left after its first chunk", undefined],
  ["is left after its first chunk, once cancelled", new AbortController()],
])("a download that %s goes on with nothing", async (_how, control) => {
  const answer = { status: 200, body, headers: { etag: '"e"' } };
  await using server = await startScriptedS3([{ on: "GetObject", act: answer }]);
  const clock = watchedClock();
  const place = { ...KEYS, endpoint: server.endpoint, region: "us-east-1" };
  await using storage = await openS3Storage(s3Options(place, "backups", { clock }));
  for await (const _ of storage.getStream("key", { signal: control?.signal })) {
    expect(clock.sleeping).toBe(1);
    control?.abort();
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(clock.sleeping).toBe(0);
});

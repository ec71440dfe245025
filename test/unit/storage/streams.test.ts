import { describe, expect, test, vi } from "vitest";
import { collect, untilCancelled } from "../../../lib/storage/streams.ts";
import { chunksOf, collect as gather } from "../../helpers/chunks.ts";

const hang = (): Promise<never> => new Promise(() => undefined);

describe("a stream that can be cancelled", () => {
  test("passes everything on", async () => {
    const items = (async function* () {
      yield* [1, 2, 3];
    })();
    expect(await gather(untilCancelled(items, new AbortController().signal))).toEqual([1, 2, 3]);
  });

  test("ends while its source hangs", async () => {
    const control = new AbortController();
    const hanging = (async function* () {
      yield 1;
      await hang();
    })();
    const reading = gather(untilCancelled(hanging, control.signal));
    setTimeout(() => control.abort(), 5);
    await expect(reading).rejects.toMatchObject({ code: "cancelled" });
  });

  test("rethrows the error of its source as it is", async () => {
    const failure = new Error("broken");
    // biome-ignore lint/correctness/useYield: it fails before its first value
    const broken = (async function* (): AsyncGenerator<number> {
      throw failure;
    })();
    await expect(gather(untilCancelled(broken, new AbortController().signal))).rejects.toBe(
      failure,
    );
  });

  test("ends its source when its reader leaves", async () => {
    const ended = vi.fn();
    const endless = (async function* () {
      try {
        while (true) yield 1;
      } finally {
        ended();
      }
    })();
    for await (const _ of untilCancelled(endless, new AbortController().signal)) break;
    expect(ended).toHaveBeenCalledTimes(1);
  });

  test("leaves no listener at the signal", async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, "removeEventListener");
    await gather(untilCancelled(chunksOf(Buffer.alloc(100), 1), signal));
    expect(remove).toHaveBeenCalledTimes(1);
  });
});

describe("collecting a stream", () => {
  test("joins its chunks", async () => {
    const joined = await collect(chunksOf(Buffer.from("some text"), 2), "key", 9);
    expect(Buffer.from(joined).toString()).toBe("some text");
  });

  test("stops reading as soon as there is too much", async () => {
    let given = 0;
    const endless = (async function* () {
      while (true) {
        given += 1;
        yield Buffer.alloc(10);
      }
    })();
    await expect(collect(endless, "key", 25)).rejects.toMatchObject({ code: "limit-exceeded" });
    expect(given).toBe(3);
  });
});

import { expect, test } from "vitest";
import { systemClock } from "../../../lib/base/index.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { probeStorage } from "../../../lib/verify/index.ts";
import { collect } from "../../helpers/chunks.ts";

const options = { prefix: "agent/probe/", clock: systemClock };

test("a storage that works passes every step and is left empty", async () => {
  const storage = new MemoryStorage();
  const steps = await probeStorage(storage, options);
  expect(steps.map((step) => step.outcome)).toEqual(steps.map(() => "ok"));
  expect(await collect(storage.list(""))).toEqual([]);
});

test("a storage that returns other bytes fails that step and says what it means", async () => {
  class Lying extends MemoryStorage {
    override async get(key: string, maxBytes: number): Promise<Uint8Array> {
      return (await super.get(key, maxBytes)).fill(0);
    }
  }
  const steps = await probeStorage(new Lying(), options);
  const failed = steps.find((step) => step.name === "read it back");
  expect(failed).toMatchObject({ outcome: "failed", code: "data-corrupt" });
  expect(failed?.hint).toBeDefined();
});

test("when nothing can be written, the steps that need it are skipped", async () => {
  class ReadOnly extends MemoryStorage {
    override put(): never {
      throw new Error("read only");
    }
  }
  const steps = await probeStorage(new ReadOnly(), options);
  expect(steps[0]).toMatchObject({ name: "write an object", outcome: "failed" });
  expect(new Set(steps.slice(1).map((step) => step.outcome))).toEqual(new Set(["skipped"]));
});

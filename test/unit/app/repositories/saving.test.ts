import { expect, test } from "vitest";
import { savingFor } from "../../../../lib/app/repositories/saving.ts";

const GIB = 2 ** 30;

test("much data is packed in a thread where there is memory for it, and not where the agent would lose it", () => {
  expect(savingFor(2 * GIB).inThread).toBe(true);
  expect(savingFor(GIB).inThread).toBe(true);
  expect(savingFor(GIB - 1).inThread).toBe(false);
});

test("without a figure, the system is asked", () => {
  expect(savingFor()).toEqual(savingFor(process.availableMemory()));
});

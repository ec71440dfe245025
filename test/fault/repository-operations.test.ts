import { expect } from "vitest";
import { testWith } from "../helpers/parts.ts";
import { runOperations } from "../soak/operations/run-operations.ts";

testWith(
  "restic",
  "100 random operations of two clients, some killed in the middle, leave a repository that restic finds sound, and every snapshot what was recorded",
  async () => {
    const result = await runOperations({ steps: 100, seed: 20_261_121 });
    expect(result.killed).toBeGreaterThan(3);
    expect(result.compared).toBeGreaterThan(5);
  },
);

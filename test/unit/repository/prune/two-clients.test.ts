import { expect, test } from "vitest";
import { killClients } from "../../../soak/kill-clients.ts";

test("snapshot and prune at once, each killed at random, leave a repository that is sound each time", async () => {
  expect(await killClients({ kills: 20, seed: 20_261_121 })).toBeGreaterThan(20);
}, 60_000);

import { expect } from "vitest";
import { testWith } from "../helpers/parts.ts";
import { captureLive } from "../soak/capture-live.ts";

testWith(
  ["openclaw", "installation"],
  "20 backups of a live installation under 500 transactions a second and churning files hold nothing that never was",
  async () => {
    const result = await captureLive({ count: 20 });
    expect(result.backups).toBe(20);
    expect(result.databasesChecked).toBe(40);
    expect(result.transactions).toBeGreaterThan(500);
    expect(result.filesChecked).toBeGreaterThan(200);
  },
  600_000,
);

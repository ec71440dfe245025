import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clawback } from "../helpers/clawback.ts";
import { startGateway } from "../helpers/gateway.ts";
import { openInstallation } from "../helpers/installation.ts";
import { describeWith } from "../helpers/parts.ts";

interface Answer {
  readonly plan: { readonly entries: readonly { readonly path: string }[] };
}

describeWith(["openclaw", "installation"], "a rollback of a real installation", () => {
  test("is done beside a running Gateway, which stays healthy; that of databases waits until it is stopped", async () => {
    await using fixture = await openInstallation();
    const { configPath, workspaces } = fixture;
    const program = clawback({ userHome: fixture.home, as: "function" });
    await program.json(["init", "--instance", "box"]);
    {
      await using gateway = await startGateway(fixture.home);
      await program.json(["snapshot", "--name", "good"]);
      const config = readFileSync(configPath, "utf8");
      writeFileSync(configPath, config.replace("{", "{ // an agent was here\n"));
      writeFileSync(`${workspaces.main}/MEMORY.md`, "gone");
      rmSync(workspaces.research, { recursive: true });
      await program.json(["rollback", "good", "--yes"]);
      expect(readFileSync(configPath, "utf8")).toBe(config);
      const { plan } = await program.json<Answer>(["rollback", "good", "--preview"]);
      expect(plan.entries).toEqual([]);
      expect((await gateway.run("gateway", "call", "health", "--json")).code).toBe(0);
      const all = ["rollback", "good", "state", "--with-databases", "--yes", "--json"];
      const refused = await program.run(...all);
      expect(refused.code).toBe(1);
      expect(JSON.parse(refused.stderr)).toMatchObject({
        code: "gateway-running",
        hint: expect.stringContaining("openclaw gateway stop"),
      });
    }
    await program.json(["rollback", "good", "--with-databases", "--yes"]);
    await program.json(["rollback", "--undo", "--yes"]);
    await using gateway = await startGateway(fixture.home);
    expect((await gateway.run("gateway", "call", "health", "--json")).code).toBe(0);
  }, 240_000);
});

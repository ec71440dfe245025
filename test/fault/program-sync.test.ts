import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../helpers/parts.ts";
import { startClawback, until } from "../helpers/running-program.ts";
import { packsOf, type Synced, TO_OTHER, userWithTwo } from "../helpers/two-storages.ts";

describeWith("restic", "a sync of snapshots that goes wrong", () => {
  test("a sync that was killed leaves a sound repository, and the next one ends the work", async () => {
    await using user = await userWithTwo();
    const { program, dir, other } = user;
    mkdirSync(dir.join(".openclaw/media"));
    for (let n = 0; n < 4; n++) {
      writeFileSync(dir.join(`.openclaw/media/${n}.bin`), randomBytes(20_000_000));
    }
    await program.json(["snapshot"], [0, 3]);
    const args = ["sync", "latest", ...TO_OTHER];
    const running = startClawback(args, { userHome: dir.path, env: user.env });
    await until("it stores packs", () => packsOf(other).some((name) => name.length > 60));
    running.signal("SIGKILL");
    expect((await running.finished).code).toBeNull();
    expect(other.json<unknown[]>(["snapshots", "--json"])).toEqual([]);
    expect(await program.json<Synced>(args)).toMatchObject({ copied: true });
    other.run(["check", "--read-data"]);
    expect(other.json<unknown[]>(["snapshots", "--json"])).toHaveLength(1);
  });

  test("a damaged snapshot is named, and what else there is is copied", async () => {
    await using user = await userWithTwo();
    const { program, dir, other } = user;
    writeFileSync(dir.join(".openclaw/large"), randomBytes(9_000_000));
    const first = await program.json<{ id: string }>(["snapshot"], [0, 3]);
    await program.json(["list"]);
    const home = dir.join(".clawback/storage/box/repository");
    const packs = readdirSync(join(home, "data"), { recursive: true, encoding: "utf8" })
      .filter((name) => name.length > 60)
      .map((name) => join(home, "data", name));
    const pack = packs.find((path) => statSync(path).size > 1_000_000) ?? "";
    await program.json(["create"], [0, 3]);
    writeFileSync(pack, randomBytes(1000));
    const { code, stdout } = await program.run("sync", "--all", ...TO_OTHER);
    expect(code).toBe(1);
    expect(stdout).toContain(`NOT copied: ${first.id.slice(0, 8)}: `);
    expect(stdout).toContain("1 backup copied, 0 there already");
    expect(other.json<unknown[]>(["snapshots", "--json"])).toEqual([]);
  });
});

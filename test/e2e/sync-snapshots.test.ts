import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeWith } from "../helpers/parts.ts";
import { readTree } from "../helpers/tree.ts";
import { packsOf, type Synced, TO_OTHER, userWithTwo } from "../helpers/two-storages.ts";

describeWith("restic", "sync of snapshots", () => {
  test("the newest is copied, restic finds the copy sound and restores it, and the second time nothing is copied", async () => {
    await using user = await userWithTwo();
    const { program, other } = user;
    const { id } = await program.json<{ id: string }>(["snapshot", "--name", "first"], [0, 3]);
    await program.json(["hold", id]);
    const report = await program.json<Synced>(["sync", "latest", ...TO_OTHER]);
    expect(report).toMatchObject({ copied: true, backup: { id, kind: "snapshot" }, to: "other" });
    other.run(["check", "--read-data"]);
    other.run(["restore", "latest", "--target", user.dir.join("restored")]);
    const restored = join(user.dir.join("restored"), user.dir.path, ".openclaw");
    await program.json(["restore", id, "--target", user.dir.join("ours")]);
    expect(readTree(join(restored, "workspace"))).toMatchObject(
      readTree(user.dir.join("ours", ".openclaw", "workspace")),
    );
    const packs = packsOf(other);
    const again = await program.json<Synced>(["sync", "latest", ...TO_OTHER]);
    expect(again).toMatchObject({ copied: false, copyId: report.copyId, storedBytes: 0 });
    expect(packsOf(other)).toEqual(packs);
    // Of a name the first storage counts, and `latest~1` is another backup, not the copy of this one.
    expect(await program.json(["show", "first"])).toMatchObject({ backup: { id } });
    expect((await program.run("show", "latest~1")).code).toBe(1);
    const { backups } = await program.json<{ backups: object[] }>(["list", ...TO_OTHER]);
    expect(backups).toMatchObject([{ id: report.copyId, original: id, held: true }]);
    expect(await program.json(["verify", report.copyId])).toMatchObject({ ok: true });
  });

  test("latest is the newest of either kind, and --all copies what is not there yet", async () => {
    await using user = await userWithTwo();
    const { program, other } = user;
    await program.json(["snapshot"], [0, 3]);
    const archive = await program.json<{ id: string }>(["create"], [0, 3]);
    expect(await program.json<Synced>(["sync", "latest", ...TO_OTHER])).toMatchObject({
      backup: { id: archive.id, kind: "archive" },
    });
    appendFileSync(user.dir.join(".openclaw/workspace/MEMORY.md"), "more\n");
    await program.json(["snapshot"], [0, 3]);
    const all = await program.json<{ synced: Synced[]; failed: unknown[] }>([
      ...["sync", "--all"],
      ...TO_OTHER,
    ]);
    expect(all.synced.filter(({ copied }) => copied)).toHaveLength(2);
    expect(all).toMatchObject({ failed: [], synced: { length: 3 } });
    other.run(["check", "--read-data"]);
    const text = await program.run("sync", "--all", ...TO_OTHER);
    expect(text).toMatchObject({ code: 0, stdout: "0 backups copied, 3 there already\n" });
  });

  test("the other repository may have another password, and cuts files alike: a snapshot taken there adds next to nothing", async () => {
    await using user = await userWithTwo();
    const { program, dir, other } = user;
    const secret = dir.join("other-password");
    writeFileSync(secret, "another one\n", { mode: 0o600 });
    mkdirSync(dir.join(".openclaw/media"));
    writeFileSync(dir.join(".openclaw/media/large.bin"), randomBytes(9_000_000));
    await program.json(["snapshot"], [0, 3]);
    const args = ["sync", "latest", ...TO_OTHER];
    await program.json([...args, "--to-password-file", secret]);
    const refused = await program.run(...args);
    expect(refused).toMatchObject({ code: 12 });
    expect(refused.stderr).toContain("--to-password-file");
    const taken = await program.json<{ storedBytes: number }>(
      ["snapshot", "--force", ...TO_OTHER, "--password-file", secret],
      [0, 3],
    );
    expect(taken.storedBytes).toBeLessThan(500_000);
    other.run(["check", "--read-data"], { env: { RESTIC_PASSWORD: "another one" } });
    expect(() => other.run(["snapshots"])).toThrow("wrong password");
  });
});

test("a backup that lies in the other storage alone, and no backup at all, are said so", async () => {
  await using user = await userWithTwo();
  const { program } = user;
  const none = await program.run("sync", "latest", ...TO_OTHER);
  expect(none.stderr).toContain("there is no backup");
  await program.json(["create", ...TO_OTHER], [0, 3]);
  const there = await program.run("sync", "latest", ...TO_OTHER);
  expect(there).toMatchObject({ code: 2 });
  expect(there.stderr).toContain("lies in storage other already");
  expect(await program.run("sync", ...TO_OTHER)).toMatchObject({ code: 2 });
});

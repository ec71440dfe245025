import { existsSync, mkdirSync, readdirSync, renameSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failureOf, guardedUser } from "../helpers/guarded-user.ts";
import { canMount, readOnlyView } from "../helpers/mounts.ts";

describe("a directory storage whose disk is not mounted", () => {
  test.each([
    ["which leaves nothing in its place", () => undefined, "does not exist"],
    [
      "which leaves an empty mount point",
      (path: string) => mkdirSync(path),
      "is empty, not even clawback.json is there",
    ],
  ])("%s, is no storage without backups, and is never written", async (_what, leave, state) => {
    await using t = await guardedUser();
    const path = t.user.join("backups");
    renameSync(path, t.user.join("away"));
    leave(path);
    const left = existsSync(path);
    const told = {
      code: 1,
      stdout: "",
      message: `storage directory "${path}" ${state}`,
      hint: "mount its disk; to begin anew there: clawback storage remove good, then clawback storage add",
    };
    for (const command of ["create", "list", "verify latest", "restore latest --yes"]) {
      expect(failureOf(await t.program.run(...command.split(" ")))).toEqual(told);
    }
    const tried = await t.program.run("test");
    expect(tried.code).toBe(1);
    for (const text of [told.message, `To do: ${told.hint}`]) expect(tried.stdout).toContain(text);
    expect((await t.program.run("status")).stdout).toContain(
      `Storage good: NOT reachable: ${told.message}; ${told.hint}`,
    );
    expect(await t.program.run("cleanup", "--yes")).toMatchObject({
      code: 0,
      stderr: `warning: storage good: ${told.message}\n`,
    });
    expect(await t.program.run("init")).toMatchObject({ code: 0 });
    expect(existsSync(path) ? readdirSync(path) : undefined).toEqual(left ? [] : undefined);

    renameSync(t.user.join("away"), path);
    await t.expectNothingLost();
  });

  test("hides no backup in another storage", async () => {
    await using t = await guardedUser();
    const other = ["storage", "add", "usb", "--type", "directory", "--path", t.user.join("usb")];
    await t.program.json(other);
    renameSync(t.user.join("usb"), t.user.join("unplugged"));
    const listed = await t.program.run("list");
    expect(listed).toMatchObject({ code: 0, stdout: expect.stringContaining(t.earlier) });
    expect(listed.stderr).toMatch(
      /^warning: storage usb: storage directory ".*\/usb" does not exist; mount its disk; .*\n$/,
    );
    await t.expectNothingLost();
  });

  test("is begun anew by removing and adding it", async () => {
    await using t = await guardedUser();
    renameSync(t.user.join("backups"), t.user.join("away"));
    await t.program.json(["storage", "remove", "good", "--yes"]);
    const path = ["--type", "directory", "--path", t.user.join("backups")];
    await t.program.json(["storage", "add", "good", ...path]);
    expect(await t.program.json(["list"])).toMatchObject({ backups: [] });
    expect((await t.program.run("create")).code).toBe(0);
  });
});

test("the storage in the home itself, removed by hand, is made anew by init alone", async () => {
  await using t = await guardedUser();
  const program = t.withEnvironment({ CLAWBACK_HOME: t.user.join("second") });
  await program.json(["init"]);
  const path = t.user.join("second", "storage");
  expect(readdirSync(path)).toEqual(["clawback.json"]);
  renameSync(path, t.user.join("removed"));
  expect(failureOf(await program.run("create"))).toEqual({
    code: 1,
    stdout: "",
    message: `storage directory "${path}" does not exist`,
    hint: "bring it back; to begin anew: clawback init",
  });
  await program.json(["init"]);
  expect(await program.json(["list"])).toMatchObject({ backups: [] });
  expect((await program.run("create")).code).toBe(0);
});

test.skipIf(!canMount)(
  "a disk that is mounted read-only can be listed, verified and restored from (needs root)",
  async () => {
    await using t = await guardedUser();
    await using disk = await readOnlyView(t.user.join("backups"));
    const add = ["storage", "add", "disk", "--type", "directory", "--path", disk.path];
    await t.program.json([...add, "--default"]);
    const place = ["--storage", "disk"];
    expect(await t.program.json(["list", ...place])).toMatchObject({
      backups: [{ id: t.earlier }],
    });
    expect(await t.program.json(["verify", "latest", ...place])).toMatchObject({ ok: true });
    const look = t.user.join("look");
    await t.program.json(["restore", "latest", "--target", look, ...place]);
    expect(failureOf(await t.program.run("create", ...place))).toEqual({
      code: 1,
      stdout: "",
      message: expect.stringMatching(
        /^cannot write ".*": the filesystem is mounted read-only \(EROFS\)$/,
      ),
      hint: "mount it writable, or choose another storage",
    });
    await t.expectNothingLost();
  },
);

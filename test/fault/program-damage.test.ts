import { createHash } from "node:crypto";
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { failureOf, type GuardedUser, guardedUser } from "../helpers/guarded-user.ts";

interface Finding {
  readonly code: string;
  readonly message: string;
}

/** A user with a second backup that will be damaged; `earlier` stays as it is. */
interface Damaged extends AsyncDisposable {
  readonly t: GuardedUser;
  readonly id: string;
  readonly archive: string;
  readonly list: string;
  readonly record: string;
  /** The same files of the earlier backup. */
  readonly other: { readonly archive: string; readonly list: string; readonly record: string };
  readonly label: string;
}

async function damaged(env: Readonly<Record<string, string>> = {}): Promise<Damaged> {
  const t = await guardedUser({ env });
  const { id, encrypted } = await t.program.json<{ id: string; encrypted: boolean }>(["create"]);
  const suffix = encrypted ? ".gpg" : "";
  const filesOf = (backup: string) => {
    const folder = `${t.user.join("backups")}/tester/archives/${backup}`;
    return {
      archive: `${folder}/archive.tar.gz${suffix}`,
      list: `${folder}/files.jsonl.gz${suffix}`,
      record: `${folder}/backup.json`,
    };
  };
  return {
    t,
    id,
    ...filesOf(id),
    other: filesOf(t.earlier),
    label: `backup ${id} in storage good`,
    [Symbol.asyncDispose]: () => t[Symbol.asyncDispose](),
  };
}

function change(path: string, edit: (bytes: Buffer) => Uint8Array | string): void {
  writeFileSync(path, edit(readFileSync(path)));
}

/** One bit in the middle. */
function flipBit(bytes: Buffer): Buffer {
  const at = Math.floor(bytes.length / 2);
  bytes.writeUInt8(bytes.readUInt8(at) ^ 0x10, at);
  return bytes;
}

const sha256 = (path: string): string =>
  createHash("sha256").update(readFileSync(path)).digest("hex");

/** Makes a record speak of what lies beside it now. */
function recordWhatLies({ archive, record }: Damaged): void {
  change(record, (bytes) => {
    const value = JSON.parse(bytes.toString());
    const sizeBytes = readFileSync(archive).length;
    return JSON.stringify({
      ...value,
      archive: { ...value.archive, sizeBytes, sha256: sha256(archive) },
    });
  });
}

/** Both ways of restoring are refused with the same words, and leave nothing. */
async function expectNotRestored({ t, id }: Damaged, expected: object): Promise<void> {
  const look = t.user.join("look");
  for (const where of [["--yes"], ["--target", look]]) {
    const failure = failureOf(await t.program.run("restore", id, ...where));
    expect(failure).toMatchObject({ code: 1, stdout: "", ...expected });
    expect(failure.hint).toMatch(/another backup/);
  }
  expect(existsSync(look)).toBe(false);
}

async function findingsOf({ t, id }: Damaged): Promise<readonly Finding[]> {
  const report = await t.program.json<{ ok: boolean; findings: Finding[] }>(["verify", id], [1]);
  expect(report.ok).toBe(false);
  return report.findings;
}

/** Only the damaged backup is gone; it can be deleted like any other. */
async function expectOthersSafe({ t, id }: Damaged): Promise<void> {
  rmSync(`${t.user.join("backups")}/tester/archives/${id}`, { recursive: true });
  rmSync(`${t.user.join("backups")}/tester/marks`, { recursive: true, force: true });
  await t.expectNothingLost();
}

describe("an archive that is not what was stored", () => {
  test("cut short", async () => {
    await using s = await damaged();
    const { length } = readFileSync(s.archive);
    change(s.archive, (bytes) => bytes.subarray(0, -1000));
    const message = `backup ${s.id}: its archive has ${length - 1000} bytes, recorded are ${length}`;
    expect(await findingsOf(s)).toEqual([{ code: "manifest-mismatch", message }]);
    await expectNotRestored(s, { message });
    const latest = await s.t.program.json<{ plan: object }>(["restore", "latest", "--dry-run"]);
    expect(JSON.stringify(latest)).toContain(s.t.earlier);
    await expectOthersSafe(s);
  });

  test("one bit flipped", async () => {
    await using s = await damaged();
    const recorded = sha256(s.archive);
    change(s.archive, flipBit);
    expect(await findingsOf(s)).toEqual([
      {
        code: "data-corrupt",
        message: `${s.label}: stored bytes have SHA-256 ${sha256(s.archive)}, recorded is ${recorded}`,
      },
      {
        code: "data-corrupt",
        message: "archive: the compressed data is damaged: incorrect data check",
      },
    ]);
    await expectNotRestored(s, {
      message: `${s.label}: archive: the compressed data is damaged: incorrect data check`,
    });
    await expectOthersSafe(s);
  });

  test("the archive of another backup, with a record that fits it", async () => {
    await using s = await damaged();
    copyFileSync(s.other.archive, s.archive);
    recordWhatLies(s);
    const message = `${s.label}: the archive beside its backup.json is that of backup ${s.t.earlier}`;
    expect(await findingsOf(s)).toEqual([{ code: "manifest-mismatch", message }]);
    await expectNotRestored(s, { message });
    await expectOthersSafe(s);
  });
});

describe("a record that is not that of the archive beside it", () => {
  test("missing: there is no such backup", async () => {
    await using s = await damaged();
    rmSync(s.record);
    const told = {
      code: 1,
      stdout: "",
      message: `no backup of instance "tester" has the id, the start of an id or the name "${s.id}" in storage good`,
      hint: "see what there is with: clawback list --instance all",
    };
    for (const command of ["verify", "show", "restore"]) {
      expect(failureOf(await s.t.program.run(command, s.id))).toEqual(told);
    }
    await expectOthersSafe(s);
  });

  test("that of another backup", async () => {
    await using s = await damaged();
    copyFileSync(s.other.record, s.record);
    const message = `backup ${s.id}: its backup.json is that of another one (expected "tester/${s.id}", found "tester/${s.t.earlier}")`;
    expect(await findingsOf(s)).toEqual([{ code: "manifest-mismatch", message }]);
    await expectNotRestored(s, { message });
    expect((await s.t.program.run("list")).stderr).toContain(`warning: storage good: ${message}`);
    await expectOthersSafe(s);
  });

  test("no JSON", async () => {
    await using s = await damaged();
    change(s.record, (bytes) => bytes.subarray(0, 100));
    const [finding, ...more] = await findingsOf(s);
    expect({ ...finding, more }).toMatchObject({ code: "data-corrupt", more: [] });
    await expectNotRestored(s, { message: finding?.message });
    await expectOthersSafe(s);
  });
});

describe("a file list that is not what was stored beside a sound archive", () => {
  test("damaged: told by verify, and no restore needs it", async () => {
    await using s = await damaged();
    const recorded = sha256(s.list);
    change(s.list, flipBit);
    const message = `${s.label}: its file list has SHA-256 ${sha256(s.list)}, recorded is ${recorded}`;
    expect(await findingsOf(s)).toEqual([{ code: "data-corrupt", message }]);
    const finished = await s.t.program.run("restore", s.id, "--target", "look");
    expect(finished).toMatchObject({ code: 0 });
    expect(finished.stderr).toContain(`warning: ${message}; the one in the archive is used\n`);
    const shown = await s.t.program.json<{ files: { path: string }[] }>(["show", s.id]);
    expect(shown.files.some(({ path }) => path.endsWith("workspace/MEMORY.md"))).toBe(true);
    rmSync(s.t.user.join("look"), { recursive: true });
    await expectOthersSafe(s);
  });
});

describe("an encrypted archive", () => {
  const right = { CLAWBACK_PASSWORD: "correct horse" };

  test("with a wrong passphrase, or none, is opened by no command", async () => {
    await using s = await damaged(right);
    const wrong = s.t.withEnvironment({ CLAWBACK_PASSWORD: "battery staple" });
    const none = s.t.withoutEnvironment("CLAWBACK_PASSWORD");
    for (const command of ["verify latest", "show latest", "restore latest --yes"]) {
      expect(failureOf(await wrong.run(...command.split(" ")))).toEqual({
        code: 12,
        stdout: "",
        message: "encrypted data: no passphrase or key given opens it",
        hint: "give the passphrase or the private key that it was encrypted for",
      });
    }
    expect(failureOf(await none.run("restore", "latest", "--target", "look"))).toEqual({
      code: 12,
      stdout: "",
      message: "the archive is encrypted, and no password was given",
      hint: "set CLAWBACK_PASSWORD, CLAWBACK_PASSWORD_FILE or CLAWBACK_PASSWORD_COMMAND, or use --password-file",
    });
    expect(existsSync(s.t.user.join("look"))).toBe(false);
    await s.t.expectNothingLost([s.id]);
  });

  test.each([
    ["one bit flipped", flipBit, "archive: the compressed data is damaged: incorrect data check"],
    [
      "cut short",
      (bytes: Buffer) => bytes.subarray(0, -1000),
      "encrypted data: it ends in the middle",
    ],
  ])("%s is not restored, although its record fits it", async (_what, edit, message) => {
    await using s = await damaged(right);
    change(s.archive, edit);
    recordWhatLies(s);
    expect(await findingsOf(s)).toEqual([{ code: "data-corrupt", message }]);
    await expectNotRestored(s, { message: `${s.label}: ${message}` });
    await expectOthersSafe(s);
  });
});

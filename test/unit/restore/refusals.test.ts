import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, test } from "vitest";
import { Secret } from "../../../lib/base/index.ts";
import { lockFile } from "../../../lib/filesystem/index.ts";
import { type ArchiveSource, planRestore } from "../../../lib/restore/index.ts";
import {
  asFile,
  contentOf,
  type Machine,
  machine,
  makeDatabase,
  noteIn,
  withOpenClaw,
} from "../../helpers/restore-machine.ts";

/** Tries a restore, and makes sure that it fails as told and leaves everything as it was. */
async function expectRefused(
  box: Machine,
  attempt: () => Promise<unknown>,
  expected: Record<string, unknown>,
): Promise<void> {
  const before = contentOf(box.join("user"));
  await expect(attempt()).rejects.toMatchObject(expected);
  expect(contentOf(box.join("user"))).toEqual(before);
  const left = readdirSync(box.join("home")).includes("restore")
    ? readdirSync(box.join("home/restore"))
    : [];
  expect(left.filter((name) => !name.startsWith("lock"))).toEqual([]);
}

function bytesChanged(source: ArchiveSource, change: (bytes: Buffer) => Uint8Array): ArchiveSource {
  return {
    ...source,
    open: async function* () {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source.open()) chunks.push(chunk);
      yield change(Buffer.concat(chunks));
    },
  };
}

describe("damage", () => {
  test.each<[string, (bytes: Buffer) => Uint8Array]>([
    ["is cut short", (bytes) => bytes.subarray(0, bytes.length - 100)],
    ["is cut in half", (bytes) => bytes.subarray(0, bytes.length / 2)],
    ["is empty", () => new Uint8Array()],
    ["has a flipped bit", (bytes) => flip(bytes, bytes.length / 2)],
    ["has a flipped bit at its end", (bytes) => flip(bytes, bytes.length - 9)],
    ["has more bytes than recorded", (bytes) => Buffer.concat([bytes, Buffer.alloc(512)])],
    ["is no archive", () => Buffer.from("no archive at all")],
  ])("an archive that %s changes nothing", async (_, change) => {
    await using box = await machine();
    const source = bytesChanged(await box.backUp(), change);
    await expectRefused(box, () => box.restore(source), { category: "integrity" });
    await expectRefused(box, () => box.restore(source, { target: box.join("there") }), {
      category: "integrity",
    });
    expect(readdirSync(box.base.path).sort()).toEqual(["home", "user"]);
  });

  test("an archive other than the recorded one changes nothing", async () => {
    await using box = await machine();
    const source = await box.backUp();
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "other");
    const other = await box.backUp();
    const swapped = { ...source, open: other.open, sizeBytes: undefined };
    await expectRefused(box, () => box.restore(swapped), { code: "data-corrupt" });
  });

  test("a wrong passphrase changes nothing, the right one restores", async () => {
    await using box = await machine();
    const passphrase = new Secret("correct horse");
    const source = await box.backUp({ passphrase });
    const wrong = { passphrases: [new Secret("wrong")] };
    await expectRefused(box, () => box.restore(source, wrong), { code: "wrong-password" });
    writeFileSync(`${box.stateDir}/workspace/notes/a.md`, "broken");
    await box.restore(source, { passphrases: [passphrase] });
    expect(readFileSync(`${box.stateDir}/workspace/notes/a.md`, "utf8")).toBe("a");
  });

  test("an encrypted archive that is cut short changes nothing", async () => {
    await using box = await machine();
    const passphrase = new Secret("correct horse");
    const source = await box.backUp({ passphrase });
    const cut = bytesChanged(asFile(source), (bytes) => bytes.subarray(0, bytes.length - 10));
    await expectRefused(box, () => box.restore(cut, { passphrases: [passphrase] }), {
      code: "data-corrupt",
    });
  });

  test("a storage that fails in the middle changes nothing", async () => {
    await using box = await machine();
    const source = await box.backUp();
    const failing: ArchiveSource = {
      ...source,
      open: async function* () {
        for await (const chunk of source.open()) {
          yield chunk.subarray(0, 900);
          throw new Error("connection reset");
        }
      },
    };
    await expectRefused(box, () => box.restore(failing), { message: "connection reset" });
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[Math.floor(at)] = (copy[Math.floor(at)] ?? 0) ^ 1;
  return copy;
}

describe("a running Gateway", () => {
  test("is told by the plan, and refused with the command to stop it", async () => {
    await using box = await machine();
    const source = await box.backUp();
    using gateway = fakeGateway(box);
    const { plan } = await planRestore(box.plan(source));
    expect(plan.warnings[0]).toContain("openclaw gateway stop");
    await expectRefused(box, () => box.restore(source), {
      code: "gateway-running",
      hint: expect.stringContaining("openclaw gateway stop"),
      details: { pid: gateway.pid },
    });
    await box.restore(source, { target: box.join("there") });
  });

  test("is found by any database that is in use, also one that is only removed", async () => {
    await using box = await machine();
    const source = await box.backUp();
    const path = `${box.stateDir}/workspace/later.sqlite`;
    makeDatabase(path);
    const user = new DatabaseSync(path);
    user.exec("PRAGMA journal_mode=WAL; INSERT INTO notes VALUES ('x')");
    await expectRefused(box, () => box.restore(source), { code: "gateway-running" });
    user.close();
    await box.restore(source);
  });

  test("keeps an undo from happening", async () => {
    await using box = await machine();
    await box.restore(await box.backUp());
    using _gateway = fakeGateway(box);
    await expect(box.undo()).rejects.toMatchObject({ code: "gateway-running" });
  });
});

/** A process that holds the lock as a Gateway does. */
function fakeGateway(box: Machine): Disposable & { readonly pid: number } {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const pid = child.pid ?? 0;
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const startTime = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
  const directory = `${box.stateDir}/tmp/openclaw-${process.getuid?.() ?? 0}`;
  mkdirSync(directory, { recursive: true });
  const lock = {
    pid,
    startTime,
    ownerId: "x",
    createdAt: "2026-11-21T03:00:00Z",
    stateDir: box.stateDir,
  };
  writeFileSync(`${directory}/gateway.state.lock`, JSON.stringify(lock));
  return { pid, [Symbol.dispose]: () => void child.kill("SIGKILL") };
}

describe("versions", () => {
  test("a database of a newer OpenClaw than the installed one is refused in place, and restored elsewhere", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    makeDatabase(`${box.stateDir}/state/openclaw.sqlite`, { userVersion: 19 });
    const source = await box.backUp();
    const environment = withOpenClaw(box, 18);
    await expectRefused(box, () => box.restore(source, { environment }), {
      code: "version-too-new",
      message: expect.stringContaining("schema version 19, OpenClaw 2026.1.1 supports 18"),
    });
    await box.restore(source, { environment, target: box.join("there") });
  });

  test("one of the same or an older OpenClaw is restored", async () => {
    await using box = await machine();
    mkdirSync(`${box.stateDir}/state`);
    makeDatabase(`${box.stateDir}/state/openclaw.sqlite`, { userVersion: 18 });
    const source = await box.backUp();
    await box.restore(source, { environment: withOpenClaw(box, 18) });
    expect(noteIn(`${box.stateDir}/state/openclaw.sqlite`)).toBe("first");
  });
});

test("two restores at once: the second is told that the first is at work", async () => {
  await using box = await machine();
  const source = await box.backUp();
  mkdirSync(box.join("home/restore"));
  await using _held = await lockFile(box.join("home/restore/lock"));
  await expect(box.restore(source)).rejects.toMatchObject({ code: "job-running" });
}, 20_000);

test("a state directory that is a link to nowhere is refused", async () => {
  await using box = await machine();
  const source = await box.backUp();
  symlinkSync(box.join("not-mounted"), box.join("user/link"));
  const options = box.plan(source, { stateDir: box.join("user/link") });
  await expect(planRestore(options)).rejects.toMatchObject({ code: "policy-refused" });
});

test("an interrupt while the archive is read leaves everything as it was", async () => {
  await using box = await machine();
  const source = await box.backUp();
  const controller = new AbortController();
  const slow: ArchiveSource = {
    ...source,
    open: async function* () {
      for await (const chunk of source.open()) {
        yield chunk.subarray(0, 600);
        controller.abort();
        yield chunk.subarray(600);
      }
    },
  };
  await expectRefused(box, () => box.restore(slow, { signal: controller.signal }), {
    code: "cancelled",
  });
});

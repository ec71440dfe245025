import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeSample } from "../../lib/app/sample.ts";
import { isOpenPgp } from "../../lib/archive/index.ts";
import { CLAWBACK_PROGRAM, clawback, clawbackEnvironment } from "../helpers/clawback.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";
import { readTree } from "../helpers/tree.ts";
import { NODE } from "../parts/environment.ts";

const SECRET = "sésame, open: 42";
const KEY_PASSWORD = "of the key";

interface Created {
  readonly id: string;
  readonly encrypted: boolean;
}

describeWith("gpg", "encryption through the program", () => {
  let user: TempDir;
  let keyring: TempDir;
  const program = (env: Record<string, string> = {}) =>
    clawback({ userHome: user.path, env, as: "function" });
  const withPassword = () => program({ CLAWBACK_PASSWORD: SECRET });
  const objectsOf = (id: string): string =>
    user.join(".clawback", "storage", "box", "archives", id);

  /** Released gpg, with a keyring of its own. */
  function gpg(args: readonly string[]): Buffer {
    const common = ["--homedir", keyring.path, "--batch", "--yes", "--quiet"];
    const all = [...common, "--pinentry-mode", "loopback", ...args];
    const { status, stdout, stderr } = spawnSync(partPath("gpg"), all, { maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(stderr.toString());
    return stdout;
  }
  const decrypt = (file: string, password?: string): Buffer =>
    gpg([...(password === undefined ? [] : ["--passphrase", password]), "--decrypt", file]);

  beforeAll(async () => {
    user = await tempDir();
    keyring = await tempDir();
    await makeSample(user.join(".openclaw"), { files: 10 });
    await program().json(["init", "--instance", "box"]);
    const flags = ["--passphrase", KEY_PASSWORD, "--quick-generate-key"];
    gpg([...flags, "backup@example.org", "rsa2048", "encr", "never"]);
    writeFileSync(user.join("public.asc"), gpg(["--armor", "--export", "backup@example.org"]));
    const secret = ["--passphrase", KEY_PASSWORD, "--armor", "--export-secret-keys"];
    writeFileSync(user.join("secret.asc"), gpg([...secret, "backup@example.org"]));
    writeFileSync(user.join("password"), `${SECRET}\nnot this line\n`, { mode: 0o600 });
  }, 60_000);
  afterAll(async () => {
    spawnSync("gpgconf", ["--homedir", keyring.path, "--kill", "all"]);
    await keyring[Symbol.asyncDispose]();
    await user[Symbol.asyncDispose]();
  });

  test.each<[string, () => Record<string, string>, () => string[], RegExp | undefined]>([
    ["CLAWBACK_PASSWORD", () => ({ CLAWBACK_PASSWORD: SECRET }), () => [], undefined],
    [
      "CLAWBACK_PASSWORD_FILE",
      () => ({ CLAWBACK_PASSWORD_FILE: user.join("password") }),
      () => [],
      undefined,
    ],
    [
      "CLAWBACK_PASSWORD_COMMAND",
      () => ({ CLAWBACK_PASSWORD_COMMAND: `head -n 1 '${user.join("password")}'` }),
      () => [],
      undefined,
    ],
    ["--password-file", () => ({}), () => ["--password-file", user.join("password")], undefined],
    ["--password", () => ({}), () => ["--password", SECRET], /can be seen by other users/],
  ])(
    "the password of %s encrypts, and gpg opens the result with it",
    async (_source, env, flags, warning) => {
      const { PATH = "" } = process.env;
      const { code, stdout, stderr } = await program({ PATH, ...env() }).run("create", ...flags());
      expect(code).toBe(0);
      if (warning === undefined) expect(stderr).toBe("");
      else expect(stderr).toMatch(warning);
      const [, id = ""] = /backup (\S+) is in .*archive\.tar\.gz\.gpg/.exec(stdout) ?? [];
      const tar = gunzipSync(decrypt(join(objectsOf(id), "archive.tar.gz.gpg"), SECRET));
      expect(tar.includes("workspace/MEMORY.md")).toBe(true);
      expect(await withPassword().json(["verify", id])).toMatchObject({ ok: true });
    },
  );

  test("an encrypted backup is listed, shown, verified, restored and exported with its password alone", async () => {
    const made = await withPassword().json<Created>(["create", "locked"]);
    expect(made.encrypted).toBe(true);
    // A list needs no password; what is in a backup does.
    expect(await program().json(["list", "--limit", "1"])).toMatchObject({
      backups: [{ id: made.id, encrypted: true }],
    });
    expect((await program().run("list")).stdout).toMatch(/encrypted, .*locked/);
    const shown = await withPassword().run("show", "locked", "workspace/MEMORY.md");
    expect(shown.stdout).toMatch(/Encrypted: yes, OpenPGP[\s\S]*workspace\/MEMORY\.md/);
    const file = user.join("locked.tar.gz.gpg");
    await program().json(["export", "locked", file]);
    expect(await withPassword().json(["verify", file])).toMatchObject({ ok: true });
    const before = readTree(user.join(".openclaw", "workspace"));
    writeFileSync(user.join(".openclaw", "workspace", "MEMORY.md"), "lost");
    await withPassword().json(["restore", "locked", "--yes"]);
    expect(readFileSync(user.join(".openclaw", "workspace", "MEMORY.md"), "utf8")).toBe(
      before["MEMORY.md"]?.body,
    );
  });

  test.each(["verify", "show", "restore --target HOME/never"])(
    "%s with a wrong password, or none, ends with 12 and says how to give it",
    async (line) => {
      const made = await withPassword().json<Created>(["create", "--only-config"]);
      const [command = "", ...flags] = line.replace("HOME", user.path).split(" ");
      for (const [own, message] of [
        [program({ CLAWBACK_PASSWORD: "wrong" }), /no passphrase/],
        [program(), /no password was given\n.*CLAWBACK_PASSWORD_FILE/],
      ] as const) {
        const { code, stdout, stderr } = await own.run(command, made.id, ...flags);
        expect({ code, stdout }).toEqual({ code: 12, stdout: "" });
        expect(stderr).toMatch(message);
      }
      expect(existsSync(user.join("never"))).toBe(false);
    },
  );

  test("--encrypt without a password and without a terminal is wrong use, not a readable archive", async () => {
    const before = readdirSync(user.join(".clawback", "storage", "box", "archives"));
    const { code, stdout, stderr } = await program().run("create", "--encrypt");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/CLAWBACK_PASSWORD.*--password-file/);
    expect(readdirSync(user.join(".clawback", "storage", "box", "archives"))).toEqual(before);
  });

  test("nothing of what is in an encrypted backup can be read in its storage, nor in the home", async () => {
    const made = await withPassword().json<Created>(["create"]);
    const objects = readdirSync(objectsOf(made.id)).sort();
    expect(objects).toEqual(["archive.tar.gz.gpg", "backup.json", "files.jsonl.gz.gpg"]);
    const list = join(objectsOf(made.id), "files.jsonl.gz.gpg");
    expect(isOpenPgp(readFileSync(list))).toBe(true);
    expect(gunzipSync(decrypt(list, SECRET)).toString()).toContain("workspace/MEMORY.md");
    const record = readFileSync(join(objectsOf(made.id), "backup.json"), "utf8");
    expect(record).not.toContain("MEMORY.md");
    for (const [path, { body = "" }] of Object.entries(readTree(user.join(".clawback")))) {
      expect(body.includes(SECRET) || path.includes(SECRET), path).toBe(false);
    }
  });

  test.each([
    ["create --verbose", 0],
    ["create --verbose --home HOME/other", 2],
  ])(
    "%s leaves the password in no process list and in nothing that is printed",
    async (line, exit) => {
      const password = { CLAWBACK_PASSWORD_COMMAND: `cat '${user.join("password")}'` };
      const env = clawbackEnvironment({ userHome: user.path, env: password });
      const words = line.replace("HOME", user.path).split(" ");
      const child = spawn(NODE, [CLAWBACK_PROGRAM, ...words], { env });
      let printed = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk) => {
          printed += chunk;
        });
      }
      let seen = "";
      const watch = setInterval(() => {
        seen += spawnSync("ps", ["-A", "-ww", "-o", "args="]).stdout;
      }, 50);
      const code = await new Promise((resolve) => child.once("close", resolve));
      clearInterval(watch);
      expect(code).toBe(exit);
      expect(printed).toMatch(exit === 0 ? /encrypted/ : /no storage is configured/);
      expect(printed).not.toContain(SECRET);
      expect(seen).toContain("create --verbose");
      expect(seen).not.toContain(SECRET);
    },
  );

  test("to a public key of gpg's: gpg and --key-file open it, a password and other keys do not", async () => {
    const made = await program().json<Created>([
      ...["create", "to-key", "--recipient", user.join("public.asc")],
    ]);
    const archive = join(objectsOf(made.id), "archive.tar.gz.gpg");
    expect(gunzipSync(decrypt(archive, KEY_PASSWORD)).includes("workspace/MEMORY.md")).toBe(true);
    // The key is locked by a password of its own.
    const holder = program({ CLAWBACK_PASSWORD: KEY_PASSWORD });
    const key = ["--key-file", user.join("secret.asc")];
    expect(await holder.json(["verify", "to-key", ...key])).toMatchObject({ ok: true });
    const target = user.join("by-key");
    await holder.json(["restore", "to-key", "--target", target, ...key]);
    expect(readTree(join(target, ".openclaw", "workspace", "notes"))).toEqual(
      readTree(user.join(".openclaw", "workspace", "notes")),
    );
    expect((await holder.run("verify", "to-key")).code).toBe(12);
    expect((await withPassword().run("verify", "to-key", ...key)).code).toBe(12);

    // Taken elsewhere as a file, and in again.
    const file = user.join("to-key.tar.gz.gpg");
    await program().json(["export", "to-key", file]);
    await program().json(["storage", "add", "second", "--path", user.join("second")]);
    const imported = ["import", file, "again", "--storage", "second", ...key];
    expect(await holder.json(imported)).toMatchObject({ id: made.id, encrypted: true });
    const again = ["show", "again", "--storage", "second", ...key];
    const { files } = await holder.json<{ files: { path: string }[] }>(again);
    expect(files.some(({ path }) => path.endsWith("workspace/MEMORY.md"))).toBe(true);
  });

  test("to a password and a public key at once: either opens it", async () => {
    const made = await withPassword().json<Created>([
      ...["create", "both", "--only-config", "--recipient", user.join("public.asc")],
    ]);
    const archive = join(objectsOf(made.id), "archive.tar.gz.gpg");
    for (const password of [SECRET, KEY_PASSWORD]) {
      expect(gunzipSync(decrypt(archive, password)).includes("openclaw.json")).toBe(true);
    }
    const key = ["--key-file", user.join("secret.asc")];
    const holder = program({ CLAWBACK_PASSWORD: KEY_PASSWORD });
    expect(await holder.json(["verify", "both", ...key])).toMatchObject({ ok: true });
    expect(await withPassword().json(["verify", "both"])).toMatchObject({ ok: true });
  });
});

import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decryptStream, encryptStream, isOpenPgp } from "../../lib/archive/index.ts";
import { Secret } from "../../lib/base/index.ts";
import { chunksOf, readAll } from "../helpers/chunks.ts";
import { describeWith, partPath } from "../helpers/parts.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const PLAIN = Buffer.concat([randomBytes(1_500_000), Buffer.alloc(1_500_000, "text ")]);

describeWith("gpg", "released gpg", () => {
  let temp: TempDir;
  let publicKey: Buffer;
  let privateKey: Buffer;
  beforeAll(async () => {
    temp = await tempDir();
    gpg([
      "--passphrase",
      "",
      "--quick-generate-key",
      "backup@example.org",
      "rsa2048",
      "encr",
      "never",
    ]);
    publicKey = gpg(["--export", "backup@example.org"]);
    privateKey = gpg(["--passphrase", "", "--armor", "--export-secret-keys", "backup@example.org"]);
  });
  afterAll(async () => {
    spawnSync("gpgconf", ["--homedir", temp.path, "--kill", "all"]);
    await temp[Symbol.asyncDispose]();
  });

  function run(args: readonly string[], input?: Uint8Array) {
    const common = [
      "--homedir",
      temp.path,
      "--batch",
      "--yes",
      "--quiet",
      "--pinentry-mode",
      "loopback",
    ];
    return spawnSync(partPath("gpg"), [...common, ...args], { input, maxBuffer: 1 << 28 });
  }
  function gpg(args: readonly string[], input?: Uint8Array): Buffer {
    const { status, stdout, stderr } = run(args, input);
    if (status !== 0) throw new Error(stderr.toString());
    return stdout;
  }
  const encrypt = (passphrases: string[], publicKeys: Uint8Array[]) =>
    readAll(
      encryptStream(chunksOf(PLAIN), {
        passphrases: passphrases.map((text) => new Secret(text)),
        publicKeys,
      }),
    );
  const decrypt = (bytes: Uint8Array, passphrases: string[], privateKeys: Uint8Array[] = []) =>
    readAll(
      decryptStream(chunksOf(bytes), {
        passphrases: passphrases.map((text) => new Secret(text)),
        privateKeys,
      }),
    );

  test("opens ours with the passphrase, and says that it is AES-256 with an integrity code", async () => {
    const bytes = await encrypt(["sécret 日本"], []);
    expect(gpg(["--passphrase", "sécret 日本", "--decrypt"], bytes).equals(PLAIN)).toBe(true);
    const packets = gpg(["--passphrase", "sécret 日本", "--list-packets"], bytes).toString();
    expect(packets).toMatch(/symkey enc packet: version 4, cipher 9,.*s2k 3/);
    expect(packets).toMatch(/mdc_method: 2/);
    expect(packets).not.toMatch(/compressed packet/);
  });

  test("opens ours with its private key, also when there is a passphrase beside it", async () => {
    for (const passphrases of [[], ["other"]]) {
      const bytes = await encrypt(passphrases, [publicKey]);
      expect(gpg(["--decrypt"], bytes).equals(PLAIN)).toBe(true);
    }
  });

  test("refuses ours with a wrong passphrase, and when it was changed or cut", async () => {
    const bytes = await encrypt(["right"], []);
    expect(run(["--passphrase", "wrong", "--decrypt"], bytes).status).not.toBe(0);
    const flipped = Buffer.from(bytes);
    flipped[1_000_000] = (flipped[1_000_000] as number) ^ 1;
    for (const damaged of [flipped, bytes.subarray(0, -1)]) {
      expect(run(["--passphrase", "right", "--decrypt"], damaged).status).not.toBe(0);
    }
  });

  test.each([
    ["as it comes", []],
    ["not compressed", ["--compress-algo", "none"]],
    ["with zlib", ["--compress-algo", "zlib"]],
    ["with bzip2", ["--compress-algo", "bzip2"]],
    ["armored", ["--armor"]],
    ["with AES-128", ["--cipher-algo", "AES128"]],
    [
      "with a session key of its own",
      ["--cipher-algo", "AES256", "--recipient", "backup@example.org", "--encrypt"],
    ],
  ])("makes messages by passphrase that we open, %s", async (_, flags) => {
    const bytes = gpg(["--passphrase", "right", "--symmetric", ...flags], PLAIN);
    expect(isOpenPgp(bytes.subarray(0, 64))).toBe(true);
    expect((await decrypt(bytes, ["right"])).equals(PLAIN)).toBe(true);
    await expect(decrypt(bytes, ["wrong"])).rejects.toMatchObject({ code: "wrong-password" });
    const flipped = Buffer.from(bytes);
    flipped[bytes.length - 1000] = (flipped[bytes.length - 1000] as number) ^ 1;
    await expect(decrypt(flipped, ["right"])).rejects.toMatchObject({ code: "data-corrupt" });
    await expect(decrypt(bytes.subarray(0, -2000), ["right"])).rejects.toMatchObject({
      code: "data-corrupt",
    });
  });

  test("makes messages of rare ciphers that we open, where a wrong passphrase and damage look the same", async () => {
    for (const cipher of ["TWOFISH", "CAST5", "3DES"]) {
      const bytes = gpg(["--passphrase", "right", "--cipher-algo", cipher, "--symmetric"], PLAIN);
      expect((await decrypt(bytes, ["right"])).equals(PLAIN)).toBe(true);
      await expect(decrypt(bytes, ["wrong"])).rejects.toMatchObject({ code: "wrong-password" });
    }
  });

  test("makes messages by public key that we open with its exported private key", async () => {
    const bytes = gpg(
      ["--trust-model", "always", "--recipient", "backup@example.org", "--encrypt"],
      PLAIN,
    );
    expect((await decrypt(bytes, [], [privateKey])).equals(PLAIN)).toBe(true);
    await expect(decrypt(bytes, ["x"])).rejects.toMatchObject({ code: "wrong-password" });
  });

  test("opens what streams through a pipe", async () => {
    const bytes = await encrypt(["right"], []);
    const piped = execFileSync(
      "sh",
      [
        "-c",
        'cat | "$0" --homedir "$1" --batch --quiet --pinentry-mode loopback --passphrase right --decrypt | wc -c',
        partPath("gpg"),
        temp.path,
      ],
      { input: bytes },
    );
    expect(Number(piped)).toBe(PLAIN.length);
  });
});

import { randomBytes } from "node:crypto";
import * as openpgp from "openpgp";
import { encryptSessionKey, generateKey } from "openpgp";
import { beforeAll, describe, expect, test } from "vitest";
import { decryptStream, encryptStream, isOpenPgp } from "../../../../lib/archive/index.ts";
import { Secret } from "../../../../lib/base/index.ts";
import { chunksOf, readAll } from "../../../helpers/chunks.ts";

const PLAIN = Buffer.concat([Buffer.from("start"), randomBytes(100_000), Buffer.alloc(50_000)]);
const secret = (text: string): Secret => new Secret(text);
const encrypt = (
  plain: Uint8Array,
  passphrases: string[],
  publicKeys: Uint8Array[] = [],
  chunkSize = 50_000,
) =>
  readAll(
    encryptStream(chunksOf(plain, chunkSize), { passphrases: passphrases.map(secret), publicKeys }),
  );
const decrypt = (
  bytes: Uint8Array,
  passphrases: string[],
  privateKeys: Uint8Array[] = [],
  chunkSize = 50_000,
) =>
  readAll(
    decryptStream(chunksOf(bytes, chunkSize), {
      passphrases: passphrases.map(secret),
      privateKeys,
    }),
  );

const identity = (passphrase = "") =>
  generateKey({
    userIDs: [{ name: "test" }],
    format: "armored",
    ...(passphrase ? { passphrase } : {}),
  });
const bytesOf = (armored: string): Uint8Array => Buffer.from(armored);

let message: Buffer;
beforeAll(async () => {
  message = await encrypt(PLAIN, ["correct"]);
});

describe("encryptStream and decryptStream", () => {
  test("give back what went in, for each of several passphrases", async () => {
    const bytes = await encrypt(PLAIN, ["first", "sécond ", "日本"]);
    expect(isOpenPgp(bytes.subarray(0, 32))).toBe(true);
    for (const passphrase of ["first", "sécond ", "日本"]) {
      expect((await decrypt(bytes, ["wrong", passphrase])).equals(PLAIN)).toBe(true);
    }
  });

  test("give it back for a public key, and for a passphrase beside it", async () => {
    const { publicKey, privateKey } = await identity();
    const bytes = await encrypt(PLAIN, ["pass"], [bytesOf(publicKey)]);
    expect((await decrypt(bytes, [], [bytesOf(privateKey)])).equals(PLAIN)).toBe(true);
    expect((await decrypt(bytes, ["pass"])).equals(PLAIN)).toBe(true);
    expect((await decrypt(bytes, ["wrong"], [bytesOf(privateKey)])).equals(PLAIN)).toBe(true);
  });

  test("unlock a private key with whichever passphrase fits", async () => {
    const { publicKey, privateKey } = await identity("lock");
    const bytes = await encrypt(PLAIN, [], [bytesOf(publicKey)]);
    expect((await decrypt(bytes, ["wrong", "lock"], [bytesOf(privateKey)])).equals(PLAIN)).toBe(
      true,
    );
    await expect(decrypt(bytes, ["wrong"], [bytesOf(privateKey)])).rejects.toMatchObject({
      code: "wrong-password",
    });
  });

  test.each([0, 1, 511, 70_000])("take %d bytes, one at a time or at once", async (length) => {
    const plain = PLAIN.subarray(0, length);
    const bytes = await encrypt(plain, ["x"], [], length > 1000 ? 999 : 1);
    expect((await decrypt(bytes, ["x"], [], length > 1000 ? 997 : 1)).equals(plain)).toBe(true);
  });

  test("stream: what went in comes out before all of it is there", async () => {
    let given = 0;
    const source = (async function* () {
      for (; given < 100; given++) yield randomBytes(100_000);
    })();
    for await (const _ of encryptStream(source, { passphrases: [secret("x")], publicKeys: [] }))
      break;
    expect(given).toBeLessThan(20);
    let read = 0;
    const long = await encrypt(Buffer.alloc(10_000_000), ["x"]);
    const counted = (async function* () {
      for await (const chunk of chunksOf(long, 65_536)) {
        read += chunk.length;
        yield chunk;
      }
    })();
    for await (const chunk of decryptStream(counted, {
      passphrases: [secret("x")],
      privateKeys: [],
    })) {
      if (chunk.length > 0) break;
    }
    expect(read).toBeLessThan(3_000_000);
  });
});

describe("decryptStream", () => {
  test.each([["other"], [""], ["Correct"], ["correct "]])(
    "refuses the passphrase %j",
    async (passphrase) => {
      await expect(decrypt(message, [passphrase])).rejects.toMatchObject({
        code: "wrong-password",
        exitCode: 12,
      });
    },
  );

  test("takes a wrong passphrase that leads to a key of another cipher for what it is", async () => {
    // One wrong passphrase in 256 does: its first byte then names Twofish, whose keys are as long.
    const data = new Uint8Array(randomBytes(32));
    const key = { data, algorithm: "twofish", passwords: "wrong", format: "binary" } as const;
    const bytes = Buffer.concat([await encryptSessionKey(key), message]);
    expect((await decrypt(bytes, ["correct"])).equals(PLAIN)).toBe(true);
    expect((await decrypt(bytes, ["wrong", "correct"])).equals(PLAIN)).toBe(true);
    await expect(decrypt(bytes, ["wrong"])).rejects.toMatchObject({ code: "wrong-password" });
  });

  test("refuses without any passphrase, and with a key that is not among the recipients", async () => {
    const { privateKey } = await identity();
    await expect(decrypt(message, [])).rejects.toMatchObject({ code: "wrong-password" });
    await expect(decrypt(message, [], [bytesOf(privateKey)])).rejects.toMatchObject({
      code: "wrong-password",
    });
  });

  test("never ends normally when the message was cut", async () => {
    const step = Math.floor(message.length / 9);
    const ends = [40, 60, 70, 100, message.length - 1, message.length - 20, message.length - 23];
    for (let end = 200; end < message.length; end += step) ends.push(end);
    for (const end of ends) {
      await expect(decrypt(message.subarray(0, end), ["correct"])).rejects.toMatchObject({
        code: expect.stringMatching(/data-corrupt|wrong-password/),
      });
    }
  });

  test("never ends normally when a bit was flipped, and does not blame the passphrase for it", async () => {
    const step = Math.floor(message.length / 9);
    const places = [message.length - 1, message.length - 21, message.length - 22];
    for (let at = 80; at < message.length; at += step) places.push(at);
    for (const at of places) {
      const flipped = Buffer.from(message);
      flipped[at] = (flipped[at] as number) ^ 1;
      await expect(decrypt(flipped, ["correct"])).rejects.toMatchObject({ code: "data-corrupt" });
    }
  });

  test("never ends normally when something was added", async () => {
    for (const more of [Buffer.from("x"), Buffer.alloc(100), message]) {
      await expect(decrypt(Buffer.concat([message, more]), ["correct"])).rejects.toMatchObject({
        code: "data-corrupt",
      });
    }
  });

  test("does not take other things for a message", async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from("hello"), Buffer.from([0x1f, 0x8b, 8])]) {
      await expect(decrypt(bytes, ["x"])).rejects.toMatchObject({ code: "unsupported-format" });
    }
  });

  test("passes on what its source throws, and closes it when its consumer leaves", async () => {
    const failure = new Error("connection lost");
    for (const after of [0, 30, 200, 100_000]) {
      const source = (async function* () {
        yield message.subarray(0, after);
        throw failure;
      })();
      const options = { passphrases: [secret("correct")], privateKeys: [] };
      await expect(readAll(decryptStream(source, options))).rejects.toBe(failure);
    }
    let isClosed = false;
    const source = (async function* () {
      try {
        yield* chunksOf(message, 10_000);
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of decryptStream(source, {
      passphrases: [secret("correct")],
      privateKeys: [],
    }))
      break;
    expect(isClosed).toBe(true);
  });
});

describe("decryptStream, of messages with AEAD,", () => {
  test("opens them, and notices damage and a wrong passphrase", async () => {
    const bytes = await openpgp.encrypt({
      message: await openpgp.createMessage({ binary: new Uint8Array(PLAIN) }),
      passwords: "right",
      format: "binary",
      config: { aeadProtect: true, s2kIterationCountByte: 0, s2kType: openpgp.enums.s2k.iterated },
    });
    expect((await decrypt(bytes, ["wrong", "right"])).equals(PLAIN)).toBe(true);
    await expect(decrypt(bytes, ["wrong"])).rejects.toMatchObject({ code: "wrong-password" });
    for (const at of [200, 100_000, bytes.length - 1]) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] as number) ^ 1;
      await expect(decrypt(flipped, ["right"])).rejects.toMatchObject({ code: "data-corrupt" });
      await expect(decrypt(bytes.subarray(0, at), ["right"])).rejects.toMatchObject({
        code: "data-corrupt",
      });
    }
  });
});

describe("encryptStream", () => {
  test("refuses without recipients, and keys that are none", async () => {
    const { privateKey } = await identity();
    await expect(encrypt(PLAIN, [])).rejects.toMatchObject({ code: "invalid-argument" });
    await expect(encrypt(PLAIN, [], [Buffer.from("no key")])).rejects.toMatchObject({
      code: "invalid-argument",
    });
    const expired = await generateKey({
      userIDs: [{ name: "old" }],
      date: new Date("2020-01-01"),
      keyExpirationTime: 60,
    });
    await expect(encrypt(PLAIN, [], [bytesOf(expired.publicKey)])).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining("cannot encrypt"),
    });
    // A private key has its public half.
    const bytes = await encrypt(PLAIN, [], [bytesOf(privateKey)]);
    expect((await decrypt(bytes, [], [bytesOf(privateKey)])).equals(PLAIN)).toBe(true);
  });

  test("passes on what its source throws, and closes it when its consumer leaves", async () => {
    const failure = new Error("disk on fire");
    const failing = (async function* () {
      yield PLAIN;
      throw failure;
    })();
    const options = { passphrases: [secret("x")], publicKeys: [] };
    await expect(readAll(encryptStream(failing, options))).rejects.toBe(failure);
    let isClosed = false;
    const source = (async function* () {
      try {
        for (;;) yield PLAIN;
      } finally {
        isClosed = true;
      }
    })();
    for await (const _ of encryptStream(source, options)) break;
    expect(isClosed).toBe(true);
  });
});

import { createCipheriv, createHash, randomBytes } from "node:crypto";
import { deflateRawSync, deflateSync } from "node:zlib";
import { encryptSessionKey } from "openpgp";
import { beforeAll, describe, expect, test } from "vitest";
import { decryptStream } from "../../../../lib/archive/index.ts";
import { Secret } from "../../../../lib/base/index.ts";
import { chunksOf, readAll } from "../../../helpers/chunks.ts";

const KEY = randomBytes(32);
const TEXT = Buffer.from("the content ".repeat(200));
let sessionKey: Uint8Array;
beforeAll(async () => {
  const key = { data: new Uint8Array(KEY), algorithm: "aes256", passwords: "right" } as const;
  // As few rounds as there can be, or every test would wait for them.
  const config = { s2kIterationCountByte: 0 };
  sessionKey = await encryptSessionKey({ ...key, format: "binary", config });
});

/** A packet whose body comes in parts of 512 bytes. */
function inParts(tag: number, body: Uint8Array): Buffer {
  const pieces: Uint8Array[] = [Uint8Array.of(0xc0 | tag)];
  let at = 0;
  for (; body.length - at > 512; at += 512)
    pieces.push(Uint8Array.of(0xe9), body.subarray(at, at + 512));
  const last = body.subarray(at);
  pieces.push(Uint8Array.of(0xff, 0, 0, last.length >> 8, last.length & 0xff), last);
  return Buffer.concat(pieces);
}

function packet(tag: number, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  return Buffer.concat([Uint8Array.of(0xc0 | tag, 0xff), length, body]);
}

/** The old form without a length: to the end of what is around it. */
const endless = (tag: number, body: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(0x83 | (tag << 2)), body]);

const literal = (body: Uint8Array): Buffer =>
  packet(11, Buffer.concat([Buffer.from("b\x04name\0\0\0\0"), body]));
const compressed = (algorithm: number, body: Uint8Array): Buffer =>
  Buffer.concat([Uint8Array.of(algorithm), body]);

/** A whole message around decrypted packets, which may be anything. */
function message(plain: Uint8Array, form: "packet" | "parts" = "parts"): Buffer {
  const prefix = randomBytes(16);
  const hashed = Buffer.concat([prefix, prefix.subarray(14), plain, Uint8Array.of(0xd3, 0x14)]);
  const code = createHash("sha1").update(hashed).digest();
  const cipher = createCipheriv("aes-256-cfb", KEY, Buffer.alloc(16));
  const body = Buffer.concat([Uint8Array.of(1), cipher.update(hashed), cipher.update(code)]);
  const data = form === "parts" ? inParts(18, body) : packet(18, body);
  return Buffer.concat([sessionKey, data]);
}

const decrypt = (bytes: Uint8Array, chunkSize = 10_000, passphrase = "right") =>
  readAll(
    decryptStream(chunksOf(bytes, chunkSize), {
      passphrases: [new Secret(passphrase)],
      privateKeys: [],
    }),
  );

const signature = packet(2, randomBytes(300));
const GOOD: readonly [string, () => Uint8Array][] = [
  ["in one packet", () => message(literal(TEXT), "packet")],
  ["in parts", () => message(literal(TEXT), "parts")],
  [
    "whose content has no length",
    () => message(endless(11, Buffer.concat([Buffer.from("b\0\0\0\0\0"), TEXT]))),
  ],
  [
    "whose content comes in parts",
    () => message(inParts(11, Buffer.concat([Buffer.from("b\0\0\0\0\0"), TEXT]))),
  ],
  [
    "with signatures around the content",
    () => message(Buffer.concat([packet(4, randomBytes(13)), literal(TEXT), signature])),
  ],
  [
    "with a marker and padding",
    () =>
      message(
        Buffer.concat([packet(10, Buffer.from("PGP")), literal(TEXT), packet(21, randomBytes(99))]),
      ),
  ],
  ["compressed by deflate", () => message(packet(8, compressed(1, deflateRawSync(literal(TEXT)))))],
  ["compressed by zlib", () => message(endless(8, compressed(2, deflateSync(literal(TEXT)))))],
  ["compressed by nothing", () => message(packet(8, compressed(0, literal(TEXT))))],
  [
    "compressed twice",
    () =>
      message(
        packet(
          8,
          compressed(2, deflateSync(packet(8, compressed(1, deflateRawSync(literal(TEXT)))))),
        ),
      ),
  ],
];

describe("decryptStream", () => {
  test.each(GOOD)("reads a message %s, in chunks of any size", async (_, make) => {
    const bytes = make();
    for (const chunkSize of [1, 7, 512, 10_000]) {
      expect((await decrypt(bytes, chunkSize)).equals(TEXT)).toBe(true);
    }
  });

  test.each(GOOD)(
    "never ends normally, and never waits, when a message %s was cut or changed anywhere",
    async (_, make) => {
      const bytes = make();
      const begin = sessionKey.length;
      for (let at = begin; at < bytes.length; at += at < begin + 90 ? 1 : 131) {
        await expect(decrypt(bytes.subarray(0, at))).rejects.toMatchObject({ name: "BackupError" });
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
        await expect(decrypt(flipped)).rejects.toMatchObject({
          code: expect.not.stringMatching("internal"),
        });
      }
    },
  );

  test.each([
    ["is empty", Buffer.alloc(0)],
    ["is no packet", Buffer.from("hello world")],
    ["is a key", packet(6, randomBytes(50))],
    ["is another encrypted message", packet(18, randomBytes(50))],
    ["is two contents", Buffer.concat([literal(TEXT), literal(TEXT)])],
    [
      "is two compressed contents",
      Buffer.concat([packet(8, compressed(0, literal(TEXT))), literal(TEXT)]),
    ],
    ["holds no content", signature],
    ["is cut short", literal(TEXT).subarray(0, -5)],
    ["has a name longer than itself", packet(11, Buffer.from("b\xffx", "latin1"))],
    ["has a signature without end", packet(2, randomBytes(300_000))],
    [
      "is compressed four times",
      [1, 2, 3, 4].reduce((inner) => packet(8, compressed(0, inner)), literal(TEXT)),
    ],
    [
      "has something behind its compressed data",
      packet(8, compressed(2, Buffer.concat([deflateSync(literal(TEXT)), Buffer.from("x")]))),
    ],
    [
      "is compressed data cut short",
      packet(8, compressed(2, deflateSync(literal(TEXT)).subarray(0, -6))),
    ],
  ])("refuses a message that fits its integrity code and %s", async (_, plain) => {
    await expect(decrypt(message(plain))).rejects.toMatchObject({ code: "data-corrupt" });
  });

  test("refuses an unknown compression, and data without protection", async () => {
    await expect(decrypt(message(packet(8, compressed(9, literal(TEXT)))))).rejects.toMatchObject({
      code: "unsupported-format",
    });
    const unprotected = Buffer.concat([sessionKey, packet(9, randomBytes(2000))]);
    await expect(decrypt(unprotected)).rejects.toMatchObject({ code: "unsupported-format" });
  });

  test("ends for hundreds of pieces of rubbish", async () => {
    for (let i = 0; i < 200; i++) {
      for (const bytes of [
        message(randomBytes(700)),
        Buffer.concat([sessionKey, randomBytes(700)]),
      ]) {
        // Rubbish with a code that fits may be a content by chance.
        const outcome = await decrypt(bytes).catch((error: unknown) => error);
        if (!Buffer.isBuffer(outcome)) expect(outcome).toMatchObject({ name: "BackupError" });
      }
    }
  });

  test("holds no more than a few kilobytes back", async () => {
    const long = message(literal(Buffer.alloc(3_000_000, 1)));
    let read = 0;
    const source = (async function* () {
      for await (const chunk of chunksOf(long, 4096)) {
        read += chunk.length;
        yield chunk;
      }
    })();
    for await (const _ of decryptStream(source, {
      passphrases: [new Secret("right")],
      privateKeys: [],
    }))
      break;
    expect(read).toBeLessThan(20_000);
  });
});

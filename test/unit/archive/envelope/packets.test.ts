import { describe, expect, test } from "vitest";
import { readMessageStart } from "../../../../lib/archive/envelope/packets.ts";
import { isOpenPgp } from "../../../../lib/archive/index.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);
const BY_PASSPHRASE = [0xc3, 3, 4, 9, 0];
const BY_KEY_OLD_FORM = [0x84, 2, 3, 0];
const MARKER = [0xca, 3, 0x50, 0x47, 0x50];
const DATA = [0xd2, 0xee, 1];

describe("isOpenPgp", () => {
  test.each([
    ["a passphrase's session key", bytes(...BY_PASSPHRASE)],
    ["a passphrase's session key as gpg writes it", bytes(0x8c, 0x0d, 4, 9, 3)],
    ["a public key's session key", bytes(0xc1, 0xc0, 0x4c, 3)],
    ["a public key's session key in the old form", bytes(0x85, 1, 0x0c, 3)],
    ["a marker", bytes(...MARKER)],
    ["data by itself", bytes(...DATA)],
    ["armor", Buffer.from("-----BEGIN PGP MESSAGE-----\n")],
    ["armor after an empty line", Buffer.from("\r\n-----BEGIN PGP MESSAGE-----\n")],
  ])("knows %s", (_, head) => {
    expect(isOpenPgp(head)).toBe(true);
  });

  test.each([
    ["nothing", bytes()],
    ["gzip", bytes(0x1f, 0x8b, 8, 0)],
    ["zstd", bytes(0x28, 0xb5, 0x2f, 0xfd)],
    ["text", Buffer.from("hello")],
    ["a public key", bytes(0x99, 1, 0x0d, 4)],
    ["an armored key", Buffer.from("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")],
    ["another version", bytes(0xc3, 3, 9)],
    ["a lone byte", bytes(0xc3)],
    ["UTF-8 text", Buffer.from("Ãx")],
  ])("does not take %s for one", (_, head) => {
    expect(isOpenPgp(head)).toBe(false);
  });
});

describe("readMessageStart", () => {
  const head = bytes(...MARKER, ...BY_KEY_OLD_FORM, ...BY_PASSPHRASE, ...DATA, 7, 7);

  test("finds the session keys and the data behind them", async () => {
    expect(await readMessageStart(head)).toEqual({
      sessionKeys: [
        { tag: 1, body: Buffer.from([3, 0]) },
        { tag: 3, body: Buffer.from([4, 9, 0]) },
      ],
      tag: 18,
      data: bytes(1, 7, 7),
    });
  });

  test("gives nothing, or fails, as long as it has not seen enough", async () => {
    for (let end = 0; end < head.length - 3; end++) {
      const start = await readMessageStart(head.subarray(0, end)).catch((error: unknown) => error);
      if (start instanceof Error) expect(start).toMatchObject({ code: "data-corrupt" });
      else if (start !== undefined)
        expect(start).toMatchObject({ tag: 18, data: new Uint8Array(0) });
    }
  });

  test.each([
    ["two bytes", [0xc1, 192, 8], 200],
    ["five bytes", [0xc1, 255, 0, 0, 1, 0], 256],
    ["two bytes in the old form", [0x85, 1, 0], 256],
    ["four bytes in the old form", [0x86, 0, 0, 1, 0], 256],
  ])("reads a length of %s", async (_, start, length) => {
    const message = bytes(...start, ...Array<number>(length).fill(5), ...DATA);
    const { sessionKeys = [] } = (await readMessageStart(message)) ?? {};
    expect(sessionKeys.map(({ tag, body }) => [tag, body.length])).toEqual([[1, length]]);
  });

  test("refuses what begins as no packet, and a session key without end", async () => {
    await expect(readMessageStart(bytes(...MARKER, 0x20))).rejects.toMatchObject({
      code: "data-corrupt",
    });
    const long = Buffer.concat([bytes(0xc1, 255, 0, 8, 0, 0), Buffer.alloc(0x80000)]);
    await expect(readMessageStart(long)).rejects.toMatchObject({ code: "data-corrupt" });
  });
});

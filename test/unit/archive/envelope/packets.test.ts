import { describe, expect, test } from "vitest";
import { findEncryptedData } from "../../../../lib/archive/envelope/packets.ts";
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

describe("findEncryptedData", () => {
  const head = bytes(...MARKER, ...BY_KEY_OLD_FORM, ...BY_PASSPHRASE, ...DATA, 7, 7);

  test("finds the data behind the session keys", () => {
    expect(findEncryptedData(head)).toEqual({ offset: head.length - 2, version: 1 });
  });

  test("asks for more until it has seen enough", () => {
    for (let end = 0; end < head.length - 2; end++) {
      expect(findEncryptedData(head.subarray(0, end))).toBe("more");
    }
  });

  test("reads lengths of every form", () => {
    const long = (start: number[], length: number) =>
      bytes(...start, ...Array(length).fill(0), ...DATA);
    expect(findEncryptedData(long([0xc1, 192, 8], 200))).toEqual({ offset: 206, version: 1 });
    expect(findEncryptedData(long([0xc1, 255, 0, 0, 1, 0], 256))).toEqual({
      offset: 265,
      version: 1,
    });
    expect(findEncryptedData(long([0x85, 1, 0], 256))).toEqual({ offset: 262, version: 1 });
    expect(findEncryptedData(long([0x86, 0, 0, 1, 0], 256))).toEqual({ offset: 264, version: 1 });
  });

  test("gives up on what is built in another way", () => {
    expect(findEncryptedData(bytes(0xc1, 0xe0, 3))).toBeUndefined();
    expect(findEncryptedData(bytes(0xd4, 3, 1, 9))).toBe("more");
    expect(findEncryptedData(bytes(0x99, 1, 0, 4, 0, 0, 0, 0))).toBeUndefined();
    expect(findEncryptedData(Buffer.alloc(100))).toBeUndefined();
  });
});

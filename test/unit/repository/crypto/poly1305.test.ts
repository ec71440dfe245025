import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { loadPoly1305 } from "../../../../lib/repository/crypto/index.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const IMPLEMENTATIONS = ["native", "javascript"] as const;

test.each(IMPLEMENTATIONS)("the %s Poly1305 gives the tag of RFC 8439", (implementation) => {
  const key = Buffer.from(
    "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
    "hex",
  );
  const tag = loadPoly1305(implementation)(Buffer.from("Cryptographic Forum Research Group"), key);
  expect(hex(tag)).toBe("a8061dc1305136c6c22b8baf0c0127a9");
});

test("both give the same tag for every length up to 300 bytes and around powers of two", () => {
  const native = loadPoly1305("native");
  const javascript = loadPoly1305("javascript");
  const lengths = Array.from({ length: 301 }, (_, length) => length);
  for (let power = 512; power <= 1 << 20; power *= 2) lengths.push(power - 1, power, power + 1);
  for (const length of lengths) {
    const message = randomBytes(length + 3).subarray(3);
    const key = randomBytes(32);
    expect(hex(native(message, key)), `${length} bytes`).toBe(hex(javascript(message, key)));
  }
});

test("both give the same tag for extreme keys and messages", () => {
  const extremes = [0x00, 0x01, 0x7f, 0x80, 0xff];
  for (const keyByte of extremes) {
    for (const messageByte of extremes) {
      const key = Buffer.alloc(32, keyByte);
      const message = Buffer.alloc(257, messageByte);
      expect(hex(loadPoly1305("native")(message, key))).toBe(
        hex(loadPoly1305("javascript")(message, key)),
      );
    }
  }
});

test.each(IMPLEMENTATIONS)("the %s Poly1305 takes keys clamped or not as the same", (which) => {
  const key = randomBytes(32);
  const clamped = Buffer.from(key);
  for (const at of [3, 7, 11, 15]) clamped[at] = (clamped[at] ?? 0) & 0x0f;
  for (const at of [4, 8, 12]) clamped[at] = (clamped[at] ?? 0) & 0xfc;
  const message = randomBytes(1000);
  expect(hex(loadPoly1305(which)(message, key))).toBe(hex(loadPoly1305(which)(message, clamped)));
});

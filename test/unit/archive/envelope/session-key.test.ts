import { createCipheriv, randomBytes } from "node:crypto";
import type { SessionKey } from "openpgp";
import { expect, test } from "vitest";
import { chooseSessionKeys } from "../../../../lib/archive/envelope/session-key.ts";

const right: SessionKey = { data: randomBytes(32), algorithm: "aes256" };
const prefix = randomBytes(16);
const start = createCipheriv("aes-256-cfb", right.data, Buffer.alloc(16)).update(
  Buffer.concat([prefix, prefix.subarray(14), Buffer.from("rest")]),
);
const wrong = Array.from(
  { length: 3 },
  (): SessionKey => ({ data: randomBytes(32), algorithm: "aes256" }),
);
const odd: SessionKey = { data: randomBytes(32), algorithm: "twofish" };

test.each([
  ["the right key among wrong ones", [...wrong, right, odd], start, [right], true],
  ["none when all are wrong", wrong, start, [], false],
  ["keys that it cannot check, for want of better ones", [...wrong, odd], start, [odd], false],
  [
    "every key when there is nothing to check them against",
    [...wrong, right],
    undefined,
    [...wrong, right],
    false,
  ],
  ["every key when the data is too short", [right], start.subarray(0, 10), [right], false],
])("chooseSessionKeys gives %s", (_, keys, data, ...[chosen, areCertain]) => {
  expect(chooseSessionKeys(keys, data)).toEqual({ keys: chosen, areCertain });
});

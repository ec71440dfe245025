import { expect, test } from "vitest";
import { appendMark, listMarks } from "../../../lib/catalog/index.ts";
import { summarize, summarizeMarks } from "../../../lib/catalog/marks.ts";
import { MemoryStorage } from "../../../lib/storage/index.ts";
import { faultyStorage } from "../../helpers/faulty-storage.ts";
import { idAt, keysIn, utf8 } from "./stored.ts";

const ID = idAt("2026-11-21T03:00:00Z");
const backup = { instance: "box", id: ID };
const at = (time: string) => `2026-11-21T${time}Z`;

test("a mark is an object whose name tells its kind and time", async () => {
  const storage = new MemoryStorage();
  const detail = { files: 3 };
  await appendMark(storage, backup, { kind: "verified", at: at("03:05:12.042"), detail });
  expect(await keysIn(storage)).toEqual([`box/marks/${ID}/verified-20261121T030512.042Z.json`]);
  const body = await storage.get(`box/marks/${ID}/verified-20261121T030512.042Z.json`, 1000);
  expect(JSON.parse(new TextDecoder().decode(body))).toEqual({
    kind: "verified",
    at: at("03:05:12.042"),
    detail,
  });
});

test("marks are listed oldest first without reading any", async () => {
  const memory = new MemoryStorage();
  const storage = faultyStorage(memory, []);
  for (const time of ["05:00:00.000", "04:00:00.000", "06:00:00.000"]) {
    await appendMark(memory, backup, { kind: "verified", at: at(time) });
  }
  await appendMark(memory, backup, { kind: "drill", at: at("04:30:00.000") });
  const marks = await listMarks(storage, backup);
  expect(marks.map((mark) => [mark.kind, mark.at.slice(11, 16)])).toEqual([
    ["verified", "04:00"],
    ["drill", "04:30"],
    ["verified", "05:00"],
    ["verified", "06:00"],
  ]);
  expect(storage.calls.map(({ call }) => call)).toEqual(["list"]);
});

test("two writers at the same moment both leave their mark", async () => {
  const storage = new MemoryStorage();
  const marks = await Promise.all(
    [1, 2, 3].map((writer) =>
      appendMark(storage, backup, { kind: "verified", at: at("03:00:00.000"), detail: { writer } }),
    ),
  );
  expect(new Set(marks.map((mark) => mark.at)).size).toBe(3);
  expect((await listMarks(storage, backup)).length).toBe(3);
});

test("a lost answer leaves one mark, not two", async () => {
  const memory = new MemoryStorage();
  const storage = faultyStorage(memory, [{ on: "put", at: "response", error: "storage-timeout" }]);
  const mark = { kind: "verified" as const, at: at("03:00:00.000") };
  await expect(appendMark(storage, backup, mark)).rejects.toMatchObject({
    code: "storage-timeout",
  });
  await appendMark(storage, backup, mark);
  expect((await listMarks(memory, backup)).length).toBe(1);
});

test("the last of holds and releases counts", async () => {
  const storage = new MemoryStorage();
  const heldNow = async () => (await summarizeMarks(storage, "box")).get(ID)?.held ?? false;
  expect(await heldNow()).toBe(false);
  for (const [kind, expected] of [
    ["hold", true],
    ["release", false],
    ["release", false],
    ["hold", true],
  ] as const) {
    await appendMark(storage, backup, { kind, at: at("03:00:00.000") });
    expect(await heldNow()).toBe(expected);
  }
});

test("a release counts although the clock of its machine is a day late", async () => {
  const storage = new MemoryStorage();
  await appendMark(storage, backup, { kind: "hold", at: "2026-11-22T03:00:00.000Z" });
  const release = await appendMark(storage, backup, { kind: "release", at: at("03:00:00.000") });
  expect(release.at).toBe("2026-11-22T03:00:00.001Z");
  expect((await summarizeMarks(storage, "box")).get(ID)?.held).toBe(false);
});

test("of a hold and a release at one instant the hold counts", () => {
  const time = at("03:00:00.000");
  expect(
    summarize([
      { kind: "release", at: time },
      { kind: "hold", at: time },
    ]).held,
  ).toBe(true);
});

test("a verification is not dated forward", async () => {
  const storage = new MemoryStorage();
  await appendMark(storage, backup, { kind: "verified", at: "2026-11-22T03:00:00.000Z" });
  await appendMark(storage, backup, { kind: "verified", at: at("03:00:00.000") });
  expect((await summarizeMarks(storage, "box")).get(ID)?.verifiedAt).toBe(
    "2026-11-22T03:00:00.000Z",
  );
});

test("what is no mark is passed over", async () => {
  const storage = new MemoryStorage();
  const folder = `box/marks/${ID}/`;
  for (const name of [
    ...["note.txt", "hold.json", "hold-.json", "hold-20261121T030000Z.json", "hold-20261121.json"],
    ...[
      "HOLD-20261121T030000.000Z.json",
      "hold-20269921T030000.000Z.json",
      "evict-20261121T030000.000Z.json",
    ],
    ...["deeper/hold-20261121T030000.000Z.json", "hold-20261121T030000.000Z.json.tmp"],
  ]) {
    await storage.put(folder + name, utf8("{}"));
  }
  await storage.put("box/marks/hold-20261121T030000.000Z.json", utf8("{}"));
  expect(await listMarks(storage, backup)).toEqual([]);
  expect([...(await summarizeMarks(storage, "box")).keys()]).toEqual([]);
});

test("a mark whose body is broken counts all the same", async () => {
  const storage = new MemoryStorage();
  await storage.put(`box/marks/${ID}/hold-20261121T030000.000Z.json`, utf8("{"));
  expect((await summarizeMarks(storage, "box")).get(ID)?.held).toBe(true);
});

test("marks of one backup are not those of another whose id begins alike", async () => {
  const storage = new MemoryStorage();
  await storage.put(`box/marks/${ID}x/hold-20261121T030000.000Z.json`, utf8("{}"));
  await storage.put("box2/marks/x/hold-20261121T030000.000Z.json", utf8("{}"));
  expect(await listMarks(storage, backup)).toEqual([]);
  expect([...(await summarizeMarks(storage, "box")).keys()]).toEqual([`${ID}x`]);
});

test.each([
  { instance: "../x", id: ID },
  { instance: "box", id: ".." },
  { instance: "box", id: "a/b" },
])("a mark cannot be written outside its folder (%#)", async (target) => {
  const storage = new MemoryStorage();
  const mark = { kind: "hold" as const, at: at("03:00:00.000") };
  await expect(appendMark(storage, target, mark)).rejects.toMatchObject({
    code: "invalid-argument",
  });
  expect(await keysIn(storage)).toEqual([]);
});

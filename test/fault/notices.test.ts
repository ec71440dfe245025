import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createBackupId, DAY_MS, Secret, systemClock } from "../../lib/base/index.ts";
import { type Channel, notify, type Occasion, readOutbox } from "../../lib/notify/index.ts";
import { type FakeClock, fakeClock } from "../helpers/fake-clock.ts";
import { type HttpReceiver, httpReceiver } from "../helpers/receivers.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const failure = (key: string): Occasion => ({
  ...{ event: "failure", job: "snapshot", key },
  values: { why: key, time: "2026-11-21T03:00:00Z" },
});

interface Scene extends AsyncDisposable {
  readonly dir: TempDir;
  readonly receiver: HttpReceiver;
  readonly clock: FakeClock;
  readonly problems: string[];
  tell(occasions: readonly Occasion[], ids?: readonly string[]): ReturnType<typeof notify>;
}

async function scene(clock: FakeClock = fakeClock()): Promise<Scene> {
  const dir = await tempDir();
  const receiver = await httpReceiver();
  const problems: string[] = [];
  const tell = (occasions: readonly Occasion[], ids: readonly string[] = ["a"]) => {
    const channels = ids.map(
      (id): Channel => ({ id, type: "webhook", url: new Secret(`${receiver.url}/${id}`) }),
    );
    return notify(occasions, {
      ...{ directory: dir.path, channels, instance: "box", host: "vm", clock },
      createId: createBackupId,
      onProblem: (text) => problems.push(text),
    });
  };
  return {
    ...{ dir, receiver, clock, problems, tell },
    [Symbol.asyncDispose]: async () => {
      await receiver[Symbol.asyncDispose]();
      await dir[Symbol.asyncDispose]();
    },
  };
}

test("what a killed run had written down arrives with the next one", async () => {
  await using t = await scene();
  t.receiver.answer = 500;
  await t.tell([failure("disk full")]);
  // As a kill just before the first attempt leaves it.
  const path = t.dir.join("notices.json");
  const outbox = JSON.parse(readFileSync(path, "utf8"));
  outbox.waiting[0].attempts = 0;
  writeFileSync(path, JSON.stringify(outbox));
  t.receiver.answer = 200;
  expect(await t.tell([])).toMatchObject([{ channel: "a", event: "failure", ok: true }]);
  expect(readOutbox(t.dir.path).waiting).toEqual([]);
  expect(await t.tell([])).toEqual([]);
});

test("one receiver that fails keeps no other from its notice, and gets it later, once", async () => {
  await using t = await scene();
  await t.tell([failure("x")], ["a", "b"]);
  expect(t.receiver.requests.map(({ path }) => path).toSorted()).toEqual(["/a", "/b"]);
  t.receiver.answer = 500;
  await t.tell([failure("y")], ["a"]);
  t.receiver.answer = 200;
  await t.tell([failure("z")], ["a", "b"]);
  const texts = t.receiver.requests
    .slice(2)
    .map(({ path, body }) => `${path} ${JSON.parse(body).text}`);
  expect(texts.filter((text) => text.includes(": y"))).toHaveLength(2);
  expect(texts.filter((text) => text.includes(": z"))).toHaveLength(2);
});

test("runs that end at the same time tell everything, and lose nothing", async () => {
  // They wait for each other in real time.
  await using t = await scene({ ...systemClock, sleeps: [], advance: () => undefined });
  await Promise.all(Array.from({ length: 6 }, (_, i) => t.tell([failure(`reason ${i}`)])));
  const told = new Set(t.receiver.requests.map(({ body }) => JSON.parse(body).text.split("\n")[0]));
  expect(told.size).toBe(6);
  expect(readOutbox(t.dir.path).waiting).toEqual([]);
});

test("the same is told again after a day, and at once when it had ended in between", async () => {
  await using t = await scene();
  const count = () => t.receiver.requests.length;
  await t.tell([failure("failure:snapshot:x")]);
  await t.tell([failure("failure:snapshot:x")]);
  expect(count()).toBe(1);
  t.clock.advance(DAY_MS);
  await t.tell([failure("failure:snapshot:x")]);
  expect(count()).toBe(2);
  const recovery = {
    ...failure("recovery"),
    event: "recovery",
    clears: "failure:snapshot:",
  } as const;
  await t.tell([recovery]);
  await t.tell([failure("failure:snapshot:x")]);
  expect(count()).toBe(4);
});

test("what nobody takes for a week is given up and said, and so is what waits for a channel that is gone", async () => {
  await using t = await scene();
  t.receiver.answer = 500;
  await t.tell([failure("x")]);
  t.clock.advance(8 * DAY_MS);
  await t.tell([]);
  expect(t.problems.at(-1)).toContain("was given up: a did not take it for a week");
  await t.tell([failure("y")]);
  await t.tell([], ["b"]);
  expect(readOutbox(t.dir.path).waiting).toEqual([]);
});

test("where nothing can be written down, what has to be told is sent all the same", async () => {
  await using t = await scene();
  // No file can take the place of a directory with something in it.
  mkdirSync(t.dir.join("notices.json/x"), { recursive: true });
  expect(await t.tell([failure("disk full")])).toMatchObject([{ ok: true }]);
  expect(t.receiver.requests).toHaveLength(1);
  expect(t.problems[0]).toContain("notices cannot be written down, and are sent only once");
});

test.each(["junk", "[]", '{"waiting":[1,{"notice":{}}],"told":"x"}', '{"waiting":null}'])(
  "an outbox that is %s is as none",
  async (text) => {
    await using t = await scene();
    writeFileSync(t.dir.join("notices.json"), text);
    expect(readOutbox(t.dir.path)).toEqual({ waiting: [], told: [] });
    expect(await t.tell([failure("x")])).toMatchObject([{ ok: true }]);
  },
);

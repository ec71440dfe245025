import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { isBackupError } from "../../lib/base/index.ts";
import {
  asset,
  dirEntry,
  NATIVE_ROOT,
  type NativeEntry,
  nativeArchive,
  payload,
} from "../helpers/native-archive.ts";
import { bytesSource, contentOf, type Machine, machine } from "../helpers/restore-machine.ts";

/** The state directory of the machine under attack, as the archive names it, and what must stay untouched beside it. */
interface Attack {
  readonly state: string;
  readonly outside: string;
}

type Attempt = (attack: Attack) => Buffer;

/** A sound native archive of the state directory, with more entries. */
const stateWith =
  (
    more: (attack: Attack) => readonly NativeEntry[],
    manifest: (attack: Attack) => object = () => ({}),
  ): Attempt =>
  (attack) => {
    const { state } = attack;
    return nativeArchive(
      [
        dirEntry(payload(state)),
        { name: payload(`${state}/openclaw.json`), body: "{}" },
        ...more(attack),
      ],
      {
        paths: { stateDir: state },
        assets: [asset("state", state)],
        ...manifest(attack),
      },
    );
  };

const ATTACKS: Record<string, Attempt> = {
  "climbs out with dots": stateWith(() => [{ name: "payload/posix/../../../evil", body: "x" }]),
  "has a path with a NUL": stateWith(({ state }) => [
    { name: Buffer.from(`${NATIVE_ROOT}/${payload(state)}/a\0b`).toString(), body: "x" },
  ]),
  "writes through a link out of the tree": stateWith(({ state, outside }) => [
    { name: payload(`${state}/door`), flag: "2", linkname: outside },
    { name: payload(`${state}/door/evil`), body: "x" },
  ]),
  "writes through a link that comes later": stateWith(({ state, outside }) => [
    { name: payload(`${state}/door/evil`), body: "x" },
    { name: payload(`${state}/door`), flag: "2", linkname: outside },
  ]),
  "has a hard link out of the tree": stateWith(({ state, outside }) => [
    { name: payload(`${state}/hard`), flag: "1", linkname: `${outside}/secret` },
  ]),
  "has a hard link to a symbolic one": stateWith(({ state, outside }) => [
    { name: payload(`${state}/soft`), flag: "2", linkname: `${outside}/secret` },
    { name: payload(`${state}/hard`), flag: "1", linkname: payload(`${state}/soft`) },
  ]),
  "holds a device": stateWith(({ state }) => [{ name: payload(`${state}/disk`), flag: "4" }]),
  "holds a fifo": stateWith(({ state }) => [{ name: payload(`${state}/pipe`), flag: "6" }]),
  "holds a path twice": stateWith(({ state }) => [
    { name: payload(`${state}/openclaw.json`), body: "other" },
  ]),
  "has its config as a link out of the tree": ({ state, outside }) =>
    nativeArchive(
      [
        dirEntry(payload(state)),
        { name: payload(`${state}/openclaw.json`), flag: "2", linkname: `${outside}/secret` },
      ],
      {
        paths: { stateDir: state },
        assets: [asset("state", state)],
      },
    ),
  "has its workspace as a link out of the tree": stateWith(({ state, outside }) => [
    { name: payload(`${state}/workspace`), flag: "2", linkname: outside },
  ]),
  "has the agent's report as a link out of the tree": stateWith(({ state, outside }) => [
    dirEntry(payload(`${state}/workspace`)),
    {
      name: payload(`${state}/workspace/.restore-complete.json`),
      flag: "2",
      linkname: `${outside}/secret`,
    },
  ]),
  "calls a directory outside its state directory": stateWith(
    () => [],
    ({ outside }) => ({ paths: { stateDir: outside } }),
  ),
  "calls the root of the file system its state directory": stateWith(
    () => [],
    () => ({ paths: { stateDir: "/" } }),
  ),
  "calls a directory that is reached through its own link its state directory": ({
    state,
    outside,
  }) => {
    const parent = state.slice(0, state.lastIndexOf("/"));
    return nativeArchive([{ name: payload(parent), flag: "2", linkname: outside }], {
      paths: { stateDir: `${parent}/inner` },
      assets: [],
    });
  },
  "brings a tree for a directory outside that nobody asked to replace": stateWith(
    ({ outside }) => [
      dirEntry(payload(outside)),
      { name: payload(`${outside}/secret`), body: "evil" },
    ],
    ({ state, outside }) => ({
      assets: [asset("state", state), asset("workspace", outside)],
    }),
  ),
  "brings a tree around the state directory": stateWith(
    ({ state }) => [{ name: payload(`${state.slice(0, state.lastIndexOf("/"))}/evil`), body: "x" }],
    ({ state }) => {
      const parent = state.slice(0, state.lastIndexOf("/"));
      return {
        assets: [asset("state", state), asset("extra", parent)],
      };
    },
  ),
  "claims to unpack to petabytes": stateWith(({ state }) => [
    { name: payload(`${state}/huge`), size: "77777777777\0", body: "x" },
  ]),
};

async function attacked(box: Machine, attempt: Attempt): Promise<Buffer> {
  const outside = box.join("outside");
  mkdirSync(`${outside}/inner`, { recursive: true });
  writeFileSync(`${outside}/secret`, "secret");
  return attempt({
    state: box.stateDir,
    outside,
  });
}

describe("an archive made to harm", () => {
  test.each(Object.entries(ATTACKS))(
    "that %s changes nothing outside the state directory",
    async (_, attempt) => {
      await using box = await machine();
      const source = bytesSource(await attacked(box, attempt));
      const before = contentOf(box.base.path);
      const elsewhere = await tryRestore(() => box.restore(source, { target: box.join("target") }));
      expectUntouched(box, before, elsewhere);
      const inPlace = await tryRestore(() => box.restore(source));
      expectUntouched(box, before, inPlace);
      expect(readdirSync(box.join("user")).filter((name) => name.includes("stage"))).toEqual([]);
      expect(
        readdirSync(box.join("home/restore")).filter((name) => name.includes("journal")),
      ).toEqual([]);
    },
  );

  test("brings no setuid, setgid or sticky bits, and no file that its owner cannot read", async () => {
    await using box = await machine();
    const source = bytesSource(
      await attacked(
        box,
        stateWith(({ state }) => [
          { name: payload(`${state}/tool`), mode: 0o6755, body: "x" },
          { name: payload(`${state}/locked`), mode: 0, body: "x" },
          { name: `${payload(`${state}/shared`)}/`, mode: 0o3777, flag: "5" },
        ]),
      ),
    );
    await box.restore(source);
    const modeOf = (name: string) => statSync(`${box.stateDir}/${name}`).mode & 0o7777;
    expect(modeOf("tool")).toBe(0o755);
    expect(modeOf("locked")).toBe(0o600);
    expect(modeOf("shared")).toBe(0o777);
  });
});

async function tryRestore(restore: () => Promise<unknown>): Promise<boolean> {
  try {
    await restore();
    return true;
  } catch (error) {
    expect(isBackupError(error), String(error)).toBe(true);
    expect(error).not.toMatchObject({ code: "internal" });
    return false;
  }
}

/** Apart from the state directory, its former self and a target, all is as it was; and the former self is whole. */
function expectUntouched(
  box: Machine,
  before: Record<string, unknown>,
  wasRestored: boolean,
): void {
  const isOurs = (path: string) => /^(user\/\.openclaw(\/|\.pre-restore|$)|target|home)/.test(path);
  const now = contentOf(box.base.path);
  const others = (all: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(all).filter(([path]) => !isOurs(path)));
  expect(others(now)).toEqual(others(before));
  const states = (all: Record<string, unknown>) =>
    Object.entries(all)
      .filter(([path]) => path.startsWith("user/.openclaw"))
      .map(([path, entry]) => [path.replace(/^user\/\.openclaw(\.pre-restore-[^/]*)?/, ""), entry]);
  if (!wasRestored) expect(states(now)).toEqual(states(before));
}

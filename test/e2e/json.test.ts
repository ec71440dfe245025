import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeSample } from "../../lib/app/sample.ts";
import type { CommandDefinition } from "../../lib/cli/command.ts";
import { COMMANDS } from "../../lib/cli/index.ts";
import { type Clawback, clawback } from "../helpers/clawback.ts";
import {
  backup,
  bytes,
  capturePlan,
  created,
  omission,
  restored,
  restorePlan,
  rollbackPlan,
  rolledBack,
  sha256,
  storage,
  time,
} from "../helpers/json-shapes.ts";
import { type TempDir, tempDir } from "../helpers/temp-dir.ts";

const PASSWORD = "--password-file HOME/password";
const counted = z.looseObject({ count: bytes, bytes });
const prunePlan = z.looseObject({
  snapshots: bytes,
  blobs: z.looseObject({ used: counted, unused: counted, duplicate: counted }),
  packs: z.looseObject({ keep: counted, repack: counted, remove: counted, delete: counted }),
});

/** Each command in an order in which all of them work, and the shape of its answer. */
const ANSWERS: readonly (readonly [line: string, shape: z.ZodType])[] = [
  [
    "init --instance box",
    z.looseObject({
      home: z.string(),
      created: z.literal(true),
      instance: z.literal("box"),
      storagePath: z.string(),
    }),
  ],
  [
    "setup --plan --path HOME/disk",
    z.looseObject({
      plan: z.looseObject({
        answers: z.looseObject({ version: z.literal(1), instance: z.literal("box") }),
        settings: z.looseObject({ action: z.literal("change"), changes: z.array(z.string()) }),
        warnings: z.array(z.string()),
        isDone: z.literal(false),
      }),
    }),
  ],
  ["create --dry-run", z.looseObject({ plan: capturePlan })],
  ["create first --tag a", created],
  ["create second", created],
  ["list", z.looseObject({ backups: z.array(backup).length(2) })],
  ["list HOME/.clawback/storage", z.looseObject({ backups: z.array(backup).length(2) })],
  [
    "show first",
    z.looseObject({
      backup,
      files: z
        .array(
          z.looseObject({
            path: z.string(),
            type: z.enum(["file", "dir", "symlink", "hardlink"]),
            sizeBytes: bytes,
            mode: z.number(),
            mtime: z.string(),
            sha256: sha256.optional(),
          }),
        )
        .min(1),
      omissions: z.array(omission),
    }),
  ],
  [
    "verify first",
    z.looseObject({
      ok: z.literal(true),
      backup,
      checked: z.looseObject({ files: bytes, bytes, databases: bytes }),
      findings: z.array(z.never()),
    }),
  ],
  ["restore first --dry-run", z.looseObject({ plan: restorePlan })],
  ["restore first --target HOME/look", restored],
  ["restore first --yes", restored],
  [
    "restore --undo --yes",
    z.looseObject({
      restored: z.looseObject({ stateDir: z.string(), replacedBy: z.string() }),
      preRestore: z.looseObject({ paths: z.array(z.string()).min(1) }),
      warnings: z.array(z.string()),
    }),
  ],
  ["export first HOME/out.tar.gz", z.looseObject({ path: z.string(), storedBytes: bytes })],
  ["create --output HOME/own.tar.gz", created.extend({ storage: z.literal("") })],
  ["storage add disk --path HOME/disk", z.looseObject({ storage, default: z.literal(false) })],
  ["storage list", z.looseObject({ storages: z.array(storage).length(2) })],
  ["import HOME/own.tar.gz third --storage disk", backup],
  [
    "sync first --storage disk",
    z.looseObject({ backup, to: z.literal("disk"), copied: z.literal(true), storedBytes: bytes }),
  ],
  ["hold second", z.looseObject({ backup: backup.extend({ held: z.literal(true) }) })],
  ["release second", z.looseObject({ backup: backup.extend({ held: z.literal(false) }) })],
  ["delete second --yes", z.looseObject({ backup })],
  [
    "status",
    z.looseObject({
      instance: z.string(),
      storages: z.array(z.looseObject({ id: z.string(), backups: bytes, storedBytes: bytes })),
      newest: backup,
      newestVerified: backup,
      preRestore: z.array(z.looseObject({ path: z.string(), bytes })).min(1),
      recovery: z.looseObject({ newestAgeMs: bytes, verifiedAgeMs: bytes }),
      holdings: z.looseObject({ archives: bytes, snapshots: bytes, storedBytes: bytes }),
      jobs: z.array(z.looseObject({ job: z.string() })),
      healthy: z.literal(true),
      problems: z.array(z.never()),
      warnings: z.array(z.string()),
    }),
  ],
  [
    "run archive",
    z.looseObject({
      run: z.looseObject({
        ...{ id: z.string(), job: z.literal("archive"), result: z.literal("success") },
        ...{ startedAt: time, endedAt: time, durationMs: bytes, exitCode: z.literal(0) },
        ...{ facts: z.looseObject({ files: bytes, bytes, storedBytes: bytes }) },
      }),
      report: created,
    }),
  ],
  [
    "notify add ops --type sns --topic arn:aws:sns:eu-central-1:123456789012:alerts",
    z.looseObject({ added: z.looseObject({ id: z.literal("ops"), type: z.literal("sns") }) }),
  ],
  ["notify list", z.looseObject({ channels: z.array(z.any()).length(1), waiting: z.tuple([]) })],
  ["notify remove ops", z.looseObject({ removed: z.literal("ops") })],
  [
    "schedule show",
    z.looseObject({
      instance: z.literal("box"),
      jobs: z.array(z.looseObject({ job: z.string(), at: z.string(), next: time })).length(4),
      installed: z.array(z.never()),
    }),
  ],
  [
    "schedule install --kind systemd --dry-run",
    z.looseObject({
      plan: z.looseObject({
        kind: z.literal("systemd"),
        files: z
          .array(z.looseObject({ path: z.string(), action: z.string(), text: z.string() }))
          .length(8),
        commands: z.array(z.array(z.string())).min(1),
      }),
    }),
  ],
  [
    "schedule install --kind systemd --no-activate --yes",
    z.looseObject({ installed: z.looseObject({ kind: z.literal("systemd") }) }),
  ],
  [
    "schedule remove --yes",
    z.looseObject({ removed: z.array(z.looseObject({ kind: z.literal("systemd") })).length(1) }),
  ],
  [
    "runs",
    z.looseObject({
      runs: z
        .array(z.looseObject({ job: z.string(), result: z.string(), startedAt: time }))
        .length(1),
    }),
  ],
  ["snapshot --dry-run", z.looseObject({ plan: capturePlan })],
  [
    "snapshot --name day --tag a --session s --password-file HOME/password",
    created.extend({
      kind: z.literal("snapshot"),
      session: z.literal("s"),
      parent: z.null(),
      changes: z.looseObject({ filesNew: bytes, filesChanged: bytes, filesUnmodified: bytes }),
      addedBytes: bytes,
    }),
  ],
  [
    "list --type snapshot --tag a --session s --password-file HOME/password",
    z.looseObject({ backups: z.array(backup).length(1) }),
  ],
  [
    `diff latest latest ${PASSWORD}`,
    z.looseObject({ a: backup, b: backup, entries: z.array(z.never()) }),
  ],
  [
    `history openclaw.json ${PASSWORD}`,
    z.looseObject({
      path: z.string(),
      versions: z
        .array(z.looseObject({ type: z.string(), sizeBytes: bytes, since: time, until: time }))
        .length(1),
    }),
  ],
  [`rollback day --preview ${PASSWORD}`, z.looseObject({ plan: rollbackPlan })],
  [`rollback day --yes ${PASSWORD}`, rolledBack],
  [
    `repository check ${PASSWORD}`,
    z.looseObject({
      ok: z.literal(true),
      checked: z.looseObject({ files: bytes, bytes, databases: bytes }),
      findings: z.array(z.never()),
    }),
  ],
  [`repository prune --dry-run ${PASSWORD}`, z.looseObject({ plan: prunePlan })],
  [`repository prune ${PASSWORD}`, z.looseObject({ plan: prunePlan, deleted: counted })],
  [
    `repository repair index ${PASSWORD}`,
    z.looseObject({ packs: bytes, lost: z.array(z.never()) }),
  ],
  [
    `repository repair snapshots ${PASSWORD}`,
    z.looseObject({ checked: bytes, snapshots: z.array(z.never()) }),
  ],
  [
    `retention show --keep-last 3 ${PASSWORD}`,
    z.looseObject({
      policies: z.array(z.looseObject({ kind: z.string(), text: z.literal("3 last") })).length(2),
      keep: z.array(z.looseObject({ backup, reasons: z.array(z.string()).min(1) })).min(1),
      remove: z.array(z.never()),
      warnings: z.array(z.never()),
      unfinished: z.array(z.never()),
    }),
  ],
  [`retention apply --dry-run ${PASSWORD}`, z.looseObject({ plan: z.looseObject({}) })],
  [
    `retention apply --yes ${PASSWORD}`,
    z.looseObject({
      removed: z.array(backup),
      kept: bytes,
      failures: z.array(z.never()),
      pruned: z.array(z.any()),
      swept: z.looseObject({ archives: bytes, bytes, uploads: bytes }),
      warnings: z.array(z.string()),
    }),
  ],
  [
    `repository password add --new-password-file HOME/password2 ${PASSWORD}`,
    z.looseObject({ added: sha256 }),
  ],
  [
    `repository password list ${PASSWORD}`,
    z.looseObject({
      passwords: z
        .array(z.looseObject({ id: sha256, createdAt: time, current: z.boolean() }))
        .length(2),
    }),
  ],
  [
    `repository password change --new-password-file HOME/password3 ${PASSWORD}`,
    z.looseObject({ changed: sha256 }),
  ],
  [
    "key add --new-password-file HOME/password2 --password-file HOME/password3",
    z.looseObject({ added: sha256 }),
  ],
  [
    "key list --password-file HOME/password3",
    z.looseObject({
      passwords: z.array(z.looseObject({ id: sha256 })).length(3),
      recipients: z.array(z.never()),
    }),
  ],
  [
    "key export --with-passphrase --password-file HOME/password3",
    z.looseObject({
      ...{ id: z.string(), storage: z.string(), instance: z.string() },
      ...{ withPassphrase: z.literal(true), provesPassword: z.literal(true), page: z.string() },
    }),
  ],
  // The newest again, which opens without a password.
  ["create last", created],
  [
    "doctor",
    z.looseObject({
      ok: z.literal(true),
      findings: z.array(
        z.looseObject({
          code: z.string(),
          severity: z.enum(["ok", "note", "warning"]),
          message: z.string(),
        }),
      ),
    }),
  ],
  ["storage default disk", z.looseObject({ default: z.literal("disk") })],
  [
    "test --storage disk",
    z.looseObject({
      ok: z.literal(true),
      checks: z
        .array(z.looseObject({ check: z.string(), outcome: z.string(), durationMs: z.number() }))
        .length(6),
      steps: z.array(
        z.looseObject({ name: z.string(), outcome: z.string(), durationMs: z.number() }),
      ),
    }),
  ],
  ["storage remove disk --yes", z.looseObject({ removed: z.literal("disk") })],
  ["cleanup --dry-run", z.looseObject({ plan: z.looseObject({ preRestore: z.array(z.any()) }) })],
  ["cleanup --yes", z.looseObject({ removed: bytes, bytes })],
  [
    "demo",
    z.looseObject({
      ok: z.literal(true),
      steps: z.array(z.looseObject({ command: z.string(), durationMs: z.number() })),
    }),
  ],
];

let user: TempDir;
let program: Clawback;
const words = (line: string): string[] => line.replaceAll("HOME", user.path).split(" ");

beforeAll(async () => {
  user = await tempDir();
  await makeSample(user.join(".openclaw"), { files: 5 });
  for (const name of ["password", "password2", "password3"])
    writeFileSync(user.join(name), `correct horse ${name}\n`, { mode: 0o600 });
  program = clawback({ userHome: user.path, as: "function" });
});
afterAll(() => user[Symbol.asyncDispose]());

test("with --json every command answers with one object of its documented shape, and with nothing else", async () => {
  for (const [line, shape] of ANSWERS) {
    const { code, stdout, stderr } = await program.run(...words(line), "--json");
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: "" });
    expect(stdout.trimEnd()).not.toContain("\n");
    const checked = shape.safeParse(JSON.parse(stdout));
    expect(checked.success ? "" : `${line}: ${z.prettifyError(checked.error)}\n${stdout}`).toBe("");
  }
}, 120_000);

test("no command is missing above", () => {
  const names = (definitions: readonly CommandDefinition[], parent = ""): string[] =>
    definitions.flatMap(({ usage, subcommands }) => {
      const name = `${parent}${usage.split(" ")[0]}`;
      return subcommands === undefined ? [name] : names(subcommands, `${name} `);
    });
  // `cat` writes a file's bytes; `password remove` needs an id, which `repository-care.test.ts` has; `undelete` needs versions, which
  // `protection.test.ts` has; `password wrap` and `unwrap` need KMS, which `wrapped-password-care.test.ts` has; `key confirm` and
  // `key remove` need a page and a public key, which `recovery-kit.test.ts` and `key.test.ts` have.
  const passwords = ["remove", "wrap", "unwrap"].map((name) => `repository password ${name}`);
  const keys = ["key confirm", "key remove"];
  const elsewhere = ["cat", "notify test", "schedule swap", "undelete", ...passwords, ...keys];
  const asked = [...ANSWERS.map(([line]) => line), ...elsewhere];
  expect(names(COMMANDS).filter((name) => !asked.some((line) => line.startsWith(name)))).toEqual(
    [],
  );
});

import { z } from "zod";

// What a program may rely on: keys may be added, never renamed, and none of these may go.
export const bytes: z.ZodType = z.number().int().nonnegative();
export const time: z.ZodType = z.iso.datetime();
export const sha256: z.ZodType = z.string().regex(/^[0-9a-f]{64}$/);
export const omission: z.ZodObject = z.looseObject({
  path: z.string(),
  reason: z.string(),
  detail: z.string(),
});

const common = {
  id: z.string().regex(/^(\d{8}T\d{6}Z-[a-z0-9]{6}|[0-9a-f]{64})$/),
  kind: z.enum(["archive", "snapshot", "native"]),
  name: z.string().nullable(),
  instance: z.string(),
  scope: z.looseObject({ full: z.boolean(), classes: z.array(z.string()) }),
  storage: z.string(),
  createdAt: time,
  sizeBytes: bytes,
  storedBytes: bytes,
  sha256: sha256.optional(),
  files: bytes,
  bytes,
  databases: bytes,
  degraded: z.boolean(),
  encrypted: z.boolean(),
  durationMs: z.number().nonnegative(),
};
export const backup: z.ZodObject = z.looseObject({
  ...common,
  verifiedAt: time.optional(),
  held: z.boolean(),
});
export const created: z.ZodObject = z.looseObject({
  ...common,
  omissions: z.array(omission),
  notes: z.array(z.looseObject({ path: z.string(), note: z.string(), detail: z.string() })),
});
const tally = z.looseObject({ files: bytes, bytes });
export const capturePlan: z.ZodObject = z.looseObject({
  included: tally,
  classes: z.array(z.looseObject({ class: z.string(), included: tally, excluded: tally })),
  rules: z.array(z.looseObject({ rule: z.string(), source: z.string(), excluded: tally })),
  databases: z.array(z.looseObject({ path: z.string(), sizeBytes: bytes })),
});
const changes = z.looseObject({
  count: bytes,
  bytes,
  examples: z.array(z.looseObject({ path: z.string(), sizeBytes: bytes })),
});
export const restorePlan: z.ZodObject = z.looseObject({
  source: z.string(),
  backup: backup.nullable(),
  mode: z.enum(["in-place", "partial", "elsewhere"]),
  target: z.string(),
  added: changes,
  changed: changes,
  removed: changes,
  kept: changes,
  databases: z.array(z.looseObject({ path: z.string(), sizeBytes: bytes, action: z.string() })),
  preRestore: z.array(z.string()),
  bytesNeeded: bytes,
  bytesAvailable: bytes,
  warnings: z.array(z.string()),
});
export const restored: z.ZodObject = z.looseObject({
  backup: backup.nullable(),
  target: z.string(),
  preRestore: z.string().nullable(),
  plan: restorePlan,
  restored: tally,
  warnings: z.array(z.string()),
  durationMs: z.number().nonnegative(),
});
export const rollbackPlan: z.ZodObject = restorePlan.extend({
  entries: z.array(
    z.looseObject({
      change: z.enum(["added", "changed", "removed"]),
      path: z.string(),
      type: z.string(),
      sizeBytes: bytes,
    }),
  ),
  left: z.array(z.looseObject({ path: z.string(), reason: z.string() })),
  choice: z.looseObject({ withDatabases: z.boolean() }),
});
export const rolledBack: z.ZodObject = restored.extend({
  plan: rollbackPlan,
  removed: bytes,
  adjusted: bytes,
  refused: z.array(z.looseObject({ path: z.string(), reason: z.string() })),
  before: z.looseObject({ id: z.string(), storage: z.string(), instance: z.string() }).optional(),
});
export const storage: z.ZodObject = z.looseObject({
  id: z.string(),
  type: z.enum(["s3", "directory"]),
});

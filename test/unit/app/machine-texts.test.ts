import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { formatContainerFile } from "../../../lib/app/machine-texts/container.ts";
import type { MachineFacts } from "../../../lib/app/machine-texts/facts.ts";
import { kubernetesManifests, objectName } from "../../../lib/app/machine-texts/kubernetes.ts";
import { formatUserData } from "../../../lib/app/machine-texts/user-data.ts";
import type { SettingsFile, StorageEntry } from "../../../lib/settings/index.ts";
import { PROJECT_ROOT } from "../../parts/environment.ts";

const BUCKET: StorageEntry = { id: "s3", type: "s3", bucket: "b-b", region: "eu-central-1" };
const facts = (more: Partial<SettingsFile> = {}, instance = "agent"): MachineFacts => {
  const settings: SettingsFile = { version: 1, instance, storages: [BUCKET], ...more };
  return { instance, storage: settings.storages[0] ?? BUCKET, settings, notes: [] };
};
const USER = { osUser: "ubuntu", package: "clawback@0.1.0" };
const CLUSTER = { image: "registry.example.org/clawback:0.1.0", claim: "openclaw-home-pvc" };

interface Schemas {
  readonly $defs: Readonly<Record<string, object>>;
}
/** Kubernetes' own description of its objects; strict: no field that it does not know. */
const { $defs }: Schemas = JSON.parse(
  readFileSync(join(PROJECT_ROOT, "test/fixtures/kubernetes/v1.37.0.json"), "utf8"),
);
const KINDS: Readonly<Record<string, string>> = {
  ConfigMap: "io.k8s.api.core.v1.ConfigMap",
  PersistentVolumeClaim: "io.k8s.api.core.v1.PersistentVolumeClaim",
  CronJob: "io.k8s.api.batch.v1.CronJob",
};
const schemaOf = (kind: string) =>
  z.fromJSONSchema({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $ref: `#/$defs/${KINDS[kind]}`,
    $defs,
  } as Parameters<typeof z.fromJSONSchema>[0]);

interface Item {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: { readonly schedule: string };
}
const itemsOf = (of: MachineFacts): Item[] =>
  (kubernetesManifests(of, CLUSTER) as unknown as { items: Item[] }).items;

test("every Kubernetes object holds to Kubernetes' own schema", () => {
  const items = itemsOf(
    facts({ jobs: { snapshot: { at: "*/15 * * * *" }, verify: { at: "off" } } }),
  );
  const problems = items.flatMap((item) => {
    const { success, error } = schemaOf(item.kind).safeParse(item);
    return success ? [] : [`${item.metadata.name}: ${error?.message}`];
  });
  expect(problems).toEqual([]);
  expect(items.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
    "ConfigMap clawback-agent",
    "PersistentVolumeClaim clawback-agent-home",
    "CronJob clawback-agent-snapshot",
    "CronJob clawback-agent-archive",
    "CronJob clawback-agent-retention",
  ]);
  expect(items[2]?.spec.schedule).toBe("*/15 * * * *");
});

test("the schema is strict: a misspelt field deep in a pod is found", () => {
  const [, , job] = itemsOf(facts());
  const text = JSON.stringify(job);
  for (const wrong of [
    text.replace("readOnlyRootFilesystem", "readonlyRootFilesystem"),
    text.replace('"restartPolicy":"Never"', '"restartPolicy":3'),
    text.replace('"schedule"', '"at"'),
  ]) {
    expect(wrong).not.toBe(text);
    expect(schemaOf("CronJob").safeParse(JSON.parse(wrong)).success).toBe(false);
  }
});

test.each([
  ["agent", "agent"],
  ["box-1", "box-1"],
  ["Agent", /^agent-[0-9a-f]{6}$/],
  ["a.b_c", /^a-b-c-[0-9a-f]{6}$/],
  ["x".repeat(64), /^x{25}-[0-9a-f]{6}$/],
  ["ends-", /^ends-[0-9a-f]{6}$/],
])(
  "instance %s has a name in Kubernetes that is its own and short enough for a CronJob",
  (instance, name) => {
    expect(objectName(instance)).toMatch(name);
    for (const { kind, metadata } of itemsOf(facts({}, instance))) {
      expect(metadata.name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      if (kind === "CronJob") expect(metadata.name.length).toBeLessThanOrEqual(52);
    }
  },
);

test.each(["two\nlines", "\u0000", "", "a\u2028b", "esc\u001b[2J"])(
  "a value of more than one printable line is refused: %j",
  (value) => {
    expect(() => formatUserData(facts(), { ...USER, package: value })).toThrow(
      /more than one line/,
    );
    expect(() => formatContainerFile(value)).toThrow(/more than one line/);
    expect(() => kubernetesManifests(facts(), { ...CLUSTER, image: value })).toThrow(/one line/);
    const installation = { stateDir: `/srv/${value}\n` };
    expect(() => formatUserData(facts({ installation }), USER)).toThrow(/more than one line/);
  },
);

test.each([
  [{ osUser: "root" }, /cannot be the agent's user/],
  [{ osUser: "$(reboot)" }, /cannot be the agent's user/],
  [{ osUser: "-x" }, /cannot be the agent's user/],
  [{ package: "--unsafe-perm" }, /cannot be installed from/],
  [{ package: "http://example.org/x.tgz" }, /cannot be installed from/],
  [{ package: "clawback-0.1.0.tgz" }, /is not on the other machine/],
])("user data refuses %j", (given, reason) => {
  expect(() => formatUserData(facts(), { ...USER, ...given })).toThrow(reason);
});

test("user data is for storages that a role opens", () => {
  const other: StorageEntry[] = [
    { id: "disk", type: "directory", path: "/mnt/x" },
    { id: "r2", type: "s3", preset: "cloudflare-r2", bucket: "b-b" },
    { id: "own", type: "s3", endpoint: "https://s3.example.org", bucket: "b-b" },
  ];
  for (const storage of other)
    expect(() => formatUserData(facts({ storages: [storage] }), USER)).toThrow(/no role .* opens/);
});

test("where OpenClaw has no service for the state directory, the Gateway is not to be started", () => {
  const elsewhere = facts({ installation: { stateDir: "/srv/agent" } });
  expect(() => formatUserData(elsewhere, { ...USER, startGateway: true })).toThrow(/no service/);
  const profile = facts({ installation: { profile: "work" } });
  const text = formatUserData(profile, { ...USER, startGateway: true });
  expect(text).toContain("as_user openclaw --profile work gateway install\n");
  expect(text).toContain("gateway_unit='openclaw-gateway-work.service'\n");
  expect(text).toContain(`local state="$home"'/.openclaw-work' version`);
});

test("user data stays below what EC2 takes, and longer ones are refused", () => {
  const notes = "x".repeat(12_000);
  expect(formatUserData(facts(), USER).length).toBeLessThan(8192);
  const storage: StorageEntry = { ...BUCKET, prefix: notes } as StorageEntry;
  expect(() => formatUserData(facts({ storages: [storage] }), USER)).toThrow(/16 KiB/);
});

test.each(["../clawback.tgz", "my clawback.tgz", "$HOME.tgz", "a*.tgz"])(
  "a container file copies no %j",
  (spec) => expect(() => formatContainerFile(spec)).toThrow(/cannot be copied into an image/),
);

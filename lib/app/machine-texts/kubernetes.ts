import { createHash } from "node:crypto";
import { KUBERNETES_JOB_SCRIPT } from "../../../templates/kubernetes.ts";
import { BackupError, quote } from "../../base/index.ts";
import { resolveCalendar } from "../../schedule/index.ts";
import { JOB_NAMES, type JobName } from "../../settings/index.ts";
import { timeOf } from "../schedule/index.ts";
import type { MachineFacts } from "./facts.ts";
import { assertOneLine } from "./quoting.ts";

const VOLUME = "/var/lib/clawback";
/** In the volume, whose own directory belongs to the cluster. */
const HOME = `${VOLUME}/home`;
const STATE = "/home/node/.openclaw";
/** Of the user `node` in the image, and of OpenClaw's own image. */
const UID = 1000;
const MAX_NAME = 32;

export interface KubernetesOptions {
  /** The image with Clawback in it. */
  readonly image: string;
  /** The claim of the volume with OpenClaw's state directory. */
  readonly claim: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Writes what a cluster needs to run the jobs beside a Gateway: settings, a volume for Clawback's home, and a CronJob for each job that has
 * a time (UTC). Credentials are a service account's, or in a Secret of the same name, which may be missing.
 * @throws BackupError `invalid-argument` for a name that Kubernetes would refuse
 */
export function kubernetesManifests(facts: MachineFacts, options: KubernetesOptions): Json {
  assertOneLine(options.image, "image");
  if (/\s/.test(options.image)) throw isNoName("image", options.image);
  assertName("claim", options.claim);
  const name = `clawback-${objectName(facts.instance)}`;
  const labels = { "app.kubernetes.io/name": "clawback", "app.kubernetes.io/instance": name };
  const metadata = (suffix = ""): Json => ({ name: `${name}${suffix}`, labels });
  const { settings } = facts;
  const jobs = JOB_NAMES.flatMap((job) => {
    const at = timeOf(settings.jobs ?? {}, job);
    const schedule = at === undefined ? undefined : resolveCalendar(at, job, facts.instance);
    return schedule === undefined ? [] : [{ job, schedule }];
  });
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: metadata(),
        data: { "settings.json": `${JSON.stringify(settings, null, 2)}\n` },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: metadata("-home"),
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } } },
      },
      ...jobs.map(({ job, schedule }) => ({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: metadata(`-${job}`),
        spec: cronJob({ job, schedule, pod: podOf(name, labels, job, options) }),
      })),
    ],
  };
}

interface Timed {
  readonly job: JobName;
  readonly schedule: string;
  readonly pod: Json;
}

/** One at a time; one that failed waits for its next turn, as its record says why. */
function cronJob({ schedule, pod }: Timed): Json {
  return {
    schedule,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: { backoffLimit: 0, activeDeadlineSeconds: 43_200, template: pod },
    },
  };
}

function podOf(name: string, labels: Json, job: JobName, options: KubernetesOptions): Json {
  return {
    metadata: { labels },
    spec: {
      restartPolicy: "Never",
      // A volume that only one node mounts is where the Gateway is.
      affinity: { podAffinity: besideGateway },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: UID,
        runAsGroup: UID,
        fsGroup: UID,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      containers: [containerOf(name, job, options.image)],
      volumes: [
        { name: "state", persistentVolumeClaim: { claimName: options.claim } },
        { name: "home", persistentVolumeClaim: { claimName: `${name}-home` } },
        { name: "settings", configMap: { name } },
        { name: "tmp", emptyDir: {} },
      ],
    },
  };
}

const besideGateway: Json = {
  preferredDuringSchedulingIgnoredDuringExecution: [
    {
      weight: 100,
      podAffinityTerm: {
        topologyKey: "kubernetes.io/hostname",
        labelSelector: { matchLabels: { app: "openclaw" } },
      },
    },
  ],
};

function containerOf(name: string, job: JobName, image: string): Json {
  return {
    name: "clawback",
    image,
    command: ["/bin/sh", "-c", KUBERNETES_JOB_SCRIPT, "clawback", job],
    env: [
      { name: "HOME", value: "/home/node" },
      { name: "CLAWBACK_HOME", value: HOME },
      { name: "OPENCLAW_STATE_DIR", value: STATE },
    ],
    envFrom: [{ secretRef: { name, optional: true } }],
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1200Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "state", mountPath: STATE },
      { name: "home", mountPath: VOLUME },
      { name: "settings", mountPath: "/etc/clawback", readOnly: true },
      { name: "tmp", mountPath: "/tmp" },
    ],
  };
}

/** Of an instance's name, in the letters that Kubernetes has; two instances never share one. */
export function objectName(instance: string): string {
  const name = instance.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
  const isSame = name === instance && name.length <= MAX_NAME && !name.endsWith("-");
  if (isSame) return name;
  const mark = createHash("sha256").update(instance).digest("hex").slice(0, 6);
  return `${name.slice(0, MAX_NAME - 7).replace(/-+$/, "")}-${mark}`;
}

function assertName(what: string, name: string): void {
  if (/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) return;
  throw isNoName(what, name);
}

function isNoName(what: string, name: string): BackupError {
  return new BackupError(
    "invalid-argument",
    `${what} ${quote(name)} is no name that Kubernetes takes`,
  );
}

import type { StatusReport } from "../../app/index.ts";

interface Sample {
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly value: number | undefined;
}

/** Name without its prefix, what it tells, and its values. */
type Family = readonly [name: string, help: string, samples: readonly Sample[]];

/**
 * The status in Prometheus' text format, every metric with the label `instance_name` (Prometheus itself sets `instance`). What is not known
 * is left out, never zero.
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function formatMetrics(report: StatusReport): string {
  const families = [
    ...storageMetrics(report),
    ...backupMetrics(report),
    ...jobMetrics(report),
    ...costMetrics(report),
  ];
  const lines = families.flatMap(([name, help, samples]) => {
    const known = samples.filter(({ value }) => value !== undefined);
    if (known.length === 0) return [];
    const full = `clawback_${name}`;
    return [
      `# HELP ${full} ${help}`,
      `# TYPE ${full} gauge`,
      ...known.map(({ labels, value }) => {
        return `${full}{${formatLabels({ instance_name: report.instance, ...labels })}} ${value}`;
      }),
    ];
  });
  return `${lines.join("\n")}\n`;
}

function storageMetrics({ healthy, storages }: StatusReport): Family[] {
  const readable = storages.map(({ id, problem }): Sample => {
    return { labels: { storage: id }, value: problem === undefined ? 1 : 0 };
  });
  const stored = storages.map(({ id, storedBytes, problem }): Sample => {
    return { labels: { storage: id }, value: problem === undefined ? storedBytes : undefined };
  });
  return [
    ["healthy", "1 when nothing makes this installation unsafe", [{ value: healthy ? 1 : 0 }]],
    ["storage_readable", "1 when the storage could be read", readable],
    ["stored_bytes", "Bytes of the backups in the storage", stored],
  ];
}

function costMetrics({ costs }: StatusReport): Family[] {
  const samples = costs.flatMap(({ storage, now, projected }): Sample[] => [
    { labels: { storage, when: "now" }, value: now.total },
    { labels: { storage, when: "projected" }, value: projected.total },
  ]);
  return [["cost_dollars", "What a month costs, estimated, in US dollars", samples]];
}

function backupMetrics(report: StatusReport): Family[] {
  const { holdings, newest, newestVerified, recovery } = report;
  const { archives, snapshots, sizeBytes } = holdings;
  const kept: Sample[] = [
    { labels: { kind: "archive" }, value: archives },
    { labels: { kind: "snapshot" }, value: snapshots },
  ];
  const { restoreTime } = recovery;
  const restore: Sample[] =
    restoreTime === undefined
      ? []
      : [{ labels: { by: restoreTime.by }, value: restoreTime.durationMs / 1000 }];
  return [
    ["backups", "Backups that are kept", kept],
    ["installation_bytes", "Bytes captured by the newest whole backup", [{ value: sizeBytes }]],
    [
      "newest_backup_timestamp_seconds",
      "When the newest backup was made",
      [{ value: secondsOf(newest?.createdAt) }],
    ],
    [
      "newest_verified_backup_timestamp_seconds",
      "When the newest verified backup was made",
      [{ value: secondsOf(newestVerified?.createdAt) }],
    ],
    ["restore_seconds", "How long reading a backup back took the last time", restore],
  ];
}

function jobMetrics({ jobs }: StatusReport): Family[] {
  type Job = StatusReport["jobs"][number];
  const family = (name: string, help: string, pick: (job: Job) => number | undefined): Family => [
    name,
    help,
    jobs.map((job) => ({ labels: { job_name: job.job }, value: pick(job) })),
  ];
  return [
    family("last_run_timestamp_seconds", "When the last run of a job began", ({ last }) =>
      secondsOf(last?.startedAt),
    ),
    family("last_run_duration_seconds", "How long the last run of a job took", ({ last }) =>
      last?.durationMs === undefined ? undefined : last.durationMs / 1000,
    ),
    family("last_run_success", "1 when the last run of a job ended well", ({ last }) =>
      last === undefined ? undefined : isGood(last.result) ? 1 : 0,
    ),
    family("next_run_timestamp_seconds", "When a job is due next", ({ next }) => secondsOf(next)),
  ];
}

function isGood(result: string): boolean {
  return result === "success" || result === "incomplete";
}

function secondsOf(iso: string | undefined): number | undefined {
  return iso === undefined ? undefined : Math.floor(new Date(iso).getTime() / 1000);
}

function formatLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => {
      const escaped = value.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
      return `${name}="${escaped}"`;
    })
    .join(",");
}

import type { ApplyRetentionOptions, BackupKind, RetentionPolicy } from "../../app/index.ts";
import { BackupError } from "../../base/index.ts";
import type { Flag, FlagValues } from "../command.ts";
import * as flag from "../flags.ts";

const COUNTS = ["last", "hourly", "daily", "weekly", "monthly", "yearly"] as const;
const SPANS = ["within", "withinHourly", "withinDaily", "withinWeekly", "withinMonthly"] as const;
const KINDS: Readonly<Record<string, readonly BackupKind[]>> = {
  archive: ["archive"],
  snapshot: ["snapshot"],
};

const dashed = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** Which backups, and by which rules. */
export const RETENTION_FLAGS: readonly Flag[] = [
  ...COUNTS.map((rule): Flag => {
    const description =
      rule === "last" ? "keep the newest n, or all" : `keep one of each of the last n (${rule})`;
    return { flags: `--keep-${rule} <n>`, description, parse: keepCount(`--keep-${rule}`) };
  }),
  ...[...SPANS, "withinYearly"].map(
    (rule): Flag => ({
      flags: `--keep-${dashed(rule)} <span>`,
      description:
        rule === "within"
          ? "keep all of this span before the newest: 30d, 12h, 1y6m"
          : `keep one ${rule.slice(6).toLowerCase()} within this span`,
    }),
  ),
  {
    flags: "--keep-tag <tag>",
    description: "keep those with this label; repeatable",
    repeatable: true,
  },
  { flags: "--preset <name>", description: "keep-30, 7-daily-4-weekly or keep-all" },
  {
    flags: "--type <kind>",
    description: "only archives, or only snapshots",
    choices: Object.keys(KINDS),
  },
  {
    flags: "--accept-changes",
    description: "I have looked at the abnormal change: it no longer suspends removal",
  },
  { flags: "--storage <id>", description: "in this storage only (default: in all)" },
  { flags: "--instance <name>", description: "backups of this instance, or all" },
  ...flag.PASSWORD_FLAGS,
];

/** What the flags say, as the application wants it. */
export async function choiceOf(flags: FlagValues): Promise<ApplyRetentionOptions> {
  const { RETENTION_PRESETS } = await import("../../app/index.ts");
  const preset = flag.text(flags, "preset");
  const rules = rulesOf(flags);
  if (preset !== undefined && rules !== undefined) {
    throw new BackupError("invalid-argument", "--preset and the --keep flags exclude one another");
  }
  if (preset !== undefined && !Object.hasOwn(RETENTION_PRESETS, preset)) {
    const known = Object.keys(RETENTION_PRESETS).join(", ");
    throw new BackupError(
      "invalid-argument",
      `preset ${JSON.stringify(preset)} must be of ${known}`,
    );
  }
  const kind = flag.text(flags, "type");
  return {
    ...flag.selection(flags),
    kinds: kind === undefined ? undefined : KINDS[kind],
    policy: preset === undefined ? rules : RETENTION_PRESETS[preset],
    acceptChanges: flag.isSet(flags, "acceptChanges"),
  };
}

/** The policy that the `--keep` flags make together; undefined without one. */
function rulesOf(flags: FlagValues): RetentionPolicy | undefined {
  const given = [...COUNTS, ...SPANS, "withinYearly"].flatMap((rule) => {
    const value = flags[`keep${rule.charAt(0).toUpperCase()}${rule.slice(1)}`];
    return value === undefined ? [] : [[rule, value] as const];
  });
  const tags = flag.list(flags, "keepTag");
  if (given.length === 0 && tags === undefined) return undefined;
  return { ...Object.fromEntries(given), ...(tags === undefined ? {} : { tags }) };
}

function keepCount(name: string): (text: string) => number | "all" {
  const whole = flag.wholeNumber(0, 1_000_000, name);
  return (text) => (text === "all" ? text : whole(text));
}

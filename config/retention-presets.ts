/**
 * Retention policies with a name, for `settings.json` and `--preset`. `keep-30` counts, as older backup scripts do; `7-daily-4-weekly`
 * gives a month of restore points. The fields are those of `lib/retention/types.ts`.
 *
 * @public
 */
export const RETENTION_PRESET_DATA = {
  "keep-30": { last: 30 },
  "7-daily-4-weekly": { daily: 7, weekly: 4 },
  "keep-all": { last: "all" },
} as const;

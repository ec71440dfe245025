/** The versions of the real programs that the tests run. Changing one installs it beside the old one. */
export const VERSIONS = {
  /** The Go module's pseudo-version: the project has made no tagged Go releases since 2019. */
  minio: "v0.0.0-20260212201848-7aac2a2c5b7c",
  mc: "v0.0.0-20250313080218-cf909e1063a9",
  moto: "5.2.5",
  openclaw: "2026.9.6",
  rustic: "0.11.4",
} as const;

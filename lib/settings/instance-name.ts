const FALLBACK = "openclaw";

/**
 * The instance name that `init` proposes: the first label of the host name, with what could not stand in an object key replaced.
 * Fixed once a home was made, so that a renamed host does not lose sight of its backups.
 */
export function defaultInstanceName(hostName: string): string {
  const label = hostName.trim().split(".")[0] ?? "";
  const safe = label
    .replaceAll(/[^A-Za-z0-9_-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .replace(/[-_]+$/, "")
    .slice(0, 64);
  // The name "all" stands for every instance.
  if (safe === "all") return "all-host";
  return safe === "" ? FALLBACK : safe;
}

import { readTextIfExists } from "../filesystem/index.ts";

/** The version in our own package.json, two or three folders up from here (sources, or `dist/`). */
export function readClawbackVersion(): string {
  for (const up of ["../../package.json", "../../../package.json"]) {
    const path = decodeURIComponent(new URL(up, import.meta.url).pathname);
    const text = readTextIfExists(path, 64 * 1024);
    const parsed: unknown = text === undefined ? undefined : JSON.parse(text);
    if (isOurs(parsed)) return parsed.version;
  }
  return "unknown";
}

function isOurs(value: unknown): value is { name: "clawback"; version: string } {
  if (typeof value !== "object" || value === null) return false;
  return (
    "name" in value &&
    value.name === "clawback" &&
    "version" in value &&
    typeof value.version === "string"
  );
}

import { STORAGE_PRESET_DATA } from "../../config/storage-presets.ts";
import { BackupError, quote } from "../base/index.ts";

/** What is particular about one S3 service. */
export interface StoragePreset {
  readonly id: string;
  readonly name: string;
  /** URL, in which `{region}` and `{account}` are filled in. Undefined: the user's own server, whose address must be given. */
  readonly endpoint?: string | undefined;
  /** Ends of host names by which an endpoint is recognised as this service's. */
  readonly hosts: readonly string[];
  /** Signed with when none is configured. */
  readonly region?: string | undefined;
  readonly addressing: "path" | "virtual";
  /** `sha256`: each part carries a checksum that the service checks and answers with. `required`: only where S3 demands one. */
  readonly checksums: "sha256" | "required";
  /** `If-None-Match: *` is enforced on PutObject and on CompleteMultipartUpload. */
  readonly conditionalCreate: boolean;
  readonly equalParts: boolean;
  /** Parts sent at the same time. */
  readonly partConcurrency: number;
  /** Kinds of server-side encryption that can be asked for by request. */
  readonly sse: readonly ("kms" | "s3")[];
  readonly versioning: boolean;
  readonly note: string;
  /** Where the facts come from. */
  readonly source: readonly string[];
}

export interface PresetChoice {
  readonly preset?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly region?: string | undefined;
  readonly account?: string | undefined;
}

/** A preset with its endpoint and region settled. */
export type ResolvedPreset = Omit<StoragePreset, "endpoint"> & {
  /** Undefined for AWS, whose SDK knows its own. */
  readonly endpoint: string | undefined;
};

/** The services that are known; the data is `config/storage-presets.ts`. */
export const STORAGE_PRESETS: readonly StoragePreset[] = STORAGE_PRESET_DATA;

/**
 * Chooses the preset by name, else by the endpoint's host, else AWS when there is no endpoint and `other` when there is, and
 * fills in its endpoint. An endpoint that is given wins over the preset's.
 * @throws BackupError `invalid-settings` for an unknown name, or when a part of the endpoint is missing
 */
export function resolvePreset(choice: PresetChoice): ResolvedPreset {
  const preset = findPreset(choice);
  const region = choice.region ?? preset.region;
  const endpoint = choice.endpoint ?? fillIn(preset, { region, account: choice.account });
  return { ...preset, region, endpoint };
}

function findPreset({ preset, endpoint }: PresetChoice): StoragePreset {
  if (preset !== undefined) return getPreset(preset);
  if (endpoint === undefined) return getPreset("aws");
  const host = hostOf(endpoint);
  const isOurs = (end: string): boolean => host === end || host.endsWith(`.${end}`);
  return STORAGE_PRESETS.find(({ hosts }) => hosts.some(isOurs)) ?? getPreset("other");
}

function getPreset(id: string): StoragePreset {
  const found = STORAGE_PRESETS.find((preset) => preset.id === id);
  if (found !== undefined) return found;
  throw new BackupError("invalid-settings", `storage preset ${quote(id)} does not exist`, {
    hint: `choose one of ${STORAGE_PRESETS.map((preset) => preset.id).join(", ")}`,
  });
}

function hostOf(endpoint: string): string {
  const url = URL.parse(endpoint);
  const isWeb = url?.protocol === "https:" || url?.protocol === "http:";
  if (url !== null && isWeb && url.username === "") return url.hostname;
  throw new BackupError("invalid-settings", "storage endpoint is not a web address", {
    hint: "write it as https://host or https://host:port, without user and password",
  });
}

function fillIn(
  preset: StoragePreset,
  values: Record<string, string | undefined>,
): string | undefined {
  if (preset.id === "aws") return undefined;
  if (preset.endpoint === undefined) {
    throw new BackupError(
      "invalid-settings",
      `storage preset ${preset.id} has no endpoint of its own`,
      {
        hint: "give the storage the server's address as endpoint",
      },
    );
  }
  return preset.endpoint.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value !== undefined) return value;
    throw new BackupError("invalid-settings", `storage preset ${preset.id} needs the ${name}`, {
      hint: `give the storage its ${name}, or the whole endpoint`,
    });
  });
}

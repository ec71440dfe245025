import { type RawHeader, rawEntry, rawPax, rawTarGz } from "./tar-blocks.ts";

export const NATIVE_ROOT = "2026-11-21T03-00-00.000+00-00-openclaw-backup";

/** An entry below the archive's root. */
export type NativeEntry = Omit<RawHeader, "name"> & {
  readonly name: string;
  readonly body?: string | Uint8Array;
};

/** Where something that stood at an absolute path stands in the archive. */
export const payload = (path: string): string => `payload/posix${path}`;

export const dirEntry = (name: string): NativeEntry => ({
  name: `${name}/`,
  flag: "5",
  mode: 0o755,
});

/** An asset as the manifest lists it. */
export function asset(kind: string, path: string): Record<string, string> {
  return { kind, sourcePath: path, archivePath: `${NATIVE_ROOT}/${payload(path)}` };
}

/** An archive in the format of `openclaw backup create`, with whatever entries and manifest; not checked for sense. */
export function nativeArchive(
  entries: readonly NativeEntry[],
  manifest: Record<string, unknown>,
): Buffer {
  const whole = {
    schemaVersion: 1,
    createdAt: "2026-11-21T03:00:00.000Z",
    archiveRoot: NATIVE_ROOT,
    ...manifest,
  };
  return rawTarGz(
    ...entries.map(({ body = "", ...header }) =>
      anyLength({ ...header, name: `${NATIVE_ROOT}/${header.name}` }, body),
    ),
    rawEntry({ name: `${NATIVE_ROOT}/manifest.json` }, JSON.stringify(whole)),
  );
}

/** Names that do not fit into their field go into a pax header. */
function anyLength(
  { name, linkname = "", ...rest }: Omit<RawHeader, "name"> & { readonly name: string },
  body: string | Uint8Array,
): Buffer {
  const records = {
    ...(name.length > 99 ? { path: name } : {}),
    ...(linkname.length > 99 ? { linkpath: linkname } : {}),
  };
  const entry = rawEntry(
    { ...rest, name: name.slice(0, 99), linkname: linkname.slice(0, 99) },
    body,
  );
  return Object.keys(records).length > 0 ? Buffer.concat([rawPax(records), entry]) : entry;
}

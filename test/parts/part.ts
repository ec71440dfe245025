/** The names of all parts. `root` is no program: it stands for the right to mount and to change owners. */
export type PartName =
  | "minio"
  | "mc"
  | "moto"
  | "openclaw"
  | "installation"
  | "restic"
  | "rustic"
  | "gpg"
  | "faketime"
  | "python3"
  | "shellcheck"
  | "systemd-analyze"
  | "root";

/** A real program (or the like) that tests run. */
export interface Part {
  readonly name: PartName;
  /** What must be installed before this one. */
  readonly needs: readonly PartName[];
  /** One line for a person who lacks it: what to do to get it. */
  readonly howToGet: string;
  /** The path of the part when it is there. Looks at the disk only, so that it may be asked often. */
  find(): string | undefined;
  /** Installs it where `find` looks; may be called while another process does the same. */
  install(): Promise<void>;
}

/** The path of a part. @throws Error that says how to get it, when it is missing. */
export function pathOf(part: Part): string {
  const path = part.find();
  if (path === undefined) {
    throw new Error(`the part ${part.name} is missing: ${part.howToGet}`);
  }
  return path;
}

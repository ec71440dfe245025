export interface DirectoryStorageOptions {
  /** Absolute. */
  readonly path: string;
  /** Makes the directory (0700) when it is missing, instead of failing with `storage-not-found`. @default false */
  readonly create?: boolean | undefined;
}

/** What a test may expect to find in the installation, whichever program looks at it. */
export interface InstallationFacts {
  readonly agents: readonly ["main", "research"];
  /** Keys of the sessions that real agent turns made, by agent. */
  readonly sessionKeys: { readonly main: readonly string[]; readonly research: readonly string[] };
  /** The cron job that a user added. */
  readonly cronJob: { readonly id: string; readonly name: string };
  /** The device id of `device_identities`. */
  readonly deviceId: string;
  readonly gatewayToken: string;
  /** Ids of the plugins: copied into `extensions/`, and installed by npm into `npm/projects/`. */
  readonly plugins: { readonly copied: string; readonly npm: string };
  /** A tool of the copied plugin. Each call adds a line to `demo-notes/notes.jsonl` in the state directory. */
  readonly tool: string;
}

/** The facts as stored beside the fixture, with what depends on where it was made. */
export interface FixtureFacts extends InstallationFacts {
  readonly builtAt: string;
  readonly gatewayPort: number;
  readonly modelUrl: string;
}

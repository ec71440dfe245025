import { userInfo } from "node:os";
import { BackupError } from "../../base/index.ts";
import type { AppContext } from "../context.ts";
import { formatContainerFile } from "./container.ts";
import { type FactsOptions, readMachineFacts } from "./facts.ts";
import { kubernetesManifests } from "./kubernetes.ts";
import { formatUserData } from "./user-data.ts";

export const MACHINE_FORMATS = ["user-data", "container", "kubernetes"] as const;
export type MachineFormat = (typeof MACHINE_FORMATS)[number];

export interface MachineTextOptions extends FactsOptions {
  readonly format: MachineFormat;
  /** Whom the agent belongs to there. @default this user */
  readonly osUser?: string | undefined;
  /** What npm installs Clawback from. */
  readonly package?: string | undefined;
  readonly startGateway?: boolean | undefined;
  readonly image?: string | undefined;
  /** @default openclaw's own, openclaw-home-pvc */
  readonly claim?: string | undefined;
}

export interface PrintedMachineText {
  readonly format: MachineFormat;
  /** Ready to be written to a file. */
  readonly text: string;
  readonly document?: unknown;
  /** What a person should know. */
  readonly notes: readonly string[];
}

/**
 * Writes a text that makes another machine work on the backups of this one, or of the answers.
 * @throws BackupError `invalid-argument` that names the flag; what {@link readMachineFacts} throws
 */
export async function printMachineText(
  app: AppContext,
  options: MachineTextOptions,
): Promise<PrintedMachineText> {
  const { format } = options;
  if (format === "container") {
    return { format, text: formatContainerFile(packageOf(options)), notes: [] };
  }
  return format === "kubernetes"
    ? await printKubernetes(app, options)
    : await printUserData(app, options);
}

async function printKubernetes(
  app: AppContext,
  options: MachineTextOptions,
): Promise<PrintedMachineText> {
  const image = needed(options.image, "--image: the image that --print container makes");
  const facts = await readMachineFacts(app, options);
  const document = kubernetesManifests(facts, { image, claim: options.claim ?? OPENCLAW_CLAIM });
  const text = `${JSON.stringify(document, null, 2)}\n`;
  return { format: "kubernetes", text, document, notes: facts.notes };
}

async function printUserData(
  app: AppContext,
  options: MachineTextOptions,
): Promise<PrintedMachineText> {
  const { osUser = userInfo().username, startGateway } = options;
  const spec = packageOf(options);
  const facts = await readMachineFacts(app, options);
  const text = formatUserData(facts, { osUser, package: spec, startGateway });
  return { format: "user-data", text, notes: facts.notes };
}

/** That of OpenClaw's own manifests. */
const OPENCLAW_CLAIM = "openclaw-home-pvc";
const PACKAGE =
  "--package: what npm install takes, such as the https address of what npm pack made";

const packageOf = (options: MachineTextOptions): string => needed(options.package, PACKAGE);

function needed(value: string | undefined, flag: string): string {
  if (value !== undefined) return value;
  const [name] = flag.split(":");
  throw new BackupError("invalid-argument", `${name} is missing`, { hint: `give ${flag}` });
}

/** Texts with which other machines work on the same backups: user data, a container file, Kubernetes manifests. None holds a secret. */
export {
  MACHINE_FORMATS,
  type MachineFormat,
  type MachineTextOptions,
  printMachineText,
} from "./print.ts";

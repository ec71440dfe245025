/** Looking whether this machine and its storages are fit for backups, without changing anything. */
export { type DoctorReport, examine } from "./examine.ts";

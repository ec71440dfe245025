import { type AppContext, openApp } from "../context.ts";
import type { ResolvedSetup } from "./resolve.ts";

/** Opens the application again, with the settings that were just written. What the command line said of the installation still counts. */
export async function openWithNewSettings(before: AppContext): Promise<AppContext> {
  const { environment, signal, onProgress, askPassword, settings, clock } = before;
  const { stateDir, profile } = settings.installation;
  const flags = { home: settings.home, stateDir, profile, password: settings.password?.reveal() };
  return await openApp({ environment, flags, clock, signal, onProgress, askPassword });
}

/** The application as it will be once setup has written its settings, for what is planned from them. */
export function withFutureSettings(app: AppContext, setup: ResolvedSetup): AppContext {
  const { settings } = app;
  const at = setup.snapshots === "manual" ? "off" : setup.snapshots;
  const jobs = { ...settings.jobs, snapshot: { ...settings.jobs.snapshot, at } };
  const { stateDir = settings.installation.stateDir } = setup.answers;
  const installation = { ...settings.installation, stateDir };
  const future = { ...settings, isConfigured: true, instance: setup.instance, jobs, installation };
  return { ...app, settings: future };
}

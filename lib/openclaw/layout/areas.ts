import { posix } from "node:path";
import { isSameOrInside, type Path } from "../../filesystem/index.ts";
import type { BackupClass, Installation } from "../types.ts";

/** What kind of directory a path lies in. */
export type AreaKind =
  | "state"
  | "agent"
  | "workspace"
  | "credentials"
  | "skills"
  | "config"
  | "extra";

/** A directory (or single file) with a meaning of its own, and all that lies in it. */
export interface Area {
  readonly kind: AreaKind;
  readonly path: Path;
}

/** What {@link areaOf} and the rules ask again and again, worked out once for an installation. */
export interface Layout {
  readonly stateDir: Path;
  /** The most specific first. */
  readonly areas: readonly Area[];
  /** Paths that no rule may leave out by leaving out what they lie in. */
  readonly protectedPaths: readonly Path[];
  readonly configFiles: ReadonlySet<Path>;
  readonly essentialDatabases: ReadonlySet<Path>;
  /** Agent directories in the place that OpenClaw chose, not the user. */
  readonly standardAgentDirs: readonly Path[];
}

const layouts = new WeakMap<Installation, Layout>();

/** The layout of an installation; the same object each time. */
export function layoutOf(installation: Installation): Layout {
  const known = layouts.get(installation);
  if (known !== undefined) return known;
  const layout = makeLayout(installation);
  layouts.set(installation, layout);
  return layout;
}

/** The most specific area that holds a path; undefined outside of all. */
export function areaOf(layout: Layout, path: Path): Area | undefined {
  return layout.areas.find((area) => isSameOrInside(path, area.path));
}

function makeLayout(installation: Installation): Layout {
  const { stateDir, agents, workspaces } = installation;
  const agentDirs = agents.map(({ agentDir }) => agentDir);
  const areas: Area[] = [
    { kind: "state", path: stateDir },
    ...installation.roots.flatMap(({ kind, path }) => {
      const area = AREA_OF_ROOT[kind];
      return area === undefined ? [] : [{ kind: area, path }];
    }),
    ...of("workspace", workspaces),
    ...of("agent", agentDirs),
    ...of("credentials", [installation.credentialsDir]),
  ];
  return {
    stateDir,
    areas: areas.toSorted((a, b) => b.path.length - a.path.length || rank(a) - rank(b)),
    protectedPaths: [
      ...installation.configFiles,
      installation.configPath,
      installation.credentialsDir,
      ...workspaces,
      ...agentDirs,
      ...installation.essentialDatabases,
    ],
    configFiles: new Set([installation.configPath, ...installation.configFiles]),
    essentialDatabases: new Set(installation.essentialDatabases),
    standardAgentDirs: agents
      .filter(
        ({ agentId, agentDir }) => agentDir === posix.join(stateDir, "agents", agentId, "agent"),
      )
      .map(({ agentDir }) => agentDir),
  };
}

const AREA_OF_ROOT: Readonly<Record<Installation["roots"][number]["kind"], AreaKind | undefined>> =
  {
    state: undefined,
    config: "config",
    credentials: "credentials",
    workspace: "workspace",
    agent: "agent",
    "managed skill": "skills",
    extra: "extra",
  };

/** Where two areas are the same directory, the one that says more counts. */
const RANKS: readonly AreaKind[] = [
  "config",
  "state",
  "credentials",
  "agent",
  "workspace",
  "skills",
  "extra",
];

function rank(area: Area): number {
  return RANKS.indexOf(area.kind);
}

function of(kind: AreaKind, paths: readonly Path[]): Area[] {
  return paths.map((path) => ({ kind, path }));
}

/** The class of what lies in an area, unless its name says otherwise. */
export const CLASS_OF_AREA: Readonly<Record<AreaKind, BackupClass>> = {
  state: "other",
  agent: "other",
  workspace: "workspace",
  credentials: "credentials",
  skills: "skills",
  config: "config",
  extra: "other",
};

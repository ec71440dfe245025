import { BACK, type Question } from "./question.ts";

/** Which installation, with what a backup of it would take: so that nobody finds out later that the wrong one was saved. */
export const INSTALLATION_QUESTION: Question = {
  label: "Installation",
  ask: async (asking, draft) => {
    const { describeInstallation } = await import("../../app/index.ts");
    const found = await describeInstallation(asking.app, draft.stateDir);
    if (found === undefined) {
      asking.say("No OpenClaw installation was found where OpenClaw would look for it.");
    } else {
      asking.say(
        `Found ${found.stateDir}: a backup takes ${found.taken}, and leaves out ${found.excluded} by rules and because OpenClaw makes it again. clawback create --dry-run has the details.`,
      );
      const choice = await asking.choose("Which installation?", [
        { value: "found", name: found.stateDir },
        { value: "other", name: "another one" },
      ]);
      if (choice === BACK) return BACK;
      if (choice === "found")
        return draft.stateDir === undefined ? {} : { stateDir: draft.stateDir };
    }
    const stateDir = await asking.ask("Its state directory:", {
      check: (text) =>
        text.startsWith("/") || text.startsWith("~/") ? undefined : "write it from / on",
    });
    return stateDir === BACK ? BACK : { stateDir };
  },
  show: ({ stateDir }) => stateDir ?? "as OpenClaw finds it",
};

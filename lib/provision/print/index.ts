/** What setup would make, as texts for those who make it otherwise. */
export { cloudFormationTemplate, STACK_ACCOUNT } from "./cloudformation.ts";
export { awsCommands } from "./commands.ts";
export { type Documents, documentsOf, type PrintSubject } from "./documents.ts";
export { terraformConfiguration } from "./terraform.ts";

import { type PolicyDocument, policyDocument } from "./document.ts";

/** Who may take on a role: EC2 instances by their profile, machines elsewhere by certificate, or anyone the account's IAM lets. */
export type Trust = "ec2" | "roles-anywhere" | "account";

export function trustPolicy(
  trust: Trust,
  { partition, account }: { readonly partition: string; readonly account: string },
): PolicyDocument {
  const allow = (Principal: Record<string, string>, Action: string | readonly string[]) =>
    policyDocument([{ Sid: "ClawbackTakeOnTheRole", Effect: "Allow", Principal, Action }]);
  if (trust === "ec2") {
    const suffix = partition === "aws-cn" ? ".cn" : "";
    return allow({ Service: `ec2.amazonaws.com${suffix}` }, "sts:AssumeRole");
  }
  if (trust === "account") {
    return allow({ AWS: `arn:${partition}:iam::${account}:root` }, "sts:AssumeRole");
  }
  const actions = ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"];
  return allow({ Service: "rolesanywhere.amazonaws.com" }, actions);
}

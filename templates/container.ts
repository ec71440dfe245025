/**
 * A container image with Clawback in it. `{{name}}` is replaced by a JSON array of one instruction (`lib/app/machine-texts`); a line that
 * is empty then is left out. No instruction is read by a shell.
 *
 * @public
 */
export const CONTAINER_FILE = `# Clawback in a container. Mount OpenClaw's state directory at /home/node/.openclaw, and a volume that stays at
# /var/lib/clawback: Clawback's own home, with settings, records and cache. No secret belongs into an image.
FROM node:24-bookworm-slim
{{copy}}
RUN {{install}}
RUN {{home}}
ENV CLAWBACK_HOME="/var/lib/clawback" OPENCLAW_STATE_DIR="/home/node/.openclaw"
USER node
WORKDIR /home/node
ENTRYPOINT ["clawback"]
CMD ["--help"]
`;

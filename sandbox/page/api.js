// The control API of the local Slack and of the ERPs, as promises.

const SLACK = "/control/slack/";

async function call(path, options) {
  const response = await fetch(path, options);
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(body.error ?? `${response.status} ${response.statusText}`);
  return body;
}

/** One read below `/control/slack/`. */
export const read = (name, query = {}) => call(`${SLACK}${name}?${new URLSearchParams(query)}`);

/** One act below `/control/slack/`. */
export const act = (name, body) =>
  call(SLACK + name, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** A file of this machine, for a file input or a channel. */
export function upload(user, file, channel = "") {
  const form = new FormData();
  form.append("user", user);
  form.append("filename", file.name);
  if (channel) form.append("channel", channel);
  form.append("file", file, file.name);
  return call(`${SLACK}upload`, { method: "POST", body: form });
}

/** A read anywhere on this server. */
export const get = (path) => call(path);

/** A JSON post anywhere on this server. */
export const post = (path, body) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

/** Calls `changed` after every change, and again when the connection comes back. */
export function listen(changed) {
  const source = new EventSource(`${SLACK}events`);
  source.onmessage = changed;
  source.onopen = changed;
  return source;
}

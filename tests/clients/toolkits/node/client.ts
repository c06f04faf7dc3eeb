// A client in TypeScript over the types that openapi-typescript makes of the services' documents: what does not fit
// them does not compile. Usage: node client.js AUTH SESSION IMAGE CONNECTED USERNAME PASSWORD

import type { paths as Auth } from "./auth.js";
import type { paths as Connected } from "./connected.js";
import type { paths as Image } from "./image.js";
import type { paths as Session } from "./session.js";

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;
type Problem<Answer> = Answer extends { content: { "application/problem+json": infer Body } } ? Body : never;

type Login = Auth["/login"]["post"];
type Open = Session["/api/sessions"]["post"];
type Merge = Session["/api/sessions/{userId}"]["put"];
type Put = Image["/images/{name}"]["put"];
type Get = Image["/images/{name}"]["get"];
type Last = Connected["/last-connection"]["get"];

declare const process: { argv: string[] };
const [auth, session, image, connected, username = "", password = ""] = process.argv.slice(2);

async function ask<Answer>(status: number, url: string, init: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(url, init);
  if (answer.status !== status) throw new Error(`${answer.status} from ${url}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

function sending(method: string, body: unknown, token?: string): RequestInit {
  const authorization: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};
  return { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...authorization } };
}

const credentials: Login["requestBody"]["content"]["application/json"] = { username, password };
const granted = await ask<Json<Login["responses"][200]>>(200, `${auth}/login`, sending("POST", credentials));
const wrong = sending("POST", { ...credentials, password: "not it" });
const refused = await ask<Problem<Login["responses"][401]>>(401, `${auth}/login`, wrong);
const code: "invalid_credentials" = refused.code;

const opening: NonNullable<Open["requestBody"]>["content"]["application/json"] = { data: { colour: "red" } };
type Opened = Json<Open["responses"][200]> | Json<Open["responses"][201]>;
const opened = await fetch(`${session}/api/sessions`, sending("POST", opening, granted.token));
const { session: own } = (await opened.json()) as Opened;
const patch: Merge["requestBody"]["content"]["application/json"] = { data: { size: 7 } };
const merged = await ask<Json<Merge["responses"][200]>>(
  200,
  `${session}/api/sessions/${own.userId}`,
  sending("PUT", patch, granted.token),
);
const query: Last["parameters"]["query"] = { username };
const last = await ask<Json<Last["responses"][200]>>(200, `${connected}/last-connection?${new URLSearchParams(query)}`);

// The smallest GIF that there is.
const picture = Uint8Array.from(atob("R0lGODlhAQABAAAAACwAAAAAAQABAAACAkQBADs="), (one) => one.charCodeAt(0));
const name: Put["parameters"]["path"]["name"] = `${username}.gif`;
const onlyNew: NonNullable<Put["parameters"]["header"]> = { "If-None-Match": "*" };
const put = { method: "PUT", body: picture, headers: { ...onlyNew } };
const stored = await ask<Json<Put["responses"][201]>>(201, `${image}/images/${name}`, put);
const ranged: NonNullable<Get["parameters"]["header"]> = { Range: "bytes=0-2" };
const part = await fetch(stored.url, { headers: { ...ranged } });

console.log(
  JSON.stringify({
    code,
    message: refused.message,
    tokenType: granted.token_type,
    data: merged.session.data,
    phrase: last.lastConnection,
    picture: [part.status, await part.text()],
    sameUser: last.userId === own.userId,
  }),
);

// Calls a Credence service. Paths, parameters and answers are checked against its OpenAPI document.
import createClient, { type Client } from "openapi-fetch";
import type { components, paths } from "./contract.js";

export type { components, operations, paths } from "./contract.js";

export type ClaimScore = components["schemas"]["ClaimScore"];
export type Problem = components["schemas"]["Problem"];
export type QuestionScore = components["schemas"]["QuestionScore"];
export type SourceScore = components["schemas"]["SourceScore"];

/** What is read here: answers also come in other forms, for which this client does not ask. */
export type Json = "application/json" | "application/problem+json" | "application/x-ndjson";

/**
 * Return a client of the service at `baseUrl`.
 *
 * Every call resolves to `{data}`, or to `{error}` with a `Problem` for what is refused.
 *
 * @param key opens what reading alone does not; never put one into a web page.
 */
export function credence(baseUrl: string, key?: string): Client<paths, Json> {
  return createClient<paths, Json>({
    baseUrl,
    headers: key === undefined ? {} : { Authorization: `Bearer ${key}` },
  });
}

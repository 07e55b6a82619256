import createClient, { type Middleware } from "openapi-fetch";
import { Problem } from "./problem";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

let csrf: string | null = null;
let onLoggedOut = () => {};

/** What `GET /api/v1/session` gave: unsafe requests show it, so that no page of another site can make them. */
export const setCsrf = (token: string | null) => {
  csrf = token;
};

export const csrfToken = () => csrf;

export const loggedOut = () => onLoggedOut();

/** Called whenever an answer says that nobody is logged in any more. */
export const whenLoggedOut = (action: () => void) => {
  onLoggedOut = action;
};

const safe = new Set(["GET", "HEAD", "OPTIONS"]);

const middleware: Middleware = {
  onRequest({ request }) {
    if (csrf && !safe.has(request.method)) request.headers.set("X-CSRF-Token", csrf);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return;
    if (response.status === 401 && !new URL(request.url).pathname.startsWith("/api/v1/session")) onLoggedOut();
    throw Problem.of(
      response.status,
      await response
        .clone()
        .json()
        .catch(() => null),
    );
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    return Problem.away();
  },
};

/**
 * The server's public API, typed by its own document. Each call gives `{ data }` of a 2xx; whatever else comes is thrown as a
 * {@link Problem}.
 */
export const api = createClient<paths>({ baseUrl: location.origin, headers: { Accept: "application/json" } });
api.use(middleware);

/** As {@link api}, for what its document has no type for: files, forms, text. Throws the same problems. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (csrf && !safe.has(init.method ?? "GET")) headers.set("X-CSRF-Token", csrf);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw Problem.away();
  }
  if (response.ok) return response;
  if (response.status === 401 && !path.startsWith("/api/v1/session")) onLoggedOut();
  throw Problem.of(response.status, await response.json().catch(() => null));
}

import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** Answers as the pages share them. A refusal is final; a server that is away is asked again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // A browser that calls itself offline may be on the server's own network: what happens is said, not waited for.
      networkMode: "always",
      staleTime: 1_000,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status === 503) && count < 3,
    },
    mutations: { retry: false, networkMode: "always" },
  },
});

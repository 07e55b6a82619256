import { QueryClient } from "@tanstack/react-query";
import { Problem } from "./problem";

/** Answers as the pages share them. A refusal is final; a server that is away is asked again. */
export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => error instanceof Problem && (error.status === 0 || error.status === 503) && count < 3,
    },
    mutations: { retry: false },
  },
});

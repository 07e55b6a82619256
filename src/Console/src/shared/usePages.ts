import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback } from "react";

const size = 200;

/** A list of the API that is counted: page after page as the reader comes near the end. */
export function usePages<T>(
  queryKey: readonly unknown[],
  read: (limit: number, offset: number) => Promise<{ items: T[]; total: number }>,
  options: { refetchInterval?: number } = {},
) {
  const query = useInfiniteQuery({
    ...options,
    queryKey,
    initialPageParam: 0,
    queryFn: ({ pageParam }) => read(size, pageParam),
    getNextPageParam: (last, all) => (all.length * size < last.total ? all.length * size : undefined),
  });
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  return { ...query, rows: query.data?.pages.flatMap((page) => page.items) ?? [], onEnd };
}

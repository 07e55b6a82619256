import { Box, Group, Loader, Table } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { flushSync } from "react-dom";

export type Column<T> = {
  key: string;
  title: ReactNode;
  render: (row: T) => ReactNode;
  /** As a part of the width; 1 where it is not said. */
  grow?: number;
  /** Left out where the page is narrower than a phone on its side. */
  wideOnly?: boolean;
};

type Props<T> = {
  label: string;
  rows: readonly T[];
  columns: Column<T>[];
  rowKey: (row: T) => string;
  onOpen?: (row: T) => void;
  /** Called when the reader comes near the end. */
  onEnd?: () => void;
  isLoading?: boolean;
  height?: string;
  rowHeight?: number;
};

/** A table of any length: only the rows in sight exist. Rows that open something do so by click, Enter or space. */
export function VirtualTable<T>({
  label,
  rows,
  columns,
  rowKey,
  onOpen,
  onEnd,
  isLoading,
  height = "calc(100dvh - 230px)",
  rowHeight = 48,
}: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const rowsInSight = useVirtualizer({
    count: rows.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const isPrinted = useIsPrinted();
  const items = isPrinted ? rows.map((_, index) => ({ index, start: 0, end: 0 })) : rowsInSight.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (onEnd && rows.length > 0 && last >= rows.length - 20) onEnd();
  }, [last, rows.length, onEnd]);
  const before = items[0]?.start ?? 0;
  const after = isPrinted ? 0 : rowsInSight.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <Box ref={frame} mah={isPrinted ? undefined : height} tabIndex={0} role="region" aria-label={label} style={{ overflow: "auto" }}>
      <Table stickyHeader highlightOnHover={!!onOpen} layout="fixed" aria-label={label} aria-rowcount={rows.length + 1} verticalSpacing={0}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((c) => (
              <Table.Th key={c.key} visibleFrom={c.wideOnly ? "sm" : undefined} py="xs" w={`${(c.grow ?? 1) * 10}%`}>
                {c.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {before > 0 && <tr aria-hidden style={{ height: before }} />}
          {items.map((item) => {
            const row = rows[item.index]!;
            return (
              <Table.Tr
                key={rowKey(row)}
                h={rowHeight}
                aria-rowindex={item.index + 2}
                tabIndex={onOpen ? 0 : undefined}
                onClick={onOpen && (() => onOpen(row))}
                onKeyDown={
                  onOpen &&
                  ((e) => {
                    if (e.target !== e.currentTarget || (e.key !== "Enter" && e.key !== " ")) return;
                    e.preventDefault();
                    onOpen(row);
                  })
                }
                style={onOpen && { cursor: "pointer" }}
              >
                {columns.map((c) => (
                  <Table.Td
                    key={c.key}
                    visibleFrom={c.wideOnly ? "sm" : undefined}
                    style={{ overflow: "hidden", textOverflow: "ellipsis" }}
                  >
                    {c.render(row)}
                  </Table.Td>
                ))}
              </Table.Tr>
            );
          })}
          {after > 0 && <tr aria-hidden style={{ height: after }} />}
        </Table.Tbody>
      </Table>
      {isLoading && (
        <Group justify="center" p="sm">
          <Loader size="sm" />
        </Group>
      )}
    </Box>
  );
}

/** Whether the page is on its way to paper, on which there is nothing to scroll. */
function useIsPrinted() {
  const [isPrinted, setPrinted] = useState(false);
  useEffect(() => {
    const begin = () => flushSync(() => setPrinted(true));
    const end = () => setPrinted(false);
    addEventListener("beforeprint", begin);
    addEventListener("afterprint", end);
    return () => {
      removeEventListener("beforeprint", begin);
      removeEventListener("afterprint", end);
    };
  }, []);
  return isPrinted;
}

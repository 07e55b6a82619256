import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** Where a list has nothing: a sentence, and what to do about it. */
export const Empty = ({ children, action }: { children: ReactNode; action?: ReactNode }) => (
  <Stack align="center" py="xl" gap="sm">
    <Text c="dimmed" ta="center">
      {children}
    </Text>
    {action}
  </Stack>
);

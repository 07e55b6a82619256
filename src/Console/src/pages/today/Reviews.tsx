import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";

const ReviewDrawer = lazy(() => import("./ReviewDrawer"));

export type Line = Schemas["AttendancePage"]["items"][number];

/** The day's records that count and wait for a person's look, each with its reasons and a mark that settles it; nothing where there are
 * none. */
export function Reviews({ date }: { date: string }) {
  const { t } = useTranslation("today");
  const times = useSchoolTime();
  const [open, setOpen] = useState<Line | null>(null);
  const waiting = useQuery({
    queryKey: ["attendance", "waiting", date],
    queryFn: async () => {
      const query = { from: date, to: date, needs_review: true, limit: 100 };
      return ((await api.GET("/api/v1/attendance", { params: { query } })).data as Schemas["AttendancePage"]).items;
    },
  });
  if (!waiting.error && !waiting.data?.length) return null;
  return (
    <Stack component="section" aria-label={t("waiting")} gap="sm">
      <Title order={2} size="h4">
        {t("waiting")}
      </Title>
      <ProblemAlert error={waiting.error} retry={() => void waiting.refetch()} />
      {waiting.data?.map((record) => (
        <Group key={record.id} justify="space-between" wrap="nowrap" data-testid="waiting">
          <Text size="sm">
            {record.full_name ?? record.student_id} · {times.time(record.at)}
            {record.class_session ? ` · ${record.class_session}` : ""}
          </Text>
          <Button size="compact-sm" variant="light" flex="none" onClick={() => setOpen(record)}>
            {t("look")}
          </Button>
        </Group>
      ))}
      {open && (
        <Suspense>
          <ReviewDrawer record={open} onClose={() => setOpen(null)} />
        </Suspense>
      )}
    </Stack>
  );
}

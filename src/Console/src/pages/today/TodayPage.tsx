import { Badge, Card, Group, SimpleGrid, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useLive } from "../../api/live";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { StatusBadge } from "../../shared/StatusBadge";
import { useSchoolTime } from "../../shared/useSchoolTime";

/** Who is here, late or missing, in each class session of the day. */
export default function TodayPage() {
  const { t } = useTranslation("today");
  const times = useSchoolTime();
  const client = useQueryClient();
  const [date, setDate] = useState(times.day());
  const rollCall = useQuery({
    queryKey: ["roll-call", date],
    queryFn: async () => (await api.GET("/api/v1/roll-call", { params: { query: { date } } })).data!,
    refetchInterval: 60_000,
  });
  const live = useLive(() => void client.invalidateQueries({ queryKey: ["roll-call"] }));

  return (
    <Page
      title={t("title")}
      actions={(
        <>
          <Badge variant="dot" color={live === "away" ? "red" : "green"}>{t(`common:live.${live}`)}</Badge>
          <TextInput type="date" aria-label={t("date")} value={date} onChange={(e) => setDate(e.currentTarget.value || times.day())} />
        </>
      )}
    >
      <ProblemAlert error={rollCall.error} retry={() => void rollCall.refetch()} />
      {rollCall.data && (
        <Text c="dimmed">{t("seen", { seen: rollCall.data.seen, students: rollCall.data.students })}</Text>
      )}
      {rollCall.data?.sessions.length === 0 && <Empty>{t("none")}</Empty>}
      <Stack>
        {rollCall.data?.sessions.map((session) => (
          <Card key={session.id} withBorder>
            <Group justify="space-between" mb="sm">
              <Title order={2} size="h4">{session.name}</Title>
              <Text c="dimmed">{times.time(session.starts_at)} – {times.time(session.ends_at)}</Text>
            </Group>
            <SimpleGrid cols={{ base: 3, sm: 6 }} mb="sm">
              {Object.entries(session.counts).map(([status, count]) => (
                <div key={status}>
                  <Text fw={700} size="xl">{count}</Text>
                  <Text size="xs" c="dimmed">{t(`common:status.${status}` as never)}</Text>
                </div>
              ))}
            </SimpleGrid>
            <Table aria-label={session.name}>
              <Table.Tbody>
                {session.entries.map((entry) => (
                  <Table.Tr key={entry.student_id}>
                    <Table.Td>{entry.full_name ?? entry.student_id}</Table.Td>
                    <Table.Td>{entry.record ? times.time(entry.record.at) : ""}</Table.Td>
                    <Table.Td ta="end"><StatusBadge status={entry.record?.status ?? "missing"} /></Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Card>
        ))}
      </Stack>
    </Page>
  );
}

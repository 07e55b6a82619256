import { Button, Group, ScrollArea, Stack, Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { CorrectionDialog } from "../../shared/CorrectionDialog";
import { canBeWrong, type WrongRecord } from "../../shared/corrections";
import { Empty } from "../../shared/Empty";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { StatusBadge } from "../../shared/StatusBadge";
import { useSchoolTime } from "../../shared/useSchoolTime";

const weeks = 6;

/** The records of the last weeks, newest first. */
export function StudentAttendance({ id }: { id: string }) {
  const { t } = useTranslation(["students", "corrections"]);
  const me = useSession();
  const [wrong, setWrong] = useState<WrongRecord | null>(null);
  const times = useSchoolTime();
  const from = times.day(new Date(Date.now() - weeks * 7 * 86_400_000));
  const attendance = useQuery({
    queryKey: ["attendance", "student", id, from],
    queryFn: async () => {
      const { data } = await api.GET("/api/v1/attendance", { params: { query: { student_id: id, from, limit: 1000 } } });
      return (data as Schemas["AttendancePage"]).items.toReversed();
    },
  });
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        {t("attendance.since", { day: times.date(`${from}T12:00:00Z`) })}
      </Text>
      <ProblemAlert error={attendance.error} retry={() => void attendance.refetch()} />
      {attendance.data?.length === 0 && <Empty>{t("attendance.none")}</Empty>}
      {attendance.data && attendance.data.length > 0 && (
        <ScrollArea.Autosize mah={560} viewportProps={{ tabIndex: 0, role: "region", "aria-label": t("attendance.title") }}>
          <Table verticalSpacing={6} aria-label={t("attendance.title")}>
            <Table.Tbody>
              {attendance.data.map((record) => (
                <Table.Tr key={record.id}>
                  <Table.Td>
                    <Text size="sm">{times.dateTime(record.at)}</Text>
                    <Text size="xs" c="dimmed">
                      {record.class_session ?? t("attendance.noSession")}
                    </Text>
                  </Table.Td>
                  <Table.Td ta="end">
                    <Group gap="xs" justify="flex-end">
                      {canBeWrong(record) && may(me, "attendance:write") && (
                        <Button size="compact-xs" variant="subtle" color="orange" onClick={() => setWrong(record)}>
                          {t("corrections:open")}
                        </Button>
                      )}
                      <StatusBadge status={record.needs_review ? "needs_review" : record.status} />
                    </Group>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollArea.Autosize>
      )}
      <CorrectionDialog record={wrong} onClose={() => setWrong(null)} />
    </Stack>
  );
}

import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { useUndoCorrection } from "../../shared/corrections";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useSchoolTime } from "../../shared/useSchoolTime";

/** The day's records that bore a wrong name, each with the way back; nothing where there are none. */
export function Corrections({ date, nameOf }: { date: string; nameOf: (student: string) => string }) {
  const { t } = useTranslation("corrections");
  const times = useSchoolTime();
  const me = useSession();
  const undo = useUndoCorrection();
  const corrected = useQuery({
    queryKey: ["attendance", "corrected", date],
    queryFn: async () => {
      const query = { from: date, to: date, corrected: true, limit: 100 };
      return ((await api.GET("/api/v1/attendance", { params: { query } })).data as Schemas["AttendancePage"]).items;
    },
  });
  if (!corrected.error && !corrected.data?.length) return null;
  return (
    <Stack component="section" aria-label={t("list")} gap="sm">
      <Title order={2} size="h4">
        {t("list")}
      </Title>
      <ProblemAlert error={corrected.error} retry={() => void corrected.refetch()} />
      <ProblemAlert error={undo.error} />
      {corrected.data?.map(
        (record) =>
          record.correction && (
            <Group key={record.id} justify="space-between" wrap="nowrap" data-testid="correction">
              <div>
                <Text size="sm">
                  {record.correction.student_id
                    ? t("was", { named: record.full_name ?? record.student_id, right: nameOf(record.correction.student_id) })
                    : t("wasNobody", { named: record.full_name ?? record.student_id })}
                  {" · "}
                  {times.time(record.at)}
                  {record.class_session ? ` · ${record.class_session}` : ""}
                </Text>
                <Text size="xs" c="dimmed">
                  {t("by", {
                    by: record.correction.corrected_by,
                    at: times.dateTime(record.correction.corrected_at),
                    reason: record.correction.reason,
                  })}
                  {record.correction.negative_example && ` · ${t("example")}`}
                </Text>
              </div>
              {may(me, "attendance:write") && (
                <Button size="compact-sm" variant="light" flex="none" loading={undo.isPending} onClick={() => undo.mutate(record.id)}>
                  {t("undo")}
                </Button>
              )}
            </Group>
          ),
      )}
    </Stack>
  );
}

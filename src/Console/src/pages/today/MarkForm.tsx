import { Button, Group, Radio, Stack, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { attendanceChanged } from "../../shared/corrections";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { useDraft } from "../../shared/useDraft";

type Status = Schemas["AttendanceStatus"];

/** A mark by hand, in the place of what stood there. */
export function MarkForm({
  session,
  student,
  name,
  replaces,
  onDone,
}: {
  session: string | null;
  student: string;
  name: string;
  replaces: string | null;
  onDone: () => void;
}) {
  const { t } = useTranslation("today");
  const client = useQueryClient();
  const [draft, setDraft, forget] = useDraft(`today/mark/${session ?? replaces}/${student}`, { status: "" as Status | "", reason: "" });
  const mark = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/attendance/manual", {
        body: {
          student_id: student,
          class_session_id: session,
          status: draft.status as Status,
          reason: draft.reason.trim(),
          replaces,
        },
      });
    },
    onSuccess: () => {
      forget();
      notifications.show({ message: t("marked", { name }), color: "green" });
      void attendanceChanged(client);
      onDone();
    },
  });
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        mark.mutate();
      }}
    >
      <Stack>
        <Title order={2} size="h4">
          {t("mark")}
        </Title>
        <Radio.Group
          label={t("as")}
          required
          value={draft.status}
          onChange={(status) => setDraft((d) => ({ ...d, status: status as Status }))}
        >
          <Group mt={6} gap="sm">
            {(["present", "late", "absent", "excused", "sick"] as const).map((status) => (
              <Radio key={status} value={status} label={t(`common:status.${status}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Textarea
          label={t("reason")}
          description={t("reasonWhy")}
          required
          autosize
          minRows={2}
          maxLength={500}
          value={draft.reason}
          onChange={(e) => {
            const reason = e.currentTarget.value;
            setDraft((d) => ({ ...d, reason }));
          }}
        />
        <ProblemAlert error={mark.error} />
        <Button type="submit" loading={mark.isPending} disabled={!draft.status || !draft.reason.trim()}>
          {t("mark")}
        </Button>
      </Stack>
    </form>
  );
}

import { Button, Divider, Drawer, Group, Radio, Stack, Text, Textarea, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { may, useSession } from "../../api/session";
import { canBeWrong, type WrongRecord } from "../../shared/corrections";
import { Evidence } from "../../shared/Evidence";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { StatusBadge } from "../../shared/StatusBadge";
import { useDraft } from "../../shared/useDraft";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { stateOf, type CalledSession, type RosterEntry } from "./TodayPage";

type Status = Schemas["AttendanceStatus"];

/** One student in one class session: on what the record rests, and another by hand. */
export default function EntryDrawer({ session, entry, onClose, onWrong }: {
  session: CalledSession | null; entry: RosterEntry | null; onClose: () => void; onWrong: (record: WrongRecord) => void;
}) {
  const { t } = useTranslation("today");
  const me = useSession();
  return (
    <Drawer
      opened={!!entry} onClose={onClose} position="right" title={entry?.full_name ?? entry?.student_id} keepMounted={false}
      closeButtonProps={{ "aria-label": t("common:close") }}
    >
      {session && entry && (
        <Stack>
          <Record session={session} entry={entry} onWrong={onWrong} />
          {may(me, "attendance:write") && (
            <>
              <Divider />
              <MarkForm session={session} entry={entry} onDone={onClose} />
            </>
          )}
        </Stack>
      )}
    </Drawer>
  );
}

function Record({ session, entry, onWrong }: {
  session: CalledSession; entry: RosterEntry; onWrong: (record: WrongRecord) => void;
}) {
  const { t } = useTranslation(["today", "corrections"]);
  const me = useSession();
  const times = useSchoolTime();
  const { record } = entry;
  return (
    <>
      <Group justify="space-between">
        <Text c="dimmed">{session.name}</Text>
        <StatusBadge status={stateOf(session, entry)} />
      </Group>
      {record && (
        <>
          <Text>{t(`origin.${record.origin}`, { at: times.dateTime(record.at) })}</Text>
          {canBeWrong(record) && may(me, "attendance:write") && (
            <Button variant="light" color="orange" onClick={() => onWrong({ ...record, full_name: entry.full_name })}>
              {t("corrections:open")}
            </Button>
          )}
          <Evidence evidence={record.evidence} label={t("evidence")} />
        </>
      )}
    </>
  );
}

function MarkForm({ session, entry, onDone }: { session: CalledSession; entry: RosterEntry; onDone: () => void }) {
  const { t } = useTranslation("today");
  const client = useQueryClient();
  const [draft, setDraft, forget] = useDraft(`today/mark/${session.id}/${entry.student_id}`, { status: "" as Status | "", reason: "" });
  const mark = useMutation({
    mutationFn: async () => {
      await api.POST("/api/v1/attendance/manual", {
        body: {
          student_id: entry.student_id, class_session_id: session.id, status: draft.status as Status, reason: draft.reason.trim(),
          replaces: entry.record?.id ?? null,
        },
      });
    },
    onSuccess: () => {
      forget();
      notifications.show({ message: t("marked", { name: entry.full_name ?? entry.student_id }), color: "green" });
      void client.invalidateQueries({ queryKey: ["roll-call"] });
      onDone();
    },
  });
  return (
    <form onSubmit={(e) => { e.preventDefault(); mark.mutate(); }}>
      <Stack>
        <Title order={2} size="h4">{t("mark")}</Title>
        <Radio.Group label={t("as")} required value={draft.status} onChange={(status) => setDraft((d) => ({ ...d, status: status as Status }))}>
          <Group mt={6} gap="sm">
            {(["present", "late", "absent", "excused", "sick"] as const).map((status) => (
              <Radio key={status} value={status} label={t(`common:status.${status}`)} />
            ))}
          </Group>
        </Radio.Group>
        <Textarea
          label={t("reason")} description={t("reasonWhy")} required autosize minRows={2} maxLength={500} value={draft.reason}
          onChange={(e) => { const reason = e.currentTarget.value; setDraft((d) => ({ ...d, reason })); }}
        />
        <ProblemAlert error={mark.error} />
        <Button type="submit" loading={mark.isPending} disabled={!draft.status || !draft.reason.trim()}>{t("mark")}</Button>
      </Stack>
    </form>
  );
}

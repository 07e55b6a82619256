import { Button, Divider, Drawer, Group, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { may, useSession } from "../../api/session";
import { canBeWrong, type WrongRecord } from "../../shared/corrections";
import { Evidence } from "../../shared/Evidence";
import { StatusBadge } from "../../shared/StatusBadge";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { MarkForm } from "./MarkForm";
import { stateOf, type CalledSession, type RosterEntry } from "./TodayPage";

/** One student in one class session: on what the record rests, and another by hand. */
export default function EntryDrawer({
  session,
  entry,
  onClose,
  onWrong,
}: {
  session: CalledSession | null;
  entry: RosterEntry | null;
  onClose: () => void;
  onWrong: (record: WrongRecord) => void;
}) {
  const { t } = useTranslation("today");
  const me = useSession();
  return (
    <Drawer
      opened={!!entry}
      onClose={onClose}
      position="right"
      title={entry?.full_name ?? entry?.student_id}
      keepMounted={false}
      closeButtonProps={{ "aria-label": t("common:close") }}
    >
      {session && entry && (
        <Stack>
          <Record session={session} entry={entry} onWrong={onWrong} />
          {may(me, "attendance:write") && (
            <>
              <Divider />
              <MarkForm
                session={session.id}
                student={entry.student_id}
                name={entry.full_name ?? entry.student_id}
                replaces={entry.record?.id ?? null}
                onDone={onClose}
              />
            </>
          )}
        </Stack>
      )}
    </Drawer>
  );
}

function Record({ session, entry, onWrong }: { session: CalledSession; entry: RosterEntry; onWrong: (record: WrongRecord) => void }) {
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

import { Divider, Drawer, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { may, useSession } from "../../api/session";
import { Evidence } from "../../shared/Evidence";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { MarkForm } from "./MarkForm";
import type { Line } from "./Reviews";

/** On what a record rests that waits for a look, and the mark that settles it. */
export default function ReviewDrawer({ record, onClose }: { record: Line; onClose: () => void }) {
  const { t } = useTranslation("today");
  const times = useSchoolTime();
  const me = useSession();
  const name = record.full_name ?? record.student_id;
  return (
    <Drawer opened onClose={onClose} position="right" title={name} closeButtonProps={{ "aria-label": t("common:close") }}>
      <Stack>
        <Text>{t(`origin.${record.origin}`, { at: times.dateTime(record.at) })}</Text>
        <Evidence evidence={record.evidence} label={t("evidence")} />
        {may(me, "attendance:write") && (
          <>
            <Divider />
            <MarkForm session={record.class_session_id} student={record.student_id} name={name} replaces={record.id} onDone={onClose} />
          </>
        )}
      </Stack>
    </Drawer>
  );
}

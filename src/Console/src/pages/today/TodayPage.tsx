import { Accordion, Badge, Group, SegmentedControl, Table, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useThrottledCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type Schemas } from "../../api/client";
import { useLive } from "../../api/live";
import type { WrongRecord } from "../../shared/corrections";
import { Empty } from "../../shared/Empty";
import { Page } from "../../shared/Page";
import { ProblemAlert } from "../../shared/ProblemAlert";
import { StatusBadge } from "../../shared/StatusBadge";
import { useSchoolTime } from "../../shared/useSchoolTime";
import { Corrections } from "./Corrections";
import { Reviews } from "./Reviews";

const EntryDrawer = lazy(() => import("./EntryDrawer"));
const CorrectionDialog = lazy(async () => ({ default: (await import("../../shared/CorrectionDialog")).CorrectionDialog }));

export type CalledSession = Schemas["CalledSession"];
export type RosterEntry = Schemas["RosterEntry"];

const renewalPause = 2_000;

const order = ["present", "late", "missing", "absent", "excused", "sick", "needs_review"] as const;

/** A student's state in a class session, as the counts have it. */
export const stateOf = (session: CalledSession, { record }: RosterEntry, now = Date.now()) =>
  record?.needs_review ? "needs_review" : record ? record.status : Date.parse(session.starts_at) <= now ? "missing" : "expected";

/** Who is here, late or missing, in each class session of the day. */
export default function TodayPage() {
  const { t } = useTranslation("today");
  const times = useSchoolTime();
  const client = useQueryClient();
  const today = times.day();
  const [date, setDate] = useState(today);
  const [span, setSpan] = useState<"now" | "day">("now");
  const [search, setSearch] = useState("");
  // What the reader has opened or closed; of the others the first ones are open.
  const [unfolded, setUnfolded] = useState<Record<string, boolean>>({});
  const [open, setOpen] = useState<{ session: string; student: string } | null>(null);
  const [wrong, setWrong] = useState<WrongRecord | null>(null);
  const rollCall = useQuery({
    queryKey: ["roll-call", date],
    queryFn: async () => (await api.GET("/api/v1/roll-call", { params: { query: { date } } })).data!,
    placeholderData: keepPreviousData,
    refetchInterval: 30_000,
  });
  // When a school arrives there are many events a second; the roll is asked for anew at most so often, and once more behind the last.
  const renew = useThrottledCallback(() => {
    void client.invalidateQueries({ queryKey: ["roll-call"] });
    void client.invalidateQueries({ queryKey: ["attendance"] });
  }, renewalPause);
  const live = useLive(() => renew());

  const sessions = rollCall.data?.sessions ?? [];
  const isNow = (s: CalledSession) => Date.parse(s.opens_at) <= Date.now() && Date.now() <= Date.parse(s.ends_at);
  const running = sessions.filter(isNow);
  // Between lessons the whole day is what there is to see.
  const shown = date === today && span === "now" && running.length > 0 ? running : sessions;
  const nameOf = (student: string) => sessions.flatMap((s) => s.entries).find((e) => e.student_id === student)?.full_name ?? student;
  const matches = ({ full_name, student_id }: RosterEntry) =>
    `${full_name ?? ""} ${student_id}`.toLocaleLowerCase().includes(search.trim().toLocaleLowerCase());
  const session = open && sessions.find((s) => s.id === open.session);
  const entry = session && session.entries.find((e) => e.student_id === open.student);

  return (
    <Page
      title={date === today ? t("title") : times.weekday(`${date}T12:00:00Z`)}
      actions={<TextInput type="date" aria-label={t("date")} value={date} onChange={(e) => setDate(e.currentTarget.value || today)} />}
    >
      <ProblemAlert error={rollCall.error} retry={() => void rollCall.refetch()} />
      <Group justify="space-between">
        <Text c="dimmed" aria-live="polite">
          {rollCall.data && t("seen", { seen: rollCall.data.seen, students: rollCall.data.students })}
        </Text>
        <Badge variant="dot" color={live === "away" ? "red" : live === "connected" ? "green" : "gray"} maw="100%">
          {t(`live.${live}`)}
        </Badge>
      </Group>
      <Group>
        {date === today && running.length > 0 && (
          <SegmentedControl
            value={span}
            onChange={(value) => setSpan(value as typeof span)}
            aria-label={t("span")}
            data={[
              { value: "now", label: t("now") },
              { value: "day", label: t("day") },
            ]}
          />
        )}
        <TextInput
          flex={1}
          miw={200}
          maw={400}
          leftSection={<IconSearch size={16} />}
          aria-label={t("search")}
          placeholder={t("search")}
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
      </Group>
      {rollCall.data && shown.length === 0 && <Empty>{t("none")}</Empty>}
      <Accordion
        multiple
        variant="separated"
        value={shown.filter((s, i) => unfolded[s.id] ?? i < 3).map((s) => s.id)}
        onChange={(ids) => setUnfolded((before) => ({ ...before, ...Object.fromEntries(shown.map((s) => [s.id, ids.includes(s.id)])) }))}
      >
        {shown.map((session) => (
          <Accordion.Item key={session.id} value={session.id}>
            <Accordion.Control>
              <Group justify="space-between" gap="xs" pe="sm">
                <Text fw={600} component="span">
                  {session.name}
                </Text>
                <Text c="dimmed" size="sm" component="span">
                  {times.time(session.starts_at)} – {times.time(session.ends_at)}
                </Text>
              </Group>
              <Group gap="sm" mt={4}>
                {order
                  .filter((status) => session.counts[status] > 0)
                  .map((status) => (
                    <Text key={status} size="sm" component="span">
                      <b>{session.counts[status]}</b> {t(`common:status.${status}`)}
                    </Text>
                  ))}
              </Group>
            </Accordion.Control>
            <Accordion.Panel>
              {session.entries.length === 0 && <Empty>{t("noRoster")}</Empty>}
              <Table aria-label={session.name} highlightOnHover>
                <Table.Tbody>
                  {session.entries.filter(matches).map((entry) => (
                    <Table.Tr key={entry.student_id}>
                      <Table.Td>
                        <UnstyledButton onClick={() => setOpen({ session: session.id, student: entry.student_id })} w="100%">
                          {entry.full_name ?? entry.student_id}
                        </UnstyledButton>
                      </Table.Td>
                      <Table.Td w={80} visibleFrom="xs">
                        {times.time(entry.record?.status === "absent" ? null : entry.record?.at)}
                      </Table.Td>
                      <Table.Td ta="end" w={130}>
                        <StatusBadge status={stateOf(session, entry)} />
                      </Table.Td>
                    </Table.Tr>
                  ))}
                </Table.Tbody>
              </Table>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
      <Reviews date={date} />
      <Corrections date={date} nameOf={nameOf} />
      {(open || wrong) && (
        <Suspense>
          <EntryDrawer
            session={session ?? null}
            entry={entry ?? null}
            onClose={() => setOpen(null)}
            onWrong={(record) => {
              setOpen(null);
              setWrong(record);
            }}
          />
          <CorrectionDialog record={wrong} onClose={() => setWrong(null)} />
        </Suspense>
      )}
    </Page>
  );
}

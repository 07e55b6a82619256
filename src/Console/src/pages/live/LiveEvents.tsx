import { Badge, Button, Card, Group, ScrollArea, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useLive, type LiveEvent } from "../../api/live";
import { may, useSession } from "../../api/session";
import { CorrectionDialog } from "../../shared/CorrectionDialog";
import type { WrongRecord } from "../../shared/corrections";
import { PageLink } from "../../shared/PageLink";
import { useSchoolTime } from "../../shared/useSchoolTime";

const most = 100;

/** What happens in the school, newest first, while the page is open. */
export function LiveEvents({ names }: { names: ReadonlyMap<string, string> }) {
  const { t } = useTranslation(["live", "common", "corrections"]);
  const me = useSession();
  const [wrong, setWrong] = useState<WrongRecord | null>(null);
  const times = useSchoolTime();
  const [events, setEvents] = useState<(LiveEvent & { key: number; at: Date })[]>([]);
  const count = useRef(0);
  const state = useLive((event) => {
    // What became of attendance in another way is Today's to show.
    if (event["student_id"] === undefined) return;
    const ts = event["ts"];
    const at = typeof ts === "number" ? new Date(ts * 1000) : new Date();
    setEvents((before) => [{ ...event, key: count.current++, at }, ...before].slice(0, most));
  });
  return (
    <Card withBorder component="section" aria-label={t("events")}>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          {t("events")}
        </Title>
        <Badge variant="dot" tt="none" color={state === "connected" ? "green" : state === "away" ? "red" : "gray"}>
          {t(state === "away" ? "eventsAway" : `common:live.${state}`)}
        </Badge>
      </Group>
      {events.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("noEvents")}
        </Text>
      )}
      <ScrollArea.Autosize mah={420} viewportProps={{ tabIndex: 0, role: "log", "aria-live": "off", "aria-label": t("events") }}>
        <Stack gap={8}>
          {events.map((event) => {
            const student = event["student_id"];
            const dispatch = event["dispatch"] as { status: string; message: string } | undefined;
            const isKnown = typeof student === "string" && student !== "Unknown";
            return (
              <div key={event.key} data-testid="event">
                <Group gap="xs" wrap="nowrap" justify="space-between">
                  <Text size="sm" truncate>
                    {isKnown ? <StudentName id={student} known={names.get(student)} /> : t("unknown")}
                  </Text>
                  <Text size="xs" c="dimmed" flex="none">
                    {times.timeWithSeconds(event.at)}
                  </Text>
                </Group>
                {typeof event["record_id"] === "string" && isKnown && may(me, "attendance:write") && (
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    color="orange"
                    px={0}
                    onClick={() =>
                      setWrong({
                        id: event["record_id"] as string,
                        student_id: student,
                        full_name: names.get(student) ?? null,
                        at: event.at.toISOString(),
                      })
                    }
                  >
                    {t("corrections:open")}
                  </Button>
                )}
                <Text size="xs" c="dimmed">
                  {t(`types.${event.type.replaceAll(".", "_")}` as never, { defaultValue: event.type }) as string}
                  {dispatch && ` · ${outcomeOf(dispatch, t as never)}`}
                </Text>
              </div>
            );
          })}
        </Stack>
      </ScrollArea.Autosize>
      <CorrectionDialog record={wrong} onClose={() => setWrong(null)} />
    </Card>
  );
}

/** By the name that is known here, or that the school has; until it is there, and for whoever may not ask, by the id. */
function StudentName({ id, known }: { id: string; known?: string }) {
  const session = useSession();
  const student = useQuery({
    queryKey: ["students", "one", id],
    queryFn: async () => (await api.GET("/api/v1/students/{id}", { params: { path: { id } } })).data!,
    enabled: !known && may(session, "enroll", "attendance:read"),
    staleTime: 600_000,
  });
  return <PageLink to={`/students/${id}`}>{known ?? student.data?.full_name ?? id}</PageLink>;
}

function outcomeOf({ status, message }: { status: string; message: string }, t: (key: string, values?: object) => string): string {
  const cooldown = /^cooldown_active \((\d+)s left\)$/.exec(message);
  if (cooldown) return t("outcomes.cooldown", { seconds: cooldown[1] });
  if (message === "webhook_disabled") return t("outcomes.recorded");
  return t(`outcomes.${status}`, { defaultValue: status });
}
